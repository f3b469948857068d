// Repairs by order: what can be done is begun at once, what cannot is said, and nothing good is deleted.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class RepairOrderTests
{
    private static readonly DfsError Corrupt = new(DfsErrorCode.ReplicaCorrupt, "block 3");

    private static readonly MetaPolicy Policy = new()
    {
        DefaultLayout = new FileLayout(1 << 20, 3, PlacementPolicy.LeastLoaded, AckPolicy.All, ReplicaDownPolicy.Replace),
        HeartbeatMs = 500,
        DeadAfterMs = 1_500,
        ServeMs = 1_000,
        CheckIntervalMs = 3_600_000,
        RepairBackoffMs = 3_600_000,
        BlockRepairMs = 3_600_000,
        SafeModeMaxMs = 5_000,
    };

    private readonly ClusterModel _model = new(4, new Random(1), Policy) { BreaksOff = false };
    private readonly ChunkLocation _chunk;

    private MetaHarness Meta => _model.Meta;

    public RepairOrderTests()
    {
        _model.Pass(3_000);
        var chunk = Meta.Create("/f", null, allocate: true).First!;
        _model.Write(chunk);
        _model.Pass(200);
        _model.Quiesce(chunk.Chunk);
        _model.Pass(1_000);
        _chunk = Meta.Chunk("/f");
        Meta.TakeEffects();
    }

    [Fact]
    public void What_is_healthy_is_left_alone()
    {
        Assert.Empty(Repair());
        Assert.Empty(Meta.TakeEffects());
    }

    [Fact]
    public void A_copy_that_failed_is_made_again_without_the_pause()
    {
        Lose(_chunk.Replicas[2].Server);
        var copy = Assert.Single(Meta.TakeEffects().OfType<StartCopy>());
        Meta.Signal(new CopyEnded(copy.Plan, new DfsError(DfsErrorCode.CopyFailed, "the disk says so")));
        Meta.Signal(new Tick());
        Assert.Empty(Meta.TakeEffects().OfType<StartCopy>());
        var row = Assert.Single(Repair());
        Assert.Equal((RepairOrders.Copy, RepairStage.Copying, 2, 3), (row.Orders, row.Stage, row.Live, row.Wanted));
        Assert.Single(Meta.TakeEffects().OfType<StartCopy>());
    }

    [Fact]
    public void Damaged_blocks_are_fetched_again_although_their_server_has_given_them_up()
    {
        var damaged = _chunk.Replicas[1].Server;
        _model.Servers.ForEach(s => s.FreeBytes = 0);
        _model.Pass(1_000);
        Meta.Tell(new ServerProtocol.ReplicaFailed(damaged, _chunk.Chunk, _chunk.Generation, Corrupt));
        Meta.Tell(new ServerProtocol.OrderFailed(damaged, _chunk.Chunk, _chunk.Generation, nameof(ServerProtocol.RepairBlocks), Corrupt));
        Meta.TakeEffects();
        Meta.Signal(new Tick());
        Assert.Empty(Meta.TakeOrders<ServerProtocol.RepairBlocks>());
        Assert.Equal(RepairOrders.Reread, Assert.Single(Repair()).Orders);
        Assert.Single(Meta.TakeOrders<ServerProtocol.RepairBlocks>(damaged));
    }

    [Fact]
    public void A_last_copy_is_never_deleted_whatever_is_ordered()
    {
        // Two are lost, and the last one is of an older generation than the journal knows, or damaged.
        Lose(_chunk.Replicas[1].Server);
        Lose(_chunk.Replicas[2].Server);
        Meta.Tell(new ServerProtocol.ReplicaFailed(_chunk.Replicas[0].Server, _chunk.Chunk, _chunk.Generation, Corrupt));
        Meta.TakeEffects();
        for (var i = 0; i < 50; i++)
        {
            var row = Assert.Single(Repair());
            Assert.False(row.Orders.HasFlag(RepairOrders.Delete));
            Meta.NowMs += 1_000;
            Meta.Signal(new Tick());
        }

        Assert.Equal(RepairStage.NoSource, Assert.Single(Repair()).Stage);
        Assert.Empty(Meta.TakeOrders<ServerProtocol.DeleteReplicas>());
    }

    [Fact]
    public void A_stale_replica_is_deleted_at_once_when_enough_verified_ones_exist()
    {
        var away = _model.ServerOf(_chunk.Replicas[2].Server);
        _model.Isolated.Add(away);
        _model.Pass(10_000);
        for (var i = 0; i < 40 && _model.Acknowledged[_chunk.Chunk].Count < 2; i++)
        {
            if (Meta.Ask(new MetaProtocol.OpenChunk(_chunk.Chunk, Generation.Any, ServerId.None, DfsErrorCode.None)) is MetaProtocol.ChunkReply open)
            {
                _model.Write(open.Chunk);
            }

            _model.Pass(200);
        }

        _model.Quiesce(_chunk.Chunk);
        _model.Pass(5_000);
        _model.Isolated.Remove(away);
        _model.Pass(700);
        Repair();
        _model.Pass(1_500);
        Assert.False(away.Replicas.ContainsKey(_chunk.Chunk));
        Assert.Equal(3, _model.Servers.Count(s => s.Replicas.ContainsKey(_chunk.Chunk)));
    }

    [Fact]
    public void Orders_are_for_the_superuser_and_for_the_time_after_safe_mode()
    {
        Assert.Equal(DfsErrorCode.NotPermitted, Meta.CodeOf(Request() with { Caller = new Caller(7, 7, []) }));
        Assert.Equal(DfsErrorCode.FileNotFound, Meta.CodeOf(Request() with { Target = PathRef.Absolute("/none") }));
        _model.RestartMeta();
        Assert.Equal(DfsErrorCode.SafeMode, Meta.CodeOf(Request()));
    }

    private static MetaProtocol.RepairChunks Request() => new(PathRef.Absolute("/"), string.Empty, 100);

    private IReadOnlyList<ChunkRepair> Repair() => Meta.Ask<MetaProtocol.RepairPage>(Request()).Rows;

    private void Lose(ServerId server)
    {
        _model.Crash(_model.ServerOf(server));
        Meta.Signal(new ServerLost(server, IsCertain: true));
    }
}
