// Reads of one chunk on this member. A read that touches what is not committed waits for the commit; one that finds, when its
// bytes are there, that such an operation has begun in the meantime, waits with its bytes. So no reader sees what may be lost.

using Akka.Actor;
using AkkaDfs.Chunk.Core;
using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using FramePayload = AkkaDfs.Shared.DataPlane.FramePayload;

namespace AkkaDfs.Chunk.Actors;

/// <summary>Bytes came back from the disk.</summary>
/// <param name="Request">Who asked.</param>
/// <param name="Ack">The answer but for the number of bytes: what was committed when the bytes were asked for.</param>
/// <param name="Outcome">How it went.</param>
/// <param name="Payload">The bytes.</param>
/// <param name="Term">Which beginning of the line it belongs to.</param>
internal sealed record BytesRead(ReadRequest Request, ReadAck Ack, ReadOutcome Outcome, FramePayload Payload, int Term);

internal sealed class ReadLine(IActorRef self, ChunkEnvironment environment, CommitTracker commits)
{
    private readonly List<Waiting> _waiting = [];
    private int _reading;
    private int _term;

    /// <summary>True while a read is anywhere in the line.</summary>
    public bool IsBusy => _waiting.Count > 0 || _reading > 0;

    /// <summary>Takes a read of committed bytes.</summary>
    public void Add(ReadRequest request, IReplicaFile file, Generation generation)
    {
        if (commits.MustCommitFirst(request.Head.Op.Range) is > 0 and var sequence)
        {
            _waiting.Add(new Waiting(sequence, request.DeadlineAt, () => Add(request, file, generation), error => request.Fail(error)));
            return;
        }

        Read(request, file, generation, commits.LengthBytes);
    }

    /// <summary>Takes a read of whatever is there.</summary>
    public void AddRaw(ReadRequest request, IReplicaFile file, Generation generation) => Read(request, file, generation, file.Info.LengthBytes);

    /// <summary>Lets something wait until what is placed now is committed; at once when that is so already.</summary>
    /// <param name="deadlineAt">When nobody waits any more.</param>
    /// <param name="ready">Called when it is.</param>
    /// <param name="failed">Called when it will not be.</param>
    public void WhenCommitted(long deadlineAt, Action ready, Action<DfsError> failed)
    {
        if (commits.MustCommitFirst(new ByteRange(0, long.MaxValue)) is > 0 and var sequence)
        {
            _waiting.Add(new Waiting(sequence, deadlineAt, ready, failed));
        }
        else
        {
            ready();
        }
    }

    /// <summary>Bytes came back: answers, or lets them wait. Returns what is wrong with the replica, or null.</summary>
    public DfsError? OnRead(BytesRead read)
    {
        _reading--;
        if (read.Outcome.Error is { } error)
        {
            read.Payload.Owner.Release();
            read.Request.Fail(error);
            return error;
        }

        if (read.Term != _term && !read.Request.Head.Raw)
        {
            // The replica may have been brought to another state meanwhile: these bytes may be of operations that are not in it.
            read.Payload.Owner.Release();
            read.Request.Fail(ChunkActor.Recovering());
            return null;
        }

        Answer(read);
        return null;
    }

    /// <summary>Something was committed: lets go who waited for it.</summary>
    public void OnCommitted()
    {
        if (_waiting.Count == 0)
        {
            return;
        }

        var ready = _waiting.FindAll(w => w.Sequence <= commits.Sequence);
        _waiting.RemoveAll(w => w.Sequence <= commits.Sequence);
        ready.ForEach(w => w.Ready());
    }

    /// <summary>Fails those whose time is over.</summary>
    public void OnTick(long now)
    {
        var late = _waiting.FindAll(w => w.DeadlineAt <= now);
        _waiting.RemoveAll(w => w.DeadlineAt <= now);
        late.ForEach(w => w.Failed(new DfsError(DfsErrorCode.Timeout, "The replica waited for a commit until the deadline. Another replica may serve.")));
    }

    /// <summary>Fails all who wait, and those whose bytes are on their way.</summary>
    public void FailAll(DfsError error)
    {
        _term++;
        var all = _waiting.ToArray();
        _waiting.Clear();
        Array.ForEach(all, w => w.Failed(error));
    }

    private void Answer(BytesRead read)
    {
        var op = read.Request.Head.Op;
        if (!read.Request.Head.Raw && commits.MustCommitFirst(op.Range) is > 0 and var sequence)
        {
            _waiting.Add(new Waiting(
                sequence,
                read.Request.DeadlineAt,
                () => Answer(read),
                error =>
                {
                    read.Payload.Owner.Release();
                    read.Request.Fail(error);
                }));
            return;
        }

        if (!read.Request.Head.Raw && !environment.Serving.IsHeld)
        {
            read.Payload.Owner.Release();
            read.Request.Fail(ServingRight.NotServing());
            return;
        }

        read.Request.Succeed(read.Ack with { BytesRead = read.Outcome.BytesRead }, read.Payload);
    }

    private void Read(ReadRequest request, IReplicaFile file, Generation generation, long lengthBytes)
    {
        var range = request.Head.Op.Range.Intersect(new ByteRange(0, lengthBytes));
        var ack = new ReadAck(0, generation, commits.Sequence, lengthBytes);
        if (range.IsEmpty)
        {
            _reading++;
            OnRead(new BytesRead(request, ack, new ReadOutcome(0, null, []), FramePayload.None, _term));
            return;
        }

        _reading++;
        environment.Disk.Enqueue(new ReadJob(self, request, file, ack, range, environment.Pool, _term));
    }

    private sealed record Waiting(ulong Sequence, long DeadlineAt, Action Ready, Action<DfsError> Failed);

    private sealed class ReadJob(IActorRef self, ReadRequest request, IReplicaFile file, ReadAck ack, ByteRange range, BlockPool pool, int term) : DiskJob
    {
        private PooledBlock? _block;

        public override void Run()
        {
            var length = (int)range.LengthBytes;
            _block = pool.Rent(length);
            var phase = (int)(range.Offset % Checksum.BlockBytes);
            var checksums = new uint[Checksum.SegmentCount(new ByteRange(phase, length))];
            var outcome = file.Read(range, _block.Array.AsSpan(0, length), checksums);
            var slice = _block.Hand(0, outcome.BytesRead);
            _block = null;
            var payload = outcome.BytesRead == 0
                ? new FramePayload(default, 0, default, slice)
                : new FramePayload(slice.Memory, phase, checksums, slice);
            self.Tell(new BytesRead(request, ack, outcome, payload, term), ActorRefs.NoSender);
        }

        public override void Fail(Exception exception)
        {
            _block?.Release();
            var error = new DfsError(DfsErrorCode.ReplicaLost, $"The chunk store failed inside: {exception.Message} Look into the log of the chunk server.");
            self.Tell(new BytesRead(request, ack, new ReadOutcome(0, error, []), FramePayload.None, term), ActorRefs.NoSender);
        }
    }
}
