// One connection: a sender, a receiver and one end for both. Whatever ends it (the other side, a malformed frame, Close) ends it
// once, with one reason; nothing but this connection is harmed.

namespace AkkaDfs.Shared.DataPlane;

internal abstract class FrameLink : IFrameHandler
{
    private readonly IDataStream _stream;
    private readonly FrameSender _sender;
    private readonly FrameReceiver _receiver;
    private readonly DataPlaneOptions _options;
    private DfsError? _ended;

    protected FrameLink(IDataStream stream, DataPlaneOptions options)
    {
        _stream = stream;
        _options = options;
        _sender = new FrameSender(stream, options.Pool) { Sent = OnSent };
        _receiver = new FrameReceiver(stream, options.Pool, this);
    }

    /// <summary>The sending half.</summary>
    protected FrameSender Sender => _sender;

    /// <summary>The other side, for messages.</summary>
    public string Remote => _stream.Remote;

    /// <summary>Why the connection ended; null while it lives.</summary>
    public DfsError? Ended => Volatile.Read(ref _ended);

    /// <summary>Bytes received so far.</summary>
    protected long ReceivedBytes => _receiver.ReceivedBytes;

    /// <summary>Completes when both halves have stopped: from then on no borrowed memory is touched.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Starts both halves.</summary>
    public void Start()
        => Completion = Task.Factory.StartNew(RunAsync, CancellationToken.None, TaskCreationOptions.None, _options.Scheduler).Unwrap();

    /// <summary>Queues a frame; see <see cref="FrameSender.TrySend"/>.</summary>
    public bool TrySend<THead>(
        FrameType type, ulong requestId, in THead head, in FramePayload payload = default, uint deadlineMs = 0, ISendObserver? observer = null, long settles = -1)
        where THead : IFrameHead
        => _sender.TrySend(type, requestId, deadlineMs, head, payload, observer, settles);

    /// <summary>Queues a frame; see <see cref="FrameSender.TrySendGathered"/>.</summary>
    public bool TrySendGathered<THead>(FrameType type, ulong requestId, in THead head, ReadOnlySpan<ReadOnlyMemory<byte>> parts)
        where THead : IFrameHead
        => _sender.TrySendGathered(type, requestId, head, parts);

    /// <summary>Ends the connection at once.</summary>
    public void Close(DfsError reason)
    {
        if (Interlocked.CompareExchange(ref _ended, reason, null) is not null)
        {
            return;
        }

        if (reason.Code is DfsErrorCode.ProtocolViolation or DfsErrorCode.VersionMismatch or DfsErrorCode.WrongCluster)
        {
            _options.Log($"The connection with {Remote} was closed: {reason}");
        }

        _stream.Abort();
        _sender.Close();
        OnEnded(reason);
    }

    /// <inheritdoc/>
    public virtual ValueTask WaitForRoomAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public virtual Memory<byte> PlaceFor(in FrameHeader header) => default;

    /// <inheritdoc/>
    public abstract DfsError? OnFrame(in ReceivedFrame frame);

    /// <summary>Called once, when the connection has ended.</summary>
    protected abstract void OnEnded(DfsError reason);

    /// <summary>Called when frames that settle requests have left.</summary>
    protected virtual void OnSent(int requests, long bytes)
    {
    }

    private Task RunAsync() => Task.WhenAll(UntilEndAsync(SendAsync), UntilEndAsync(ReceiveAsync));

    private async Task UntilEndAsync(Func<Task> half)
    {
        try
        {
            await half();
        }
        catch (IOException e)
        {
            Close(Lost(e));
        }
        catch (Exception e)
        {
            // A defect of ours, not of the network: it must not take the process or other connections along.
            _options.Log($"The connection with {Remote} failed inside: {e}");
            Close(new DfsError(DfsErrorCode.Internal, $"The connection with {Remote} failed inside: {e.Message} Report it with the log."));
        }
    }

    private async Task ReceiveAsync() => Close(await _receiver.RunAsync());

    private Task SendAsync() => _sender.RunAsync();

    private static DfsError Lost(IOException e) => new(DfsErrorCode.Unreachable, e.Message + ". Try again.");
}
