// The answering side of one connection: hello first, then requests, each routed to its chunk. The window is given back when an
// answer has left, so that neither requests nor answers of a slow peer pile up. A malformed frame ends this connection only.

using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Chunk.DataPlane;

internal sealed partial class ServerConnection : FrameLink, IReplyPath, IDetour
{
    private readonly DataServer _server;
    private readonly DataPlaneOptions _options;
    private readonly FlowWindow _window;
    private readonly int _windowRequests;
    private readonly int _windowBytes;
    private readonly Lock _taking = new();
    private int _detours;
    private bool _greeted;

    public ServerConnection(IDataStream stream, DataServer server, DataPlaneOptions options)
        : base(stream, options)
    {
        _server = server;
        _options = options;
        _windowRequests = options.WindowRequests;
        _windowBytes = options.WindowBytes;
        _window = new FlowWindow(_windowRequests, _windowBytes);
    }

    /// <summary>Its session; set by the hello.</summary>
    public Guid Session { get; set; }

    /// <inheritdoc/>
    public void Reply<THead>(ChunkRequest request, FrameType type, in THead head, in FramePayload payload)
        where THead : IFrameHead
    {
        if (!TrySend(type, request.RequestId, head, payload, settles: request.WindowBytes))
        {
            payload.Owner.Release();
            _window.Leave(1, request.WindowBytes);
        }
    }

    /// <inheritdoc/>
    public void EndDetour() => Interlocked.Decrement(ref _detours);

    /// <inheritdoc/>
    public override ValueTask WaitForRoomAsync() => _window.HasRoom ? ValueTask.CompletedTask : WaitInLineAsync();

    /// <inheritdoc/>
    public override DfsError? OnFrame(in ReceivedFrame frame)
    {
        lock (_taking)
        {
            return Ended is null ? Take(frame) : Drop(frame);
        }
    }

    /// <summary>Ends the connection: when this returns, nothing more of it is taken, not even what has arrived already.</summary>
    public void Supersede()
    {
        Close(new DfsError(DfsErrorCode.Unreachable, "The other side has connected again."));
        lock (_taking)
        {
            // Whoever was inside has left.
        }
    }

    private DfsError? Drop(in ReceivedFrame frame)
    {
        frame.Payload.Release();
        return Ended;
    }

    private DfsError? Take(in ReceivedFrame frame)
    {
        if (!_greeted)
        {
            return OnHello(frame);
        }

        // A batch has checksums for each of its writes.
        if (frame.Header.PayloadBytes > 0 && !frame.IsIntact && frame.Header.Type != FrameType.WriteBatch)
        {
            return Damaged(frame);
        }

        switch (frame.Header.Type)
        {
            case FrameType.Ping:
                TrySend(FrameType.Pong, frame.Header.RequestId, default(EmptyHead));
                return null;
            case FrameType.Write:
                return OnWrite(frame);
            case FrameType.WriteBatch:
                return OnWriteBatch(frame);
            case FrameType.Forward:
                return OnForward(frame);
            case FrameType.ForwardBatch:
                return OnForwardBatch(frame);
            case FrameType.Read:
                return OnRead(frame);
            case FrameType.Stat or FrameType.Quiesce or FrameType.Describe:
                return OnReplica(frame);
            case FrameType.Join:
                return OnJoin(frame);
            case FrameType.Damage:
                return OnDamage(frame);
            default:
                frame.Payload.Release();
                return FrameHeader.Violation($"its type {(byte)frame.Header.Type} is no request");
        }
    }

    /// <inheritdoc/>
    protected override void OnSent(int requests, long bytes) => _window.Leave(requests, bytes);

    /// <inheritdoc/>
    protected override void OnEnded(DfsError reason) => _server.Forget(this);

    private async ValueTask WaitInLineAsync()
    {
        await _window.EnterAsync(0);
        _window.Leave(1, 0);
    }

    private DfsError? OnHello(in ReceivedFrame frame)
    {
        frame.Payload.Release();
        var reader = new HeadReader(frame.Head);
        var hello = HelloHead.Read(ref reader);
        if (frame.Header.Type != FrameType.Hello || !reader.IsValid || hello.Kind is not (PeerKind.Client or PeerKind.ChunkServer))
        {
            return FrameHeader.Violation("the first frame of a connection must be a hello");
        }

        var identity = _server.Identity;
        if (hello.ClusterId != Guid.Empty && identity.ClusterId != Guid.Empty && hello.ClusterId != identity.ClusterId)
        {
            var error = new DfsError(DfsErrorCode.WrongCluster, $"This chunk server belongs to cluster {identity.ClusterId:N}, the caller to {hello.ClusterId:N}. Refresh the locations.");
            TrySend(FrameType.Error, 0, new ErrorHead(error));
            return null;
        }

        _greeted = true;
        _server.BeginSession(hello.Session, this);
        TrySend(FrameType.HelloReply, 0, new HelloReplyHead(identity.ClusterId, identity.Server, _windowRequests, _windowBytes));
        return null;
    }

