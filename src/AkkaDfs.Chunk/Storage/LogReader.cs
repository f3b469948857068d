// Reads a folder's log after a restart: finds where it ends, tells a torn tail (expected after a power loss) from damage (a
// frame that had been durable is not there any more), and hands out the valid frames in order.
//
// Proof of damage: a bad frame before the place where a later segment says the log went on; or followed by a valid frame when
// the machine has not been down since, or by one that says more than the bad one's position was durable; or a missing segment.

using System.Buffers.Binary;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

/// <summary>Receives a frame. <paramref name="head"/> and <paramref name="payload"/> are valid during the call only.</summary>
internal delegate void FrameVisitor(in FrameHead frame, ReadOnlySpan<byte> head, ReadOnlySpan<byte> payload);

internal sealed class LogReader
{
    private readonly IFileSystem _files;
    private readonly string _directory;
    private readonly Guid _folderId;
    private readonly SortedDictionary<uint, SegmentInfo> _segments = [];
    private readonly List<(uint Number, long End)> _path = [];
    private byte[] _buffer = [];

    internal LogReader(IFileSystem files, string directory, Guid folderId)
    {
        (_files, _directory, _folderId) = (files, directory, folderId);
        foreach (var name in files.ListFiles(directory))
        {
            if (SegmentHead.TryParse(name, out var number))
            {
                _segments[number] = Inspect(number);
            }
        }

        Walk();
    }

    /// <summary>What is damaged, or null.</summary>
    internal string? Damage { get; private set; }

    /// <summary>A segment of a format this program does not know, or null.</summary>
    internal int? ForeignVersion { get; private set; }

    /// <summary>Largest segment number there is; 0 when there is none.</summary>
    internal uint LastNumber => _segments.Count == 0 ? 0 : _segments.Keys.Last();

    /// <summary>Where the valid part ends.</summary>
    internal ulong EndLsn => _path.Count == 0 ? 0 : WriteAheadLog.Position(_path[^1].Number, _path[^1].End);

    /// <summary>Segments that hold valid frames.</summary>
    internal IEnumerable<uint> Needed => _path.Where(s => s.End > SegmentHead.Bytes).Select(s => s.Number);

    /// <summary>All segments.</summary>
    internal IEnumerable<uint> All => _segments.Keys;

    /// <summary>Chunks of frames that lie behind the damage.</summary>
    internal HashSet<ChunkId> Behind { get; } = [];

    /// <summary>True when the machine has been up since the segment was written: then every write that was made is there.</summary>
    internal bool IsOfThisBoot(ulong lsn)
        => _files.BootId != Guid.Empty && _segments[WriteAheadLog.SegmentOf(lsn)].Head.BootId == _files.BootId;

    /// <summary>Shows all valid frames, in order.</summary>
    internal void ForEach(FrameVisitor visit)
    {
        foreach (var (number, end) in _path)
        {
            var bytes = Load(number)[..(int)end];
            for (var at = SegmentHead.Bytes; at < end;)
            {
                FrameHead.TryRead(bytes[at..], WriteAheadLog.Position(number, at), out var frame);
                visit(frame, bytes.Slice(at, frame.HeadBytes), bytes.Slice(at + frame.HeadBytes, frame.PayloadBytes));
                at += frame.FrameBytes;
            }
        }
    }

    private SegmentInfo Inspect(uint number)
    {
        var bytes = Load(number);
        if (!SegmentHead.TryRead(bytes, out var head) || head.Number != number || head.FolderId != _folderId)
        {
            return new SegmentInfo(default, IsValid: false, SegmentHead.Bytes, EndsInRoll: false, 0);
        }

        if (SegmentHead.VersionOf(bytes) != SegmentHead.Version)
        {
            ForeignVersion = SegmentHead.VersionOf(bytes);
        }

        var at = SegmentHead.Bytes;
        bool rolls = false, recovered = head.ContinuesFrom == 0;
        var neededFrom = head.NeededFrom;
        while (!rolls && TryFrame(bytes, number, at, out var frame))
        {
            rolls = frame.Kind == FrameKind.Roll;
            recovered |= frame.Kind == FrameKind.Recovered;
            neededFrom = frame.Kind == FrameKind.Trim
                ? (uint)BinaryPrimitives.ReadUInt64LittleEndian(bytes[(at + FrameHead.Bytes)..])
                : neededFrom;
            at += frame.FrameBytes;
        }

        return new SegmentInfo(head, recovered, at, rolls, neededFrom);
    }

    // From the first needed segment along Roll frames and ContinuesFrom marks to the end.
    private void Walk()
    {
        foreach (var (number, info) in _segments.ToList())
        {
            // A restart that did not get through left nothing behind.
            if (!info.IsValid && info.Head.Number != 0)
            {
                _segments[number] = info with { End = SegmentHead.Bytes };
            }
        }

        var valid = _segments.Where(s => s.Value.IsValid).ToList();
        var neededFrom = valid.Count == 0 ? 0 : valid.Max(s => s.Value.NeededFrom);
        if (valid.Count == 0 && _segments.Count > 0)
        {
            Damage = "no segment's head can be read";
        }

        if (neededFrom != 0 && !_segments.ContainsKey(neededFrom))
        {
            Damage = $"segment {neededFrom} is missing";
            neededFrom = valid.Find(s => s.Key > neededFrom).Key;
        }

        for (var number = neededFrom; number != 0; number = Next(number))
        {
        }

        if (Damage is not null)
        {
            CollectBehind();
        }
    }

