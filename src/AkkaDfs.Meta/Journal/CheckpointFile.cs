// A checkpoint: the durable state before some transaction, told as images. The head is a segment's with another magic; records
// are a log's, numbered from 1 and chained in the same way; a mark ends them. A file without that mark is not whole.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Meta.Journal;

/// <summary>Writes and reads checkpoints.</summary>
internal static class CheckpointFile
{
    private const int RecordBytes = 1024 * 1024;

    // Synced in pieces: one large sync at the end would hold the log's own syncs up on many file systems.
    private const int RecordsPerSync = 8;

    /// <summary>Writes a whole checkpoint and makes its content durable.</summary>
    public static void Write(IFile file, SegmentHead head, IEnumerable<MetaEvent> images)
    {
        Span<byte> bytes = stackalloc byte[SegmentHead.Bytes];
        head.Write(bytes, SegmentHead.CheckpointMagic);
        file.Write(bytes, 0);
        var records = new Records(file, head.Epoch);
        foreach (var image in images)
        {
            records.Add(image);
        }

        records.End();
        file.Sync();
    }

    /// <summary>Reads a checkpoint from its head to its end mark.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="file">The file.</param>
    /// <param name="replay">Receives the images; null to check only. Check first: a damaged file may show its damage late.</param>
    /// <returns>Its head; JournalDamaged with the offset, VersionMismatch.</returns>
    public static Result<SegmentHead> Read(string path, IFile file, Action<MetaEvent>? replay)
    {
        if (SegmentReader.ReadHead(file, SegmentHead.CheckpointMagic, out var version) is not { } head)
        {
            return version > SegmentHead.Version
                ? new DfsError(
                    DfsErrorCode.VersionMismatch,
                    $"{path} has format version {version}, and this release reads up to {SegmentHead.Version}. Run the newer release.")
                : Damaged(path, 0);
        }

        var bytes = new byte[RecordHead.Bytes];
        var payload = new byte[RecordBytes * 2];
        var previous = 0U;
        long offset = SegmentHead.Bytes;
        for (ulong number = 1; ; number++)
        {
            if (file.Read(bytes, offset) != RecordHead.Bytes
                || !RecordHead.TryRead(bytes, out var record, out var checksum)
                || record.FirstPosition != number
                || record.Previous != previous
                || record.PayloadBytes > file.Length - offset)
            {
                return Damaged(path, offset);
            }

            if (record.IsMark)
            {
                return file.Length == offset + RecordHead.Bytes ? head : Damaged(path, offset + RecordHead.Bytes);
            }

            Array.Resize(ref payload, Math.Max(payload.Length, record.PayloadBytes));
            var content = payload.AsSpan(0, record.PayloadBytes);
            if (file.Read(content, offset + RecordHead.Bytes) != content.Length || Checksum.Compute(content) != record.PayloadChecksum)
            {
                return Damaged(path, offset);
            }

            if (Replay(path, offset, content, replay) is { } error)
            {
                return error;
            }

            previous = checksum;
            offset += RecordHead.Bytes + record.PayloadBytes;
        }
    }

    private static DfsError? Replay(string path, long offset, ReadOnlySpan<byte> rest, Action<MetaEvent>? replay)
    {
        try
        {
            while (replay is not null && !rest.IsEmpty)
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

    private static DfsError Damaged(string path, long offset)
        => new(DfsErrorCode.JournalDamaged, $"The checkpoint {path} is damaged at offset {offset}.");

    private sealed class Records(IFile file, ulong epoch)
    {
        private readonly EventWriter _writer = new();
        private long _offset = SegmentHead.Bytes;
        private ulong _number = 1;
        private uint _previous;
        private int _count;

        internal void Add(MetaEvent image)
        {
            if (_count == 0)
            {
                _writer.Reset(RecordHead.Bytes);
            }

            MetaEventCodec.Write(_writer, image);
            _count++;
            if (_writer.Length >= RecordBytes)
            {
                Put();
            }
        }

        internal void End()
        {
            if (_count > 0)
            {
                Put();
            }

            _writer.Reset(RecordHead.Bytes);
            Put();
        }

        private void Put()
        {
            var payload = _writer.Written[RecordHead.Bytes..];
            _previous = new RecordHead(payload.Length, Checksum.Compute(payload), _number, _count, _previous, epoch).Write(_writer.At(0, RecordHead.Bytes));
            file.Write(_writer.Written, _offset);
            _offset += _writer.Length;
            _count = 0;
            if (_number++ % RecordsPerSync == 0)
            {
                file.Sync();
            }
        }
    }
}
