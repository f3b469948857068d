// The asking side of the data plane, for clients and for chunk servers. Connections are opened on demand and shared; what is in
// flight on each is bounded by a window, and whoever finds it full waits.

using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Shared.DataPlane;

/// <summary>Connections to data planes. Thread-safe.</summary>
public class DataPlaneClient : IDataPlaneClient
{
    /// <summary>A client's or a server's side of the data plane.</summary>
    public DataPlaneClient(DataPlaneOptions options, PeerKind kind = PeerKind.Client)
    {
        Options = options;
        Peers = new PeerTable(kind, options);
    }

    /// <summary>What it runs on.</summary>
    protected DataPlaneOptions Options { get; }

    internal PeerTable Peers { get; }

    /// <inheritdoc/>
    public async ValueTask<Result<WriteAck>> WriteAsync(WriteOp op, CancellationToken cancellationToken)
    {
        if (op.Payload.Length > DataPlaneLimits.MaxPayloadBytes || op.Location.Replicas.Count is 0 or > FileLayout.MaxReplicas)
        {
            return new DfsError(
                DfsErrorCode.InvalidArgument,
                $"A write takes at most {DataPlaneLimits.MaxPayloadBytes} bytes and a chain of 1 to {FileLayout.MaxReplicas} replicas; this one has {op.Payload.Length} bytes and {op.Location.Replicas.Count} replicas. Cut it, or refresh the locations.");
        }

        var call = new WriteCall { RequestBytes = op.Payload.Length, IsWindowed = true };
        var entered = await EnterAsync(op.Location.Replicas[0].Endpoint, op.Location.Chunk, call, cancellationToken);
        if (!entered.IsOk)
        {
            return entered.Error;
        }

        var phase = op.Mode == WriteMode.AtOffset ? (int)(op.Offset % Checksum.BlockBytes) : 0;
        var checksums = new uint[Checksum.SegmentCount(new ByteRange(phase, op.Payload.Length))];
        Checksum.ComputeSegments(phase, op.Payload.Span, checksums);
        Start(entered.Value, call, op, phase, checksums);
        call.CancelWith(entered.Value, cancellationToken);
        return await call.Outcome;
    }

