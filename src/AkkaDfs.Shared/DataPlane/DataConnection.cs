// The asking side of a connection: hello first, then requests; answers come in any order and are matched by request id.
// Silence with requests in flight is probed by a ping, so that a stalled server fails its requests within a few seconds
// while a slow request on a living server may take as long as its caller likes.

using System.Net.Sockets;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Shared.DataPlane;

internal sealed class DataConnection : FrameLink
{
    private readonly DataPlaneOptions _options;
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, OutgoingCall> _pending = [];
    private readonly TaskCompletionSource<DfsError?> _greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _probe;
    private readonly WriteGatherer _gatherer;
    private ulong _lastRequest;
    private long _heardAt;
    private long _heardBytes;
    private long _pingSent;
    private OutgoingCall? _receiving;

    private DataConnection(IDataStream stream, DataPlaneOptions options)
        : base(stream, options)
    {
        _options = options;
        Window = new FlowWindow(options.WindowRequests, options.WindowBytes);
        _heardAt = options.Time.GetTimestamp();
        _gatherer = new WriteGatherer(Sender, options.Time);
        Sender.Collect = _gatherer.Collect;
        _probe = options.Time.CreateTimer(static self => ((DataConnection)self!).Probe(), this, options.PingAfter / 2, options.PingAfter / 2);
    }

    /// <summary>What is in flight; enter before <see cref="TryStart"/>.</summary>
    public FlowWindow Window { get; private set; }

    /// <summary>The server's id, as it said itself.</summary>
    public ServerId Server { get; private set; }

    /// <summary>Connects and says hello.</summary>
    public static async Task<Result<DataConnection>> OpenAsync(DataEndpoint endpoint, PeerKind kind, Guid session, DataPlaneOptions options)
    {
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, options.Time);
        IDataStream stream;
        try
        {
            stream = await options.Transport.ConnectAsync(endpoint, timeout.Token);
        }
        catch (IOException e)
        {
            var code = e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? DfsErrorCode.ConnectionRefused : DfsErrorCode.Unreachable;
            return new DfsError(code, $"{e.Message}. Check that the chunk server runs; another replica may serve.");
        }

