namespace AkkaDfs.MultiNode.Nemesis;

/// <summary>What to break, for how long.</summary>
internal sealed record NemesisOptions
{
    /// <summary>Decides which faults, on what, when.</summary>
    internal required int Seed { get; init; }

    internal TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(5);

    internal int ChunkServers { get; init; } = 7;

    internal int Clients { get; init; } = 3;

    /// <summary>Operations that each client has under way at once.</summary>
    internal int Lanes { get; init; } = 4;

    /// <summary>Average pause of a client between two operations of one lane.</summary>
    internal int PauseMs { get; init; } = 150;

    /// <summary>Longest pause between two faults.</summary>
    internal int FaultPauseMs { get; init; } = 4000;

    /// <summary>Names of the faults to choose from; empty for all that work here.</summary>
    internal IReadOnlyList<string> Faults { get; init; } = [];

    /// <summary>No more faults than these.</summary>
    internal int MaxFaults { get; init; } = int.MaxValue;

    /// <summary>Longest time a node is paused or cut off.</summary>
    internal int LongestPauseSeconds { get; init; } = 30;

    /// <summary>Longest time until all is whole again once nothing is broken any more.</summary>
    internal TimeSpan HealLimit { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>Where everything that was seen goes when something is wrong.</summary>
    internal string TranscriptFolder { get; init; } = "nemesis";

    /// <summary>Keep the transcript also when nothing is wrong.</summary>
    internal bool KeepTranscript { get; init; }

    /// <summary>A namespace for each node, so that the network can be cut; null tries it.</summary>
    internal bool? Network { get; init; }
}
