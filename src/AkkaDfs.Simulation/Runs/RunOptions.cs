// What one run of the checked simulation consists of; all of it follows from the seed and the profile.

using Akka.Embedded.Simulation;

namespace AkkaDfs.Simulation;

/// <summary>Which faults a run has.</summary>
public enum Profile
{
    /// <summary>A random choice of all kinds.</summary>
    Swarm,

    /// <summary>None: what fails here fails anywhere.</summary>
    Calm,

    /// <summary>One server's disk in each round, and crashes of meta and clients.</summary>
    Disk,

    /// <summary>The network only.</summary>
    Net,
}

/// <summary>One run.</summary>
public sealed record RunOptions
{
    /// <summary>Decides everything.</summary>
    public required long Seed { get; init; }

    /// <summary>Which faults.</summary>
    public Profile Profile { get; init; } = Profile.Swarm;

    /// <summary>Rounds of chaos, each followed by calm.</summary>
    public int Rounds { get; init; } = 2;

    /// <summary>Chunk servers, 4 to 12.</summary>
    public int ChunkServers { get; init; } = 5;

    /// <summary>Clients, 1 to 16.</summary>
    public int Clients { get; init; } = 3;

    /// <summary>Files that clients share.</summary>
    public int Files { get; init; } = 3;

    /// <summary>Bytes of a chunk.</summary>
    public int ChunkSizeBytes { get; init; } = 64 * 1024;

    /// <summary>Whether all writes ask for a sync; only then power may be lost.</summary>
    public bool Synced { get; init; }

    /// <summary>How far clocks drift.</summary>
    public double ClockDrift { get; init; }

    /// <summary>Shortest chaos.</summary>
    public TimeSpan ChaosShortest { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest chaos.</summary>
    public TimeSpan ChaosLongest { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a client waits between two operations, in the mean.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Virtual time within which the calm must make everything whole.</summary>
    public TimeSpan CalmLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Numbers of faults that are left out.</summary>
    public IReadOnlySet<int> LeftOut { get; init; } = new HashSet<int>();

    /// <summary>Gets the trace; null for none.</summary>
    public Action<string>? Trace { get; init; }

    /// <summary>The run that belongs to a seed.</summary>
    public static RunOptions For(long seed, Profile profile = Profile.Swarm)
    {
        var random = new DeterministicRandom(seed * 31 + 7);
        var isSmall = random.Chance(0.9);
        return new RunOptions
        {
            Seed = seed,
            Profile = profile,
            Rounds = 1 + random.Next(3),
            ChunkServers = isSmall ? 4 + random.Next(3) : 7 + random.Next(6),
            Clients = isSmall ? 1 + random.Next(4) : 5 + random.Next(12),
            Files = 1 + random.Next(4),
            ChunkSizeBytes = 4096 << random.Next(6),
            Synced = random.Chance(0.6),
            ClockDrift = random.Chance(0.5) ? 0 : 0.02 * random.NextDouble(),
            Pause = random.NextDelay(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(400)),
        };
    }
}
