// The requests of a DataPlaneClient as awaitable values. A call ends when its outcome is known and nobody touches the caller's
// memory any more: a payload that is being sent, or an answer that is being received, is waited for.

using System.Threading.Tasks.Sources;

namespace AkkaDfs.Shared.DataPlane;

/// <summary>A request whose outcome is awaited.</summary>
/// <typeparam name="T">What a success gives.</typeparam>
internal abstract class ClientCall<T> : OutgoingCall, IValueTaskSource<Result<T>>, ISendObserver
{
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<Result<T>> _source = new() { RunContinuationsAsynchronously = true };
    private SendState _send = SendState.Sent;
    private Result<T>? _outcome;
    private CancellationTokenRegistration _cancellation;
    private DataConnection? _connection;

    private enum SendState
    {
        Queued,
        Sending,
        Sent,
        Withdrawn,
    }

    /// <summary>The awaitable; use it once.</summary>
    public ValueTask<Result<T>> Outcome => new(this, _source.Version);

    /// <summary>Says that the payload is borrowed until it was sent.</summary>
    public void BorrowPayload() => _send = SendState.Queued;

    /// <summary>Begins to listen for cancellation, after the call was started.</summary>
    public void CancelWith(DataConnection connection, CancellationToken cancellationToken)
    {
        _connection = connection;
        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(static self => ((ClientCall<T>)self!).Cancel(), this);
        }
    }

    public bool TryBeginSend()
    {
        lock (_lock)
        {
            if (_send == SendState.Withdrawn)
            {
                return false;
            }

            _send = SendState.Sending;
            return true;
        }
    }

    public void EndSend()
    {
        lock (_lock)
        {
            _send = SendState.Sent;
        }

        TryFinish();
    }

    internal sealed override void OnFailed(DfsError error)
    {
        bool sent;
        lock (_lock)
        {
            sent = _send is SendState.Sending or SendState.Sent;
            if (!sent)
            {
                _send = SendState.Withdrawn;
            }
        }

        Finish(Lost(error, sent));
    }

    internal sealed override DfsError? OnReply(in ReceivedFrame frame)
    {
        if (frame.Header.Type == FrameType.Error)
        {
            frame.Payload.Release();
            Finish(ReadError(frame));
            return null;
        }

        var result = Read(frame);
        Finish(result);
        return result.Error is { Code: DfsErrorCode.ProtocolViolation } violation ? violation : null;
    }

    /// <summary>The success in an answer that is not an Error; releases the payload.</summary>
    protected abstract Result<T> Read(in ReceivedFrame frame);

    /// <summary>The error for a call whose connection was lost.</summary>
    protected virtual DfsError Lost(DfsError reason, bool sent) => reason;

    /// <summary>The error for a cancelled call.</summary>
    protected virtual DfsError Abandoned(bool sent)
        => new(DfsErrorCode.Timeout, "The chunk server did not answer before the deadline. Another replica may serve; or give it more time.");

    private void Cancel()
    {
        bool sent;
        lock (_lock)
        {
            sent = _send != SendState.Queued;
            if (!sent)
            {
                _send = SendState.Withdrawn;
            }
        }

        // When its answer is being received right now, that ends the call.
        if (_connection!.TryAbandon(this))
        {
            Finish(Abandoned(sent));
        }
    }

    private void Finish(Result<T> outcome)
    {
        lock (_lock)
        {
            _outcome = outcome;
        }

        TryFinish();
    }

    private void TryFinish()
    {
        Result<T> outcome;
        lock (_lock)
        {
            if (_outcome is null || _send == SendState.Sending)
            {
                return;
            }

            outcome = _outcome.Value;
            if (_send == SendState.Queued)
            {
                _send = SendState.Withdrawn;
            }
        }

        if (Interlocked.Exchange(ref _finished, 1) == 0)
        {
            _source.SetResult(outcome);
        }
    }

    private int _finished;

    Result<T> IValueTaskSource<Result<T>>.GetResult(short token)
    {
        _cancellation.Dispose();
        return _source.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<Result<T>>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<Result<T>>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _source.OnCompleted(continuation, state, token, flags);
}

