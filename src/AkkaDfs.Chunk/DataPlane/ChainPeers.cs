// What chunk servers ask of each other: operations down a chain, and the steps of a reconfiguration.

using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Chunk.DataPlane;

/// <summary>The way to other chunk servers. Thread-safe.</summary>
public interface IChainPeers
{
    /// <summary>
    /// Passes an operation to the next member. Operations of one chunk to one member arrive in the order of the calls.
    /// </summary>
    /// <param name="next">The next member.</param>
    /// <param name="head">The operation.</param>
    /// <param name="payload">Its bytes; the owner is released in every case.</param>
    /// <param name="call">Learns the outcome, from any thread.</param>
    void Forward(ChainMember next, in ForwardHead head, in FramePayload payload, OutgoingCall call);

    /// <summary>Passes several operations to the next member, in order with those of <see cref="Forward"/>.</summary>
    /// <param name="next">The next member.</param>
    /// <param name="head">The operations.</param>
    /// <param name="payload">Their bytes; every owner is released in every case.</param>
    /// <param name="call">Learns the outcome of all, from any thread.</param>
    void ForwardBatch(ChainMember next, in ForwardBatchHead head, BlockSlice[] payload, OutgoingCall call);

    /// <summary>Asks for a replica's description.</summary>
    ValueTask<Result<ReplicaDescription>> DescribeAsync(ChainMember member, ReplicaHead head, CancellationToken cancellationToken);

    /// <summary>Brings a member to a state.</summary>
    ValueTask<Result<ReplicaStatus>> JoinAsync(ChainMember member, JoinHead head, CancellationToken cancellationToken);

    /// <summary>Reads whatever is there, committed or not.</summary>
    ValueTask<Result<ReadAck>> ReadRawAsync(ChainMember member, ReadOp op, Memory<byte> destination, CancellationToken cancellationToken);
}

/// <summary>The way to other chunk servers over the data plane.</summary>
public sealed class ChainPeers : DataPlaneClient, IChainPeers
{
    /// <summary>A chunk server's connections to others.</summary>
    public ChainPeers(DataPlaneOptions options)
        : base(options, PeerKind.ChunkServer)
    {
    }

    /// <inheritdoc/>
    public void Forward(ChainMember next, in ForwardHead head, in FramePayload payload, OutgoingCall call)
    {
        // One lane for each place in a chain: what waits at a place waits only for places further down, so lanes cannot wait
        // for each other in a circle.
        var lane = Peers[next.Endpoint, head.Position, head.Chunk];
        if (lane.Open is { } open)
        {
            open.Start(call, FrameType.Forward, head, payload, deadlineMs: 0);
            return;
        }

        ForwardWhenOpen(lane, head, payload, call);
    }

    /// <inheritdoc/>
    public void ForwardBatch(ChainMember next, in ForwardBatchHead head, BlockSlice[] payload, OutgoingCall call)
    {
        var lane = Peers[next.Endpoint, head.Position, head.Chunk];
        if (lane.Open is { } open)
        {
            StartBatch(open, head, payload, call);
        }
        else
        {
            BatchWhenOpen(lane, head, payload, call);
        }
    }

    /// <inheritdoc/>
    public ValueTask<Result<ReplicaDescription>> DescribeAsync(ChainMember member, ReplicaHead head, CancellationToken cancellationToken)
        => AskAsync(member.Endpoint, head.Chunk, new DescribeCall { IsWindowed = true }, FrameType.Describe, head, default, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Result<ReplicaStatus>> JoinAsync(ChainMember member, JoinHead head, CancellationToken cancellationToken)
        => AskAsync(member.Endpoint, head.Replica.Chunk, new JoinCall { IsWindowed = true }, FrameType.Join, head, head.Target.ToPayload(Options.Pool), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Result<ReadAck>> ReadRawAsync(ChainMember member, ReadOp op, Memory<byte> destination, CancellationToken cancellationToken)
        => ReadAsync(member.Endpoint, new ReadHead(op, Raw: true), destination, cancellationToken);

    private static void ForwardWhenOpen(PeerLane lane, ForwardHead head, FramePayload payload, OutgoingCall call)
        => lane.With((connection, error) =>
        {
            if (connection is null)
            {
                payload.Owner.Release();
                if (call.TrySettle())
                {
                    call.OnFailed(error!);
                }
            }
            else
            {
                connection.Start(call, FrameType.Forward, head, payload, deadlineMs: 0);
            }
        });

    private static void BatchWhenOpen(PeerLane lane, ForwardBatchHead head, BlockSlice[] payload, OutgoingCall call)
        => lane.With((connection, error) =>
        {
            if (connection is not null)
            {
                StartBatch(connection, head, payload, call);
                return;
            }

            ReleaseAll(payload);
            if (call.TrySettle())
            {
                call.OnFailed(error!);
            }
        });

    private static void StartBatch(DataConnection connection, in ForwardBatchHead head, BlockSlice[] payload, OutgoingCall call)
    {
        connection.StartGathered(call, FrameType.ForwardBatch, head, Array.ConvertAll(payload, static p => (ReadOnlyMemory<byte>)p.Memory));
        ReleaseAll(payload);
    }

    private static void ReleaseAll(BlockSlice[] payload)
    {
        foreach (ref readonly var part in payload.AsSpan())
        {
            part.Release();
        }
    }
}
