// Reads one segment back and tells a torn tail from damage. The writer begins a record only after the one before it is
// durable, so an unreadable record is a torn tail exactly when no later record or mark can be found; one that can be found
// proves that the unreadable one had been durable.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Meta.Journal;

/// <summary>Where reading has got to.</summary>
internal sealed class JournalCursor
{
    /// <summary>Position of the transaction that comes next.</summary>
    public ulong NextPosition { get; set; } = 1;

    /// <summary>Checksum of the last record's head.</summary>
    public uint Previous { get; set; }

    /// <summary>Highest epoch read.</summary>
    public ulong Epoch { get; set; }
}

/// <summary>How a segment ended.</summary>
/// <param name="EndBytes">Where the next record goes.</param>
/// <param name="CutBytes">Bytes behind it that were never confirmed.</param>
/// <param name="Error">Null, or why the segment cannot be used.</param>
internal readonly record struct SegmentEnd(long EndBytes, long CutBytes, DfsError? Error);

/// <summary>Reads segments.</summary>
internal sealed class SegmentReader(string path, IFile file, JournalCursor cursor, Action<MetaEvent> replay)
{
    private const int ScanBytes = 1024 * 1024;

    private readonly byte[] _head = new byte[SegmentHead.Bytes];
    private byte[] _payload = new byte[64 * 1024];

    /// <summary>Reads the head of a segment or a checkpoint; null when it is none, with the version when that is why.</summary>
    internal static SegmentHead? ReadHead(IFile file, ulong magic, out int version)
    {
        Span<byte> bytes = stackalloc byte[SegmentHead.Bytes];
        version = 0;
        return file.Read(bytes, 0) == SegmentHead.Bytes && SegmentHead.TryRead(bytes, magic, out var head, out version) ? head : null;
    }

    /// <summary>Reads all records behind the head.</summary>
    /// <param name="isLast">True for the newest segment: only that one can have a torn tail.</param>
    internal SegmentEnd Read(bool isLast)
    {
        var offset = (long)SegmentHead.Bytes;
        var length = file.Length;
        while (offset < length)
        {
            if (!TryReadRecord(offset, length, out var head, out var checksum))
            {
                return EndAt(offset, length, isLast);
            }

            if (head.IsMark)
            {
                // Bytes behind a mark are what a crash left of a record that was being written over it.
                var end = offset + RecordHead.Bytes;
                return isLast || end == length ? new SegmentEnd(offset, isLast ? Math.Max(0, length - end) : 0, null) : Damaged(end);
            }

            var error = Replay(head, offset);
            if (error is not null)
            {
                return new SegmentEnd(offset, 0, error);
            }

            cursor.Previous = checksum;
            cursor.NextPosition += (ulong)head.Count;
            cursor.Epoch = Math.Max(cursor.Epoch, head.Epoch);
            offset += RecordHead.Bytes + head.PayloadBytes;
        }

        return new SegmentEnd(offset, 0, null);
    }

    private bool TryReadRecord(long offset, long length, out RecordHead head, out uint checksum)
    {
        head = default;
        checksum = 0;
        if (file.Read(_head.AsSpan(0, RecordHead.Bytes), offset) != RecordHead.Bytes
            || !RecordHead.TryRead(_head, out head, out checksum)
            || head.FirstPosition != cursor.NextPosition
            || head.Previous != cursor.Previous
            || offset + RecordHead.Bytes + head.PayloadBytes > length)
        {
            return false;
        }

        if (_payload.Length < head.PayloadBytes)
        {
            _payload = new byte[head.PayloadBytes];
        }

        var payload = _payload.AsSpan(0, head.PayloadBytes);
        return file.Read(payload, offset + RecordHead.Bytes) == head.PayloadBytes && Checksum.Compute(payload) == head.PayloadChecksum;
    }

    private DfsError? Replay(in RecordHead head, long offset)
    {
        ReadOnlySpan<byte> rest = _payload.AsSpan(0, head.PayloadBytes);
        try
        {
            while (!rest.IsEmpty)
            {
                replay(MetaEventCodec.Read(ref rest));
            }

            return null;
        }
        catch (FormatException e)
        {
            return new DfsError(
                DfsErrorCode.VersionMismatch,
                $"{path}, offset {offset}: a record is whole but cannot be understood ({e.Message}). It was probably written by a newer release: run that one.");
        }
    }

    private SegmentEnd EndAt(long offset, long length, bool isLast)
        => isLast && !HasLaterRecord(offset + 1, length) ? new SegmentEnd(offset, length - offset, null) : Damaged(offset);

    private SegmentEnd Damaged(long offset) => new(offset, 0, new DfsError(
        DfsErrorCode.JournalDamaged,
        $"{path} is damaged at offset {offset}, where transaction {cursor.NextPosition} should begin, and there are later ones. Nothing was changed. "
        + "Ways out: put back an undamaged copy of this file; or, to go on with what comes before and give up what came after, "
        + $"move all later segments away and cut this file to {offset} bytes."));

    // Looks for any record head with a right checksum and a position that has not been read yet.
    private bool HasLaterRecord(long from, long length)
    {
        var buffer = new byte[ScanBytes];
        for (var offset = from; offset < length; offset += ScanBytes - RecordHead.Bytes)
        {
            var read = file.Read(buffer, offset);
            for (var at = 0; at + RecordHead.Bytes <= read; at++)
            {
                var next = buffer.AsSpan(at, read - at).IndexOf((byte)(RecordHead.Magic & 0xff));
                if (next < 0)
                {
                    break;
                }

                at += next;
                if (RecordHead.TryRead(buffer.AsSpan(at, read - at), out var head, out _) && head.FirstPosition >= cursor.NextPosition)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
