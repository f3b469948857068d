// A half-open range of bytes.

namespace AkkaDfs.Shared;

/// <summary>The bytes [<paramref name="Offset"/>, <paramref name="Offset"/> + <paramref name="LengthBytes"/>).</summary>
/// <param name="Offset">0 and up.</param>
/// <param name="LengthBytes">0 and up.</param>
public readonly record struct ByteRange(long Offset, long LengthBytes)
{
    /// <summary>First byte after the range.</summary>
    public long End => Offset + LengthBytes;

    /// <summary>True when no byte is in it.</summary>
    public bool IsEmpty => LengthBytes <= 0;

    /// <summary>True when the two share at least one byte.</summary>
    public bool Overlaps(ByteRange other) => Offset < other.End && other.Offset < End;

    /// <summary>The bytes that are in both; empty (length 0) when there are none.</summary>
    public ByteRange Intersect(ByteRange other)
    {
        var from = Math.Max(Offset, other.Offset);
        return new ByteRange(from, Math.Max(0, Math.Min(End, other.End) - from));
    }

    /// <inheritdoc/>
    public override string ToString() => $"[{Offset}, {End})";
}