    private uint Next(uint number)
    {
        var info = _segments[number];
        var successor = _segments.LastOrDefault(s => s.Value.IsValid && WriteAheadLog.SegmentOf(s.Value.Head.ContinuesFrom) == number);
        if (successor.Key != 0)
        {
            var end = (long)(uint)successor.Value.Head.ContinuesFrom;
            _path.Add((number, Math.Min(end, info.End)));
            if (info.End < end)
            {
                Damage ??= $"segment {number} at {info.End}";
            }

            return successor.Key;
        }

        _path.Add((number, info.End));
        if (info.EndsInRoll)
        {
            if (_segments.TryGetValue(number + 1, out var next) && next.IsValid)
            {
                return number + 1;
            }

            Damage ??= $"segment {number + 1} is missing or its head is damaged";
            return 0;
        }

        var hasLater = _segments.Any(s => s.Key > number && s.Value.IsValid && s.Value.Head.ContinuesFrom == 0 && s.Value.End > SegmentHead.Bytes);
        if (!info.IsValid || hasLater || IsProvenBehind(number, info.End))
        {
            Damage ??= $"segment {number} at {info.End}";
        }

        return 0;
    }

    // Looks behind a bad frame for a valid one that could not be there if the bad one had merely not been written yet.
    private bool IsProvenBehind(uint number, long badAt)
    {
        var bytes = Load(number);
        var bad = WriteAheadLog.Position(number, badAt);
        for (var at = (int)badAt + 8; at + FrameHead.Bytes <= bytes.Length; at += 8)
        {
            if (TryFrame(bytes, number, at, out var frame) && (IsOfThisBoot(bad) || frame.DurableLsn > bad))
            {
                return true;
            }
        }

        return false;
    }

    private void CollectBehind()
    {
        var visited = _path.ToDictionary(s => s.Number, s => s.End);
        foreach (var number in _segments.Keys)
        {
            var bytes = Load(number);
            var at = (int)visited.GetValueOrDefault(number, SegmentHead.Bytes);
            while (at + FrameHead.Bytes <= bytes.Length)
            {
                var isFrame = TryFrame(bytes, number, at, out var frame);
                if (isFrame && frame.Chunk != ChunkId.None)
                {
                    Behind.Add(frame.Chunk);
                }

                at += isFrame ? frame.FrameBytes : 8;
            }
        }
    }

    private static bool TryFrame(ReadOnlySpan<byte> bytes, uint number, int at, out FrameHead frame)
        => FrameHead.TryRead(bytes[Math.Min(at, bytes.Length)..], WriteAheadLog.Position(number, at), out frame)
            && FramePayload.Matches(frame, bytes.Slice(at, frame.HeadBytes), bytes.Slice(at + frame.HeadBytes, frame.PayloadBytes));

    private ReadOnlySpan<byte> Load(uint number)
    {
        using var file = _files.Open($"{_directory}/{SegmentHead.FileName(number)}", FileOpen.Read);
        var length = (int)file.Length;
        if (_buffer.Length < length)
        {
            _buffer = new byte[length];
        }

        return _buffer.AsSpan(0, file.Read(_buffer.AsSpan(0, length), 0));
    }

    private sealed record SegmentInfo(SegmentHead Head, bool IsValid, long End, bool EndsInRoll, uint NeededFrom);
}

/// <summary>Checks payload bytes against the checksums in a frame's head.</summary>
internal static class FramePayload
{
    internal static bool Matches(in FrameHead frame, ReadOnlySpan<byte> head, ReadOnlySpan<byte> payload) => frame.Kind switch
    {
        FrameKind.Operations => OperationsMatch(frame, head, payload),
        FrameKind.Repair or FrameKind.Replace => PatchMatches(frame, head[FrameHead.Bytes..], payload),
        _ => true,
    };

    private static bool OperationsMatch(in FrameHead frame, ReadOnlySpan<byte> head, ReadOnlySpan<byte> payload)
    {
        var checksums = head[(FrameHead.Bytes + (frame.Count * LoggedOp.Bytes))..];
        Span<uint> segments = stackalloc uint[1];
        for (var i = 0; i < frame.Count; i++)
        {
            var op = LoggedOp.Read(head[(FrameHead.Bytes + (i * LoggedOp.Bytes))..]);
            var offset = op.Offset;
            var left = op.IsLogged ? payload[..op.PayloadBytes] : default;
            for (var s = 0; s < op.SegmentCount; s++, checksums = checksums[sizeof(uint)..])
            {
                if (!op.IsLogged)
                {
                    continue;
                }

                var take = (int)Math.Min(left.Length, Checksum.BlockBytes - (offset % Checksum.BlockBytes));
                Checksum.ComputeSegments(offset, left[..take], segments);
                if (segments[0] != BinaryPrimitives.ReadUInt32LittleEndian(checksums))
                {
                    return false;
                }

                left = left[take..];
                offset += take;
            }

            payload = payload[(op.IsLogged ? op.PayloadBytes : 0)..];
        }

        return true;
    }

    private static bool PatchMatches(in FrameHead frame, ReadOnlySpan<byte> body, ReadOnlySpan<byte> payload)
    {
        for (var i = 0; i < frame.Count; i++)
        {
            var (_, length, checksum) = PatchBody.ReadEntry(body, i);
            if (Checksum.Compute(payload[..length]) != checksum)
            {
                return false;
            }

            payload = payload[length..];
        }

        return Checksum.Compute(payload) == PatchBody.Read(body).OutcomesChecksum;
    }
}
