namespace AkkaDfs.MultiNode.Nemesis;

/// <summary>How much of the cluster a fault wants for itself.</summary>
internal enum FaultScope
{
    /// <summary>Some nodes; others may be broken at the same time.</summary>
    Nodes,

    /// <summary>The whole cluster: nothing else is broken at the same time.</summary>
    Alone,

    /// <summary>
    /// Takes one copy of acknowledged bytes away. Begins only when every chunk is whole, and nothing else is broken until it is again:
    /// whoever destroyed a second copy meanwhile might destroy the last.
    /// </summary>
    Damage,
}

/// <summary>One kind of fault.</summary>
/// <param name="Name">For the command line and the tally.</param>
/// <param name="Weight">How often, compared with others.</param>
/// <param name="Scope">What must not happen at the same time.</param>
/// <param name="RunAsync">Breaks something and, unless it heals by itself, mends it; false when there was nothing to break.</param>
internal sealed record FaultKind(string Name, int Weight, FaultScope Scope, Func<NemesisContext, Random, Task<bool>> RunAsync)
{
    /// <summary>True when nodes need networks of their own.</summary>
    internal bool NeedsNetwork { get; init; }

    /// <summary>True when chunk servers need disks of their own.</summary>
    internal bool NeedsDisks { get; init; }

    internal static IReadOnlyList<FaultKind> All { get; } = [.. ProcessFaults.Kinds, .. DiskFaults.Kinds, .. NetworkFaults.Kinds];
}
