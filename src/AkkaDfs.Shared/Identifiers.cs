// Ids are types, never bare numbers. All of them are plain values without behaviour beyond parsing and printing.

using System.Globalization;

namespace AkkaDfs.Shared;

/// <summary>Names one chunk for ever; given by meta from a counter that never goes back.</summary>
/// <param name="Value">1 and up; 0 means "none".</param>
public readonly record struct ChunkId(ulong Value) : IComparable<ChunkId>
{
    /// <summary>The id that no chunk has.</summary>
    public static readonly ChunkId None;

    /// <inheritdoc/>
    public int CompareTo(ChunkId other) => Value.CompareTo(other.Value);

    /// <summary>Sixteen lower-case hexadecimal digits, as used in file names and in every listing.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Reads what <see cref="ToString"/> prints; false when it is anything else.</summary>
    public static bool TryParse(string? text, out ChunkId id)
    {
        var ok = ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value);
        id = new ChunkId(ok ? value : 0);
        return ok && value != 0;
    }
}

/// <summary>Names one file, directory or other node of the tree for ever.</summary>
/// <param name="Value">1 is the root directory; 0 means "none".</param>
public readonly record struct InodeId(ulong Value) : IComparable<InodeId>
{
    /// <summary>The root directory.</summary>
    public static readonly InodeId Root = new(1);

    private const ulong PastMark = 1UL << 63;

    /// <summary>True for what is seen through a snapshot, and therefore never changes.</summary>
    public bool IsPast => (Value & PastMark) != 0 && Value != ulong.MaxValue;

    /// <inheritdoc/>
    public int CompareTo(InodeId other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Names one chunk server for ever; given by meta at its first registration and stamped into its data folders.</summary>
/// <param name="Value">1 and up; 0 means "not registered yet".</param>
public readonly record struct ServerId(uint Value) : IComparable<ServerId>
{
    /// <summary>The id of a server that meta has not met yet.</summary>
    public static readonly ServerId None;

    /// <inheritdoc/>
    public int CompareTo(ServerId other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Names one operation of one client. A retry carries the same id and is applied once.</summary>
/// <param name="Client">Random per client instance.</param>
/// <param name="Counter">1 and up, never used twice by the same client instance.</param>
public readonly record struct OperationId(Guid Client, ulong Counter)
{
    /// <summary>No operation; used by reads and by internal steps that need no deduplication.</summary>
    public static readonly OperationId None;

    /// <inheritdoc/>
    public override string ToString() => $"{Client:N}/{Counter}";
}

/// <summary>The term of one acting meta; every order to a chunk server carries it, and older ones are refused.</summary>
/// <param name="Value">1 and up; grows by at least one with each start of a journal writer.</param>
public readonly record struct Epoch(ulong Value) : IComparable<Epoch>
{
    /// <inheritdoc/>
    public int CompareTo(Epoch other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