internal sealed class WriteCall : ClientCall<WriteAck>
{
    /// <summary>What it was sent with; null while it waits, and for large ones. Touched under the gatherer's lock.</summary>
    public WriteFlight? Flight { get; set; }

    /// <summary>True once it has left its connection's table. Touched under the gatherer's lock.</summary>
    public bool HasLeft { get; set; }

    protected override Result<WriteAck> Read(in ReceivedFrame frame)
    {
        frame.Payload.Release();
        var reader = new HeadReader(frame.Head);
        var ack = WriteReplyHead.Read(ref reader).Ack;
        return frame.Header.Type == FrameType.WriteReply && reader.IsValid ? ack : Malformed(frame.Header.Type);
    }

    protected override DfsError Lost(DfsError reason, bool sent) => sent ? Unknown(reason.Message) : reason;

    protected override DfsError Abandoned(bool sent) => sent
        ? Unknown("The chunk server did not acknowledge before the deadline.")
        : new DfsError(DfsErrorCode.Timeout, "The deadline passed before the write was sent; nothing was changed. Try again, with more time if the cluster is busy.");

    private static DfsError Unknown(string reason)
        => new(DfsErrorCode.OutcomeUnknown, $"{reason} The write may have happened: retry it with the same operation id to find out.");
}

internal sealed class ReadCall(Memory<byte> destination) : ClientCall<ReadAck>
{
    internal override Memory<byte> PlaceFor(in FrameHeader header)
        => header.Type == FrameType.ReadReply && header.PayloadBytes <= destination.Length ? destination : default;

    protected override Result<ReadAck> Read(in ReceivedFrame frame)
    {
        var reader = new HeadReader(frame.Head);
        var ack = ReadReplyHead.Read(ref reader).Ack;
        var bytes = frame.Header.PayloadBytes;
        try
        {
            if (frame.Header.Type != FrameType.ReadReply || !reader.IsValid || ack.BytesRead != bytes || bytes > destination.Length)
            {
                return Malformed(frame.Header.Type);
            }

            if (!frame.IsIntact)
            {
                return new DfsError(DfsErrorCode.ReplicaCorrupt, "The bytes do not match the checksums that came with them. Another replica may serve.");
            }

            frame.Payload.Span.CopyTo(destination.Span);
            return ack;
        }
        finally
        {
            frame.Payload.Release();
        }
    }
}

internal sealed class StatusCall : ClientCall<ReplicaStatus>
{
    protected override Result<ReplicaStatus> Read(in ReceivedFrame frame)
    {
        frame.Payload.Release();
        var reader = new HeadReader(frame.Head);
        var status = StatusHead.Read(ref reader).Status;
        return frame.Header.Type == FrameType.StatReply && reader.IsValid ? status : Malformed(frame.Header.Type);
    }
}

internal sealed class DamageCall : ClientCall<DamageReport>
{
    protected override Result<DamageReport> Read(in ReceivedFrame frame)
    {
        frame.Payload.Release();
        var reader = new HeadReader(frame.Head);
        var report = DamageReplyHead.Read(ref reader).Report;
        return frame.Header.Type == FrameType.DamageReply && reader.IsValid ? report : Malformed(frame.Header.Type);
    }
}

internal sealed class DescribeCall : ClientCall<ReplicaDescription>
{
    protected override Result<ReplicaDescription> Read(in ReceivedFrame frame)
    {
        var reader = new HeadReader(frame.Head);
        var description = DescriptionHead.Read(ref reader, frame.Payload.Span);
        var intact = frame.IsIntact || frame.Header.PayloadBytes == 0;
        frame.Payload.Release();
        return frame.Header.Type == FrameType.DescribeReply && reader.IsValid && intact ? description : Malformed(frame.Header.Type);
    }
}

/// <summary>Answer to a join: sequence and length that the member has reached.</summary>
internal sealed class JoinCall : ClientCall<ReplicaStatus>
{
    protected override Result<ReplicaStatus> Read(in ReceivedFrame frame)
    {
        frame.Payload.Release();
        var reader = new HeadReader(frame.Head);
        var status = StatusHead.Read(ref reader).Status;
        return frame.Header.Type == FrameType.JoinReply && reader.IsValid ? status : Malformed(frame.Header.Type);
    }
}
