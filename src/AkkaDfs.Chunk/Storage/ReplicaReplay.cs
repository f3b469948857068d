// Works out one replica's state from its meta file and the frames of the log, after a restart.
//
// First every frame is shown to Survey, in order; then the base is loaded; then every frame again to Redo. Unlogged bytes that
// a power loss may have torn are compared with their checksums; from the first that does not match on, operations are void.

using System.Buffers.Binary;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

internal sealed class ReplicaReplay(ChunkId chunk, int rememberedOperations)
{
    private readonly List<SettledBody> _settled = [];
    private ulong _settledUpTo;
    private ulong _appliedUpTo;
    private bool _isCut;

    internal ChunkId Chunk => chunk;

    /// <summary>First frame of the replica.</summary>
    internal ulong FirstLsn { get; private set; }

    /// <summary>Last frame of the replica.</summary>
    internal ulong LastLsn { get; private set; }

    /// <summary>The last frame that made what was before it meaningless: Create, Delete or Adopt.</summary>
    internal FrameKind Reset { get; private set; }

    internal ulong ResetLsn { get; private set; }

    /// <summary>Number of the copy that was adopted, when Reset is Adopt.</summary>
    internal ulong CopyNumber { get; private set; }

    /// <summary>Why it cannot be trusted, or null.</summary>
    internal string? Lost { get; private set; }

    internal ReplicaImage? Image { get; private set; }

    /// <summary>What has to be laid over the data file.</summary>
    internal Overlay Overlay { get; } = new();

    internal IFile? File { get; set; }

    /// <summary>Set when a torn operation was found now: what a Settled frame is to say.</summary>
    internal SettledBody Outcome { get; private set; }

    internal bool IsDeleted => Reset == FrameKind.Delete && Image is null;

    internal void Survey(in FrameHead frame, ReadOnlySpan<byte> body)
    {
        FirstLsn = FirstLsn == 0 ? frame.Lsn : FirstLsn;
        LastLsn = frame.Lsn;
        switch (frame.Kind)
        {
            case FrameKind.Create or FrameKind.Delete or FrameKind.Adopt:
                (Reset, ResetLsn) = (frame.Kind, frame.Lsn);
                CopyNumber = frame.Kind == FrameKind.Adopt ? RoleBody.Read(body).Number : 0;
                Lost = null;
                _settled.Clear();
                break;
            case FrameKind.Lost:
                GiveUp("it was given up before the restart.");
                break;
            case FrameKind.Settled:
                _settled.Add(SettledBody.Read(body));
                _settledUpTo = Math.Max(_settledUpTo, _settled[^1].UpTo);
                break;
        }
    }

    internal void GiveUp(string why) => Lost ??= why;

    /// <summary>Takes what the meta file has, unless the log says that it is of an earlier life.</summary>
    internal void Base(ReplicaImage? meta)
    {
        var isCurrent = meta is not null && (ResetLsn == 0 || meta.Lsn >= ResetLsn || Reset == FrameKind.Adopt);
        if (isCurrent)
        {
            Image = meta;
            _appliedUpTo = Math.Max(meta!.Lsn, Reset == FrameKind.Adopt ? ResetLsn - 1 : 0);
        }
        else if (ResetLsn == 0 || Reset == FrameKind.Adopt)
        {
            GiveUp("its meta file is missing or damaged.");
        }
        else
        {
            _appliedUpTo = ResetLsn - 1;
        }
    }

    /// <param name="frame">The frame.</param>
    /// <param name="body">Its head behind the fixed part.</param>
    /// <param name="payload">Its payload.</param>
    /// <param name="isSafe">True when the machine has been up since: then every write that was made is there.</param>
    internal void Redo(in FrameHead frame, ReadOnlySpan<byte> body, ReadOnlySpan<byte> payload, bool isSafe)
    {
        if (Lost is not null || frame.Lsn <= _appliedUpTo)
        {
            return;
        }

        if (frame.Kind == FrameKind.Create)
        {
            var made = RoleBody.Read(body);
            Image = new ReplicaImage(chunk, (int)made.Number, made.Role, new OperationWindow(rememberedOperations));
            Overlay.Clear();
        }

        if (Image is null)
        {
            return;
        }

        switch (frame.Kind)
        {
            case FrameKind.Role or FrameKind.Adopt:
                Image.Role = RoleBody.Read(body).Role;
                break;
            case FrameKind.Operations when !IsVoid(frame.Lsn):
                RedoOperations(frame, body, isSafe || frame.Lsn <= _settledUpTo);
                break;
            case FrameKind.Repair or FrameKind.Replace when !IsVoid(frame.Lsn):
                RedoPatch(frame, body, payload);
                break;
        }

        Image.Lsn = frame.Lsn;
    }

