// The order of one chunk's operations: on the primary it gives each its sequence number and place, on the others it checks them.
// Invariants: sequences have no gaps; the length never exceeds the chunk size; padding happens only at the end of a chunk.

using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Chunk.Core;

/// <summary>An operation with its place.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Offset">Where its bytes go; the new length for Truncate.</param>
/// <param name="PadToEnd">True for a record that did not fit: it only fills the chunk with NUL.</param>
/// <param name="LengthBefore">Length of the chunk before it.</param>
/// <param name="LengthAfter">Length of the chunk after it.</param>
public readonly record struct Placement(ulong Sequence, long Offset, bool PadToEnd, long LengthBefore, long LengthAfter)
{
    /// <summary>What the client gets: None, or ChunkFull for a padding.</summary>
    public DfsErrorCode Code => PadToEnd ? DfsErrorCode.ChunkFull : DfsErrorCode.None;
}

/// <summary>Sequence and length of one chunk as they are after everything ordered so far.</summary>
public sealed class WriteOrder
{
    /// <summary>A record is at most this part of the chunk size.</summary>
    public const int RecordShare = 4;

    /// <summary>The order after what a replica holds.</summary>
    public WriteOrder(int chunkSizeBytes, ulong sequence, long lengthBytes)
    {
        ChunkSizeBytes = chunkSizeBytes;
        Sequence = sequence;
        LengthBytes = lengthBytes;
    }

    /// <summary>Size of the chunk.</summary>
    public int ChunkSizeBytes { get; }

    /// <summary>Last number given.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>Length after that operation.</summary>
    public long LengthBytes { get; private set; }

    /// <summary>Gives an operation its place (primary).</summary>
    /// <param name="mode">What kind.</param>
    /// <param name="offset">For AtOffset and Truncate.</param>
    /// <param name="payloadBytes">Length of its bytes.</param>
    /// <returns>The place; or, with nothing changed, RecordTooLarge, ChunkFull, OutOfRange, InvalidArgument.</returns>
    public Result<Placement> Place(WriteMode mode, long offset, int payloadBytes) => mode switch
    {
        WriteMode.AtOffset when offset < 0 || offset + payloadBytes > ChunkSizeBytes
            => OutOfRange($"[{offset}, {offset + payloadBytes})"),
        WriteMode.AtOffset => Take(offset, pad: false, payloadBytes == 0 ? LengthBytes : Math.Max(LengthBytes, offset + payloadBytes)),
        WriteMode.Truncate when payloadBytes > 0
            => new DfsError(DfsErrorCode.InvalidArgument, "A truncation carries no bytes. Send the new length alone."),
        WriteMode.Truncate when offset < 0 || offset > ChunkSizeBytes => OutOfRange($"length {offset}"),
        WriteMode.Truncate => Take(offset, pad: false, offset),
        WriteMode.Append => PlaceAppend(payloadBytes),
        WriteMode.Record => PlaceRecord(payloadBytes),
        _ => new DfsError(DfsErrorCode.InvalidArgument, $"{mode} is no kind of write."),
    };

    /// <summary>Takes an operation that the primary has placed (other members).</summary>
    /// <returns>The place; or, with nothing changed, SequenceGap or OutOfRange: the replicas differ.</returns>
    public Result<Placement> Follow(ulong sequence, WriteMode mode, bool padToEnd, long offset, int payloadBytes)
    {
        if (sequence != Sequence + 1)
        {
            return new DfsError(
                DfsErrorCode.SequenceGap, $"Operation {sequence} does not follow operation {Sequence}, the last one here. The chain is about to be repaired.");
        }

        var appends = mode is WriteMode.Append or WriteMode.Record;
        var end = mode == WriteMode.Truncate || padToEnd ? offset : offset + payloadBytes;
        if (offset < 0 || end > ChunkSizeBytes || (appends && offset != LengthBytes))
        {
            return OutOfRange($"offset {offset} with {payloadBytes} bytes at length {LengthBytes}");
        }

        var lengthAfter = padToEnd ? ChunkSizeBytes
            : mode == WriteMode.Truncate ? offset
            : payloadBytes == 0 ? LengthBytes
            : Math.Max(LengthBytes, end);
        return Take(offset, padToEnd, lengthAfter);
    }

    /// <summary>Goes back to what a replica holds: what was placed behind it was not written.</summary>
    public void Reset(ulong sequence, long lengthBytes)
    {
        Sequence = sequence;
        LengthBytes = lengthBytes;
    }

    private Result<Placement> PlaceAppend(int payloadBytes)
        => payloadBytes > ChunkSizeBytes - LengthBytes ? Full() : Take(LengthBytes, pad: false, LengthBytes + payloadBytes);

    private Result<Placement> PlaceRecord(int payloadBytes)
    {
        if (payloadBytes > ChunkSizeBytes / RecordShare)
        {
            return new DfsError(
                DfsErrorCode.RecordTooLarge,
                $"A record of {payloadBytes} bytes is over a quarter of the chunk size of {ChunkSizeBytes} bytes; nothing was written. Cut it, or create the file with larger chunks.");
        }

        if (payloadBytes <= ChunkSizeBytes - LengthBytes)
        {
            return Take(LengthBytes, pad: false, LengthBytes + payloadBytes);
        }

        return LengthBytes == ChunkSizeBytes ? Full() : Take(LengthBytes, pad: true, ChunkSizeBytes);
    }

    private Placement Take(long offset, bool pad, long lengthAfter)
    {
        var placement = new Placement(Sequence + 1, offset, pad, LengthBytes, lengthAfter);
        Sequence = placement.Sequence;
        LengthBytes = lengthAfter;
        return placement;
    }

    private DfsError OutOfRange(string what)
        => new(DfsErrorCode.OutOfRange, $"A write to {what} lies outside the chunk of {ChunkSizeBytes} bytes. Address the chunk that holds it.");

    /// <summary>The data does not fit in what is left of the chunk.</summary>
    public static DfsError Full() => new(DfsErrorCode.ChunkFull, "The data does not fit in what is left of the chunk. The next chunk takes it.");
}
