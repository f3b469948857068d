// The version of a chunk's replica set. Meta raises it, in its journal, before any change of the set takes effect.

using System.Globalization;

namespace AkkaDfs.Shared;

/// <summary>Version of one chunk's replica set (GFS: chunk version; HDFS: generation stamp).</summary>
/// <param name="Value">1 at allocation, one more with each change of the set; 0 means "any" in a request.</param>
public readonly record struct Generation(uint Value) : IComparable<Generation>
{
    /// <summary>Matches every generation in a request.</summary>
    public static readonly Generation Any;

    /// <summary>The generation of a chunk that was just allocated.</summary>
    public static readonly Generation First = new(1);

    /// <summary>The one after this.</summary>
    public Generation Next => new(checked(Value + 1));

    /// <inheritdoc/>
    public int CompareTo(Generation other) => Value.CompareTo(other.Value);

    /// <summary>True when <paramref name="left"/> is older.</summary>
    public static bool operator <(Generation left, Generation right) => left.Value < right.Value;

    /// <summary>True when <paramref name="left"/> is newer.</summary>
    public static bool operator >(Generation left, Generation right) => left.Value > right.Value;

    /// <summary>True when <paramref name="left"/> is not newer.</summary>
    public static bool operator <=(Generation left, Generation right) => left.Value <= right.Value;

    /// <summary>True when <paramref name="left"/> is not older.</summary>
    public static bool operator >=(Generation left, Generation right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
