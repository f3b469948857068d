// Randomness from a seed, the same on every machine and runtime: SplitMix64. Forks are streams of their own, so that one
// consumer more does not shift what the others draw.
namespace Akka.Embedded.Simulation;

/// <summary>Randomness from a seed; not for use by several threads.</summary>
public sealed class DeterministicRandom
{
    private ulong _state;

    /// <param name="seed">Any number.</param>
    public DeterministicRandom(long seed) => _state = (ulong)seed;

    /// <summary>Uniform over all 64-bit numbers.</summary>
    public ulong NextUInt64()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, 2^63).</summary>
    public long NextInt64() => (long)(NextUInt64() >> 1);

    /// <summary>Uniform in [0, <paramref name="limit"/>).</summary>
    /// <param name="limit">At least 1.</param>
    public int Next(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return (int)(((NextUInt64() >> 32) * (ulong)limit) >> 32);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>True with the given probability.</summary>
    /// <param name="probability">0 to 1.</param>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>Uniform in [<paramref name="shortest"/>, <paramref name="longest"/>).</summary>
    public TimeSpan NextDelay(TimeSpan shortest, TimeSpan longest) =>
        shortest + TimeSpan.FromTicks((long)((longest - shortest).Ticks * NextDouble()));

    /// <summary>A stream of its own, determined by this one's state and a name.</summary>
    public DeterministicRandom Fork(string name) => new((long)(NextUInt64() ^ (ulong)(uint)StableHash.Of(name)));
}