        var connection = new DataConnection(stream, options);
        connection.Start();
        connection.TrySend(FrameType.Hello, 0, new HelloHead(options.ClusterId, kind, session));
        await using var registration = timeout.Token.UnsafeRegister(
            static state => ((DataConnection)state!).Close(new DfsError(DfsErrorCode.Unreachable, "The chunk server does not answer. Another replica may serve.")),
            connection);
        var refused = await connection._greeted.Task;
        return refused is null ? connection : refused;
    }

    /// <summary>Sends a request. The call's outcome is delivered to it, now or later.</summary>
    public void Start<THead>(OutgoingCall call, FrameType type, in THead head, in FramePayload payload, uint deadlineMs, ISendObserver? observer = null)
        where THead : IFrameHead
    {
        Register(call);
        var isTaken = TrySend(type, call.RequestId, head, payload, deadlineMs, observer);
        if (!isTaken)
        {
            payload.Owner.Release();
        }

        FailIfEnded(call, isTaken);
    }

    /// <summary>Sends a request whose payload lies in several places and stays the caller's.</summary>
    public void StartGathered<THead>(OutgoingCall call, FrameType type, in THead head, ReadOnlySpan<ReadOnlyMemory<byte>> parts)
        where THead : IFrameHead
    {
        Register(call);
        FailIfEnded(call, TrySendGathered(type, call.RequestId, head, parts));
    }

    /// <summary>Sends a small write, perhaps together with others to the same chunk; its payload is borrowed until then.</summary>
    public void StartSmall(in GatheredWrite write)
    {
        Register(write.Call);
        _gatherer.Add(write);
        FailIfEnded(write.Call, isTaken: true);
    }

    /// <summary>Sends a write after the small ones to the same chunk that were started before.</summary>
    public void StartWrite(WriteCall call, in WriteHead head, in FramePayload payload, uint deadlineMs, ISendObserver? observer)
    {
        _gatherer.Flush(head.Chunk);
        Start(call, FrameType.Write, head, payload, deadlineMs, observer);
    }

    private void Register(OutgoingCall call)
    {
        lock (_lock)
        {
            call.RequestId = ++_lastRequest;
            call.StartedAt = _options.Time.GetTimestamp();
            _pending.Add(call.RequestId, call);
        }
    }

    private void FailIfEnded(OutgoingCall call, bool isTaken)
    {
        if (!isTaken || Ended is not null)
        {
            Fail(call, Ended ?? new DfsError(DfsErrorCode.Unreachable, "The connection has ended. Try again."));
        }
    }

    /// <summary>Gives a request up. False when its answer is being delivered right now: wait for that.</summary>
    public bool TryAbandon(OutgoingCall call)
    {
        lock (_lock)
        {
            if (_receiving == call || !_pending.Remove(call.RequestId))
            {
                return false;
            }
        }

        Leave(call);
        return call.TrySettle();
    }

    /// <inheritdoc/>
    public override Memory<byte> PlaceFor(in FrameHeader header)
    {
        lock (_lock)
        {
            if (_pending.TryGetValue(header.RequestId, out var call))
            {
                _receiving = call;
                return call.PlaceFor(header);
            }
        }

        return default;
    }

    /// <inheritdoc/>
    public override DfsError? OnFrame(in ReceivedFrame frame)
    {
        switch (frame.Header.Type)
        {
            case FrameType.HelloReply:
                return OnGreeted(frame);
            case FrameType.Pong:
                return null;
            case FrameType.Error when frame.Header.RequestId == 0:
                return OutgoingCall.ReadError(frame);
        }

        OutgoingCall? call;
        lock (_lock)
        {
            _receiving = null;
            _pending.Remove(frame.Header.RequestId, out call);
        }

        if (call is null || !call.TrySettle())
        {
            // Given up in the meantime.
            frame.Payload.Release();
            return null;
        }

        Leave(call);
        return call.OnReply(frame);
    }

    /// <inheritdoc/>
    protected override void OnEnded(DfsError reason)
    {
        _probe.Dispose();
        _greeted.TrySetResult(reason);
        OutgoingCall[] calls;
        lock (_lock)
        {
            // The one whose answer is being received keeps its memory until the receiver has stopped.
            calls = [.. _pending.Values.Where(c => c != _receiving)];
        }

        foreach (var call in calls)
        {
            Fail(call, reason);
        }

        if (_receiving is { } last)
        {
            FailWhenStopped(last, reason);
        }
    }

    private void Leave(OutgoingCall call)
    {
        if (call is WriteCall write)
        {
            _gatherer.OnLeft(write);
        }

        if (call.IsWindowed)
        {
            Window.Leave(1, call.RequestBytes);
        }
    }

    private async void FailWhenStopped(OutgoingCall call, DfsError reason)
    {
        await Completion;
        Fail(call, reason);
    }

    private void Fail(OutgoingCall call, DfsError reason)
    {
        bool mine;
        lock (_lock)
        {
            mine = _pending.Remove(call.RequestId);
        }

        if (mine)
        {
            Leave(call);
            if (call.TrySettle())
            {
                call.OnFailed(reason);
            }
        }
    }

    private DfsError? OnGreeted(in ReceivedFrame frame)
    {
        var reader = new HeadReader(frame.Head);
        var hello = HelloReplyHead.Read(ref reader);
        frame.Payload.Release();
        if (!reader.IsValid || hello.WindowRequests <= 0 || hello.WindowBytes <= 0)
        {
            return OutgoingCall.Malformed(frame.Header.Type);
        }

        if (_options.ClusterId != Guid.Empty && hello.ClusterId != Guid.Empty && hello.ClusterId != _options.ClusterId)
        {
            return new DfsError(DfsErrorCode.WrongCluster, $"{Remote} belongs to cluster {hello.ClusterId:N}, not to {_options.ClusterId:N}. Refresh the locations.");
        }

        Server = hello.Server;
        Window = new FlowWindow(Math.Min(hello.WindowRequests, _options.WindowRequests), Math.Min(hello.WindowBytes, _options.WindowBytes));
        _greeted.TrySetResult(null);
        return null;
    }

    // Runs on the timer alone: its fields need no lock.
    private void Probe()
    {
        var now = _options.Time.GetTimestamp();
        var bytes = ReceivedBytes;
        long oldest;
        lock (_lock)
        {
            oldest = _pending.Count == 0 ? now : _pending.Values.Min(c => c.StartedAt);
        }

        if (bytes != _heardBytes || oldest > _heardAt)
        {
            _heardAt = bytes != _heardBytes ? now : oldest;
            _heardBytes = bytes;
            _pingSent = 0;
        }

        if (_options.Time.GetElapsedTime(_heardAt, now) < _options.PingAfter)
        {
            return;
        }

        if (_pingSent == 0)
        {
            _pingSent = now;
            TrySend(FrameType.Ping, 0, default(EmptyHead));
        }
        else if (_options.Time.GetElapsedTime(_pingSent, now) >= _options.PingTimeout)
        {
            Close(new DfsError(DfsErrorCode.Unreachable, $"{Remote} has been silent for too long. Another replica may serve."));
        }
    }
}
