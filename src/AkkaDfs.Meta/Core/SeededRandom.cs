// Randomness from a seed that is an argument: the same seed gives the same choices.

namespace AkkaDfs.Meta.Core;

/// <summary>splitmix64.</summary>
internal sealed class SeededRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A number from 0 up to, and not including, <paramref name="below"/> (1 and up).</summary>
    public int Next(int below) => (int)((Next() >> 33) % (ulong)below);

    /// <summary>Any 64 bits.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15UL;
        var value = _state;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
