// How often which fault happened.

namespace AkkaDfs.Simulation;

/// <summary>Faults by kind.</summary>
public sealed class FaultCounts
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>All kinds that happened, in order of names.</summary>
    public IReadOnlyDictionary<string, long> ByKind => _counts;

    /// <summary>All together.</summary>
    public long Total => _counts.Values.Sum();

    /// <summary>Counts one.</summary>
    public void Add(string kind) => Add(kind, 1);

    /// <summary>Counts several.</summary>
    public void Add(string kind, long count) => _counts[kind] = _counts.GetValueOrDefault(kind) + count;

    /// <summary>Adds what another run has counted.</summary>
    public void Add(FaultCounts other)
    {
        foreach (var (kind, count) in other._counts)
        {
            Add(kind, count);
        }
    }
}