    private DfsError? Damaged(in ReceivedFrame frame)
    {
        frame.Payload.Release();
        TrySend(FrameType.Error, frame.Header.RequestId, new ErrorHead(DamagedOnTheWay()));
        return null;
    }

    private static DfsError DamagedOnTheWay()
        => new(DfsErrorCode.Unreachable, "The bytes were damaged on their way and nothing was done with them. Try again.");

    private DfsError? OnRead(in ReceivedFrame frame)
    {
        frame.Payload.Release();
        var reader = new HeadReader(frame.Head);
        var head = ReadHead.Read(ref reader);
        if (!reader.IsValid)
        {
            return FrameHeader.Violation("the content of its Read cannot be read");
        }

        var bytes = (int)head.Op.Range.LengthBytes;
        var door = EnterDoor(head.Op.Chunk, bytes, bounded: !head.Raw, out var entry);
        Route(
            new ReadRequest
            {
                ReplyPath = this,
                RequestId = frame.Header.RequestId,
                Chunk = head.Op.Chunk,
                Server = head.Op.Server,
                Head = head,
                WindowBytes = Enter(bytes),
                DeadlineAt = DeadlineOf(frame.Header.DeadlineMs),
            },
            door,
            entry);
        return null;
    }

    private DfsError? OnReplica(in ReceivedFrame frame)
    {
        frame.Payload.Release();
        var reader = new HeadReader(frame.Head);
        var head = ReplicaHead.Read(ref reader);
        if (!reader.IsValid)
        {
            return FrameHeader.Violation($"the content of its {frame.Header.Type} cannot be read");
        }

        Enter(0);
        ChunkRequest request = frame.Header.Type == FrameType.Describe
            ? new DescribeRequest { ReplyPath = this, RequestId = frame.Header.RequestId, Chunk = head.Chunk, Server = head.Server, Head = head }
            : new StatRequest
            {
                ReplyPath = this,
                RequestId = frame.Header.RequestId,
                Chunk = head.Chunk,
                Server = head.Server,
                IsQuiesce = frame.Header.Type == FrameType.Quiesce,
                DeadlineAt = DeadlineOf(frame.Header.DeadlineMs),
            };

        // What a change of generation needs must not wait behind the writes that wait for its end.
        var door = EnterDoor(head.Chunk, 0, bounded: request is not DescribeRequest, out var entry);
        Route(request, door, entry);
        return null;
    }

    private DfsError? OnDamage(in ReceivedFrame frame)
    {
        var reader = new HeadReader(frame.Head);
        var op = DamageHead.Read(ref reader).Op;
        if (!reader.IsValid)
        {
            return Refuse(frame);
        }

        frame.Payload.Release();
        Enter(0);
        var door = EnterDoor(op.Chunk, 0, bounded: true, out var entry);
        Route(new DamageRequest { ReplyPath = this, RequestId = frame.Header.RequestId, Chunk = op.Chunk, Server = op.Server, Op = op }, door, entry);
        return null;
    }

    private DfsError? OnJoin(in ReceivedFrame frame)
    {
        var reader = new HeadReader(frame.Head);
        var head = JoinHead.Read(ref reader, frame.Payload.Span);
        if (!reader.IsValid)
        {
            return Refuse(frame);
        }

        frame.Payload.Release();
        Enter(0);
        var door = EnterDoor(head.Replica.Chunk, 0, bounded: false, out var entry);
        Route(
            new JoinRequest { ReplyPath = this, RequestId = frame.Header.RequestId, Chunk = head.Replica.Chunk, Server = head.Replica.Server, Head = head },
            door,
            entry);
        return null;
    }

    // Requests of one connection reach a chunk in order: while one of them is on its way through the ChunkServerActor, which
    // makes the chunk's actor first, those behind it take the same way.
    private ChunkHandle? EnterDoor(ChunkId chunk, int bytes, bool bounded, out ChunkHandle.Entry entry)
    {
        if (Volatile.Read(ref _detours) == 0)
        {
            return _server.Enter(chunk, bytes, bounded, out entry);
        }

        entry = ChunkHandle.Entry.Closed;
        return null;
    }

    private void Route(ChunkRequest request, ChunkHandle? door, ChunkHandle.Entry entry)
    {
        if (door is null)
        {
            Interlocked.Increment(ref _detours);
            request.TakesDetour(this);
        }

        _server.Route(request, door, entry);
    }

    private static DfsError Refuse(in ReceivedFrame frame)
    {
        frame.Payload.Release();
        return FrameHeader.Violation($"the content of its {frame.Header.Type} cannot be read");
    }

    // The room was waited for before the frame was looked at; what it needs beyond that is taken over the bound, once.
    private int Enter(int bytes)
    {
        _window.Force(bytes);
        return bytes;
    }

    private long DeadlineOf(uint deadlineMs)
        => deadlineMs == 0
            ? long.MaxValue
            : _options.Time.GetTimestamp() + (long)(deadlineMs / 1000.0 * _options.Time.TimestampFrequency);
}
