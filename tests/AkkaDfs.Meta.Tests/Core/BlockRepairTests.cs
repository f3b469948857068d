// Damaged replicas: their servers put single blocks right; a copy of the whole is what is left when they cannot.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class BlockRepairTests
{
    private static readonly DfsError Corrupt = new(DfsErrorCode.ReplicaCorrupt, "block 3");

    private static readonly MetaPolicy Policy = new()
    {
        DefaultLayout = new FileLayout(1 << 20, 3, PlacementPolicy.LeastLoaded, AckPolicy.All, ReplicaDownPolicy.Replace),
        HeartbeatMs = 500,
        DeadAfterMs = 1_500,
        ServeMs = 1_000,
        SafeModeMaxMs = 5_000,
    };

    private readonly ClusterModel _model = new(3, new Random(1), Policy) { BreaksOff = false };
    private readonly ChunkLocation _chunk;

    private MetaHarness Meta => _model.Meta;

    public BlockRepairTests()
    {
        _model.Pass(3_000);
        var chunk = Meta.Create("/f", null, allocate: true).First!;
        _model.Write(chunk);
        _model.Pass(200);
        _model.Quiesce(chunk.Chunk);
        _model.Pass(200);
        _chunk = Meta.Chunk("/f");
        Meta.TakeEffects();
    }

    [Fact]
    public void S2_12_A_damaged_replica_is_to_repair_its_blocks_and_counts_again_when_it_has()
    {
        var (order, copies) = Fail(1);
        Assert.Equal([_chunk.Replicas[2].Server, _chunk.Replicas[0].Server], order!.Sources.Select(s => s.Server));
        Assert.Equal((0, ReplicaState.Corrupt), (copies, StateOf(1)));
        Meta.Tell(new ServerProtocol.ReplicaRepaired(_chunk.Replicas[1].Server, _chunk.Chunk, _chunk.Generation, Sequence, 10, 16384));
        Assert.Equal((ReplicaState.Live, 0), (StateOf(1), Copies()));
        Assert.Equal(1, Meta.Cluster().FullyReplicated);
    }

    [Fact]
    public void S2_12_A_replica_that_cannot_be_repaired_is_copied_whole()
    {
        Fail(1);
        Meta.Tell(new ServerProtocol.OrderFailed(_chunk.Replicas[1].Server, _chunk.Chunk, _chunk.Generation, nameof(ServerProtocol.RepairBlocks), Corrupt));
        Assert.Equal((1, ReplicaState.Corrupt), (Copies(), StateOf(1)));
    }

    [Fact]
    public void S2_12_A_replica_that_is_lost_is_copied_whole_at_once()
    {
        Meta.Tell(new ServerProtocol.ReplicaFailed(_chunk.Replicas[1].Server, _chunk.Chunk, _chunk.Generation, new DfsError(DfsErrorCode.ReplicaLost, "gone")));
        Assert.Equal(1, Copies());
    }

    [Fact]
    public void Right_blocks_do_not_make_up_for_lost_operations()
    {
        Fail(1);
        Meta.Tell(new ServerProtocol.ReplicaRepaired(_chunk.Replicas[1].Server, _chunk.Chunk, _chunk.Generation, Sequence - 1, 10, 0));
        Assert.Equal((1, ReplicaState.Corrupt), (Copies(), StateOf(1)));
    }

    [Fact]
    public void An_order_that_is_not_answered_does_not_keep_a_chunk_from_being_copied()
    {
        Fail(1);
        Meta.NowMs += Policy.BlockRepairMs;
        Meta.Signal(new Tick());
        Assert.Equal(1, Copies());
    }

    [Fact]
    public void S2_31_A_server_that_is_down_is_no_source()
    {
        Meta.Signal(new ServerLost(_chunk.Replicas[0].Server, IsCertain: true));
        Meta.TakeEffects();
        _model.Crash(_model.ServerOf(_chunk.Replicas[0].Server));
        var server = _chunk.Replicas[1].Server;
        Meta.Tell(new ServerProtocol.ReplicaFailed(server, _chunk.Chunk, Meta.Chunk("/f").Generation, Corrupt));
        var sources = Meta.TakeEffects().OfType<SendOrder>().Select(e => e.Order).OfType<ServerProtocol.RepairBlocks>().SelectMany(o => o.Sources);
        Assert.Equal([_chunk.Replicas[2].Server], sources.Select(s => s.Server));
    }

    [Fact]
    public void S2_16_Each_of_three_damaged_replicas_has_the_others_as_sources()
    {
        Assert.Equal(2, Fail(0).Order!.Sources.Count);
        Assert.Equal([_chunk.Replicas[2].Server, _chunk.Replicas[0].Server], Fail(1).Order!.Sources.Select(s => s.Server));
        Assert.Equal([_chunk.Replicas[0].Server, _chunk.Replicas[1].Server], Fail(2).Order!.Sources.Select(s => s.Server));
    }

    private ulong Sequence => Meta.State.Durable.Chunks.Find(_chunk.Chunk)!.Sequence;

    private ReplicaState StateOf(int replica) => Meta.Chunk("/f").Replicas.Single(r => r.Server == _chunk.Replicas[replica].Server).State;

    private int Copies() => Meta.TakeEffects().OfType<StartCopy>().Count();

    private (ServerProtocol.RepairBlocks? Order, int Copies) Fail(int replica)
    {
        var server = _chunk.Replicas[replica].Server;
        Meta.Tell(new ServerProtocol.ReplicaFailed(server, _chunk.Chunk, _chunk.Generation, Corrupt));
        var effects = Meta.TakeEffects().ToList();
        var orders = effects.OfType<SendOrder>().Where(e => e.Server == server).Select(e => e.Order).OfType<ServerProtocol.RepairBlocks>();
        return (orders.SingleOrDefault(), effects.OfType<StartCopy>().Count());
    }
}