    private bool IsVoid(ulong lsn) => _isCut || _settled.Exists(s => s.CutAt != 0 && s.CutAt < lsn && lsn <= s.UpTo);

    private void RedoOperations(in FrameHead frame, ReadOnlySpan<byte> body, bool isSafe)
    {
        var checksums = body[(frame.Count * LoggedOp.Bytes)..];
        var source = frame.Lsn + (ulong)frame.HeadBytes;
        var lsn = frame.Lsn;
        var known = _settled.Find(s => s.CutAt == lsn);
        for (var i = 0; i < frame.Count; i++)
        {
            var op = LoggedOp.Read(body[(i * LoggedOp.Bytes)..]);
            var segments = checksums[..(op.SegmentCount * sizeof(uint))];
            if (known.CutAt != 0 && op.Sequence > known.CutSequence)
            {
                return;
            }

            if (op.Sequence != Image!.Sequence + 1)
            {
                GiveUp($"the log has operation {op.Sequence} after {Image.Sequence}.");
                return;
            }

            if (!isSafe && !op.IsLogged && op.PayloadBytes > 0 && !IsIntact(op, segments))
            {
                _isCut = true;
                Outcome = new SettledBody(0, frame.Lsn, Image.Sequence);
                return;
            }

            Lay(op, source, frame.Lsn);
            Image.Redo(op, segments);
            Image.Remember(op);
            checksums = checksums[segments.Length..];
            source += op.IsLogged ? (ulong)op.PayloadBytes : 0;
        }
    }

    private bool IsIntact(in LoggedOp op, ReadOnlySpan<byte> segments)
    {
        var block = OperationBatch.OfThread.Block;
        var offset = op.Offset;
        for (var left = op.PayloadBytes; left > 0; segments = segments[sizeof(uint)..])
        {
            var take = (int)Math.Min(left, Checksum.BlockBytes - (offset % Checksum.BlockBytes));
            if (File!.Read(block.AsSpan(0, take), offset) != take
                || Checksum.Compute(block.AsSpan(0, take)) != BinaryPrimitives.ReadUInt32LittleEndian(segments))
            {
                return false;
            }

            (offset, left) = (offset + take, left - take);
        }

        return true;
    }

    // Unlogged bytes are in the data file; everything else is laid over it, NULs included, whatever the file has there.
    private void Lay(in LoggedOp op, ulong source, ulong lsn)
    {
        var length = Image!.LengthBytes;
        if (op.LengthAfter < length)
        {
            Overlay.Remove(op.LengthAfter, long.MaxValue);
            return;
        }

        Overlay.Set(new Overlay.Range(length, op.PayloadBytes > 0 ? op.Offset : op.LengthAfter, 0, lsn));
        if (op.PayloadBytes > 0 && op.IsLogged)
        {
            Overlay.Set(new Overlay.Range(op.Offset, op.End, source, lsn));
        }
        else if (op.PayloadBytes > 0)
        {
            Overlay.Remove(op.Offset, op.End);
        }
    }

    private void RedoPatch(in FrameHead frame, ReadOnlySpan<byte> body, ReadOnlySpan<byte> payload)
    {
        var patch = PatchBody.Read(body);
        if (frame.Kind == FrameKind.Replace)
        {
            if (OperationWindow.Read(payload[^patch.OutcomesBytes..], rememberedOperations) is not { } outcomes)
            {
                GiveUp("the log has a state that cannot be read.");
                return;
            }

            Overlay.Remove(patch.LengthBytes, long.MaxValue);
            Overlay.Set(new Overlay.Range(Image!.LengthBytes, patch.LengthBytes, 0, frame.Lsn));
            Image.Replace(patch, body, frame.Count, outcomes);
        }

        var source = frame.Lsn + (ulong)frame.HeadBytes;
        for (var i = 0; i < frame.Count; i++)
        {
            var (block, length, _) = PatchBody.ReadEntry(body, i);
            var start = (long)block * Checksum.BlockBytes;
            Overlay.Set(new Overlay.Range(start, start + length, source, frame.Lsn));
            source += (ulong)length;
        }
    }
}