    /// <inheritdoc/>
    public ValueTask<Result<ReadAck>> ReadAsync(DataEndpoint endpoint, ReadOp op, Memory<byte> destination, CancellationToken cancellationToken)
        => ReadAsync(endpoint, new ReadHead(op, Raw: false), destination, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Result<ReplicaStatus>> StatAsync(DataEndpoint endpoint, ChunkId chunk, ServerId server, CancellationToken cancellationToken)
        => AskAsync(endpoint, chunk, new StatusCall { IsWindowed = true }, FrameType.Stat, new ReplicaHead(chunk, server, default, default), default, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Result<ReplicaStatus>> QuiesceAsync(DataEndpoint endpoint, ChunkId chunk, ServerId server, CancellationToken cancellationToken)
        => AskAsync(endpoint, chunk, new StatusCall { IsWindowed = true }, FrameType.Quiesce, new ReplicaHead(chunk, server, default, default), default, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Result<DamageReport>> DamageAsync(DataEndpoint endpoint, DamageOp op, CancellationToken cancellationToken)
        => AskAsync(endpoint, op.Chunk, new DamageCall { IsWindowed = true }, FrameType.Damage, new DamageHead(op), default, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Peers.CloseAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Reads, also what is not committed yet when <see cref="ReadHead.Raw"/>.</summary>
    protected async ValueTask<Result<ReadAck>> ReadAsync(DataEndpoint endpoint, ReadHead head, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var range = head.Op.Range;
        if (range.Offset < 0 || range.LengthBytes is < 0 or > DataPlaneLimits.MaxPayloadBytes || range.LengthBytes > destination.Length)
        {
            return new DfsError(
                DfsErrorCode.InvalidArgument,
                $"A read takes at most {DataPlaneLimits.MaxPayloadBytes} bytes and a destination that holds them; this one asks for {range} into {destination.Length} bytes. Cut it.");
        }

        var call = new ReadCall(destination[..(int)range.LengthBytes]) { RequestBytes = (int)range.LengthBytes, IsWindowed = true };
        return await AskAsync(endpoint, head.Op.Chunk, call, FrameType.Read, head, default, cancellationToken, (uint)head.Op.DeadlineMs);
    }

    internal async ValueTask<Result<T>> AskAsync<T, THead>(
        DataEndpoint endpoint, ChunkId chunk, ClientCall<T> call, FrameType type, THead head, FramePayload payload, CancellationToken cancellationToken, uint deadlineMs = 0)
        where THead : IFrameHead
    {
        var entered = await EnterAsync(endpoint, chunk, call, cancellationToken);
        if (!entered.IsOk)
        {
            payload.Owner.Release();
            return entered.Error;
        }

        StartHere(entered.Value, call, type, head, payload, deadlineMs);
        call.CancelWith(entered.Value, cancellationToken);
        return await call.Outcome;
    }

    private static void StartHere<THead>(DataConnection connection, OutgoingCall call, FrameType type, in THead head, in FramePayload payload, uint deadlineMs)
        where THead : IFrameHead
    {
        var isOutermost = SendTurn.Begin();
        try
        {
            connection.Start(call, type, head, payload, deadlineMs);
        }
        finally
        {
            if (isOutermost)
            {
                SendTurn.End();
            }
        }
    }

    // Who needs only the primary's acknowledgement does not wait for others' answers.
    private static void Start(DataConnection connection, WriteCall call, WriteOp op, int phase, uint[] checksums)
    {
        var small = op.Payload.Length <= FrameSender.SmallPayloadBytes;
        if (small && !op.Payload.IsEmpty && op.Ack != AckPolicy.One)
        {
            call.BorrowPayload();
            connection.StartSmall(new GatheredWrite(call, ToHead(op), op.Payload, phase, checksums, (uint)op.DeadlineMs));
            return;
        }

        if (!small)
        {
            call.BorrowPayload();
        }

        connection.StartWrite(call, ToHead(op), new FramePayload(op.Payload, phase, checksums), (uint)op.DeadlineMs, call);
    }

    private static WriteHead ToHead(WriteOp op)
    {
        var location = op.Location;
        var chain = new ChainMember[location.Replicas.Count];
        for (var i = 0; i < chain.Length; i++)
        {
            chain[i] = new ChainMember(location.Replicas[i].Server, location.Replicas[i].Endpoint);
        }

        var flags = (op.Sync ? OperationFlags.Sync : OperationFlags.None)
            | (op.FirstAttempt ? OperationFlags.FirstAttempt : OperationFlags.None)
            | (op.Ack == AckPolicy.One ? OperationFlags.AckOne : OperationFlags.None);
        return new WriteHead(location.Chunk, location.Generation, op.Operation, op.Mode, flags, op.Offset, location.ChunkSizeBytes, chain);
    }

    private async ValueTask<Result<DataConnection>> EnterAsync(DataEndpoint endpoint, ChunkId chunk, OutgoingCall call, CancellationToken cancellationToken)
    {
        var lane = Peers[endpoint, lane: 0, chunk];
        var connection = lane.Open;
        if (connection is null)
        {
            Result<DataConnection> opened;
            try
            {
                opened = await lane.GetAsync().WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return NotSent();
            }

            if (!opened.IsOk)
            {
                return opened.Error;
            }

            connection = opened.Value;
        }

        return connection.Window.TryEnter(call.RequestBytes) || await connection.Window.EnterAsync(call.RequestBytes, cancellationToken)
            ? connection
            : NotSent();
    }

    private static DfsError NotSent()
        => new(DfsErrorCode.Timeout, "The deadline passed before the request was sent; nothing was changed. Try again, with more time if the cluster is busy.");
}
