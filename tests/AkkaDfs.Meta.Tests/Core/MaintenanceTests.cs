// Servers that are down by leave: nothing is made again meanwhile but what has one copy left.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class MaintenanceTests
{
    private static readonly MetaPolicy Policy = new()
    {
        DefaultLayout = new FileLayout(1 << 20, 3, PlacementPolicy.LeastLoaded, AckPolicy.All, ReplicaDownPolicy.Replace),
        HeartbeatMs = 500,
        DeadAfterMs = 1_500,
        ServeMs = 1_000,
        CheckIntervalMs = 2_000,
        SafeModeMaxMs = 5_000,
        DeleteDelayMs = 1_000,
        RepairBackoffMs = 500,
    };

    private readonly ClusterModel _model = new(5, new Random(1), Policy) { BreaksOff = false };

    private MetaHarness Meta => _model.Meta;

    public MaintenanceTests()
    {
        _model.Pass(3_000);
        for (var i = 0; i < 20; i++)
        {
            Written($"/f{i}");
        }

        _model.Pass(1_000);
        _model.Copies.Clear();
    }

    [Fact]
    public void A_server_stopped_on_purpose_starts_no_storm()
    {
        var server = _model.Servers[0];
        Order(server, 60_000);
        _model.Crash(server);
        Meta.Signal(new ServerLost(server.Id, IsCertain: true));
        _model.Pass(30_000);
        Assert.Empty(_model.Copies);
        Assert.Equal((ServerState.Maintenance, false), (StatusOf(server).State, StatusOf(server).IsAlive));
        Assert.InRange(Meta.Cluster().UnderReplicated, 1, 20);
        Assert.Equal(0, Meta.Cluster().CopiesQueued);
        Assert.Contains(Troubled(), r => r.Stage == RepairStage.Maintenance);

        // Back in time, and well after the time is over: nothing was to be done.
        _model.Restart(server);
        _model.Pass(60_000);
        Assert.Empty(_model.Copies);
        Assert.Equal((ServerState.Alive, 20L), (StatusOf(server).State, Meta.Cluster().FullyReplicated));
    }

    [Fact]
    public void A_chunk_with_one_copy_left_is_made_again_all_the_same()
    {
        var (away, dead) = (_model.Servers[0], _model.Servers[1]);
        var both = Meta.State.Durable.Chunks.InOrder()
            .Where(c => Has(c, away) && Has(c, dead)).Select(c => c.Id).ToHashSet();
        var lonely = Meta.State.Durable.Chunks.InOrder().Where(c => !Has(c, away) && Has(c, dead)).Select(c => c.Id).ToHashSet();
        Assert.NotEmpty(both);
        Order(away, 60_000);
        _model.Crash(away);
        _model.Crash(dead);
        _model.Pass(20_000);

        // Those that the dead server had, too, are down to one copy; its others are repaired as always.
        Assert.Equal(both.Concat(lonely).Order(), _model.Copies.Select(c => c.Chunk).Distinct().Order());
        Assert.All(both, c => Assert.Equal(2, Meta.State.Book.CountLive(Meta.State.Durable.Chunks.Find(c)!)));
    }

    [Fact]
    public void Maintenance_is_over_by_itself_and_then_the_replicas_are_made_again()
    {
        var server = _model.Servers[0];
        Order(server, 20_000);
        _model.Crash(server);
        _model.Pass(18_000);
        Assert.Empty(_model.Copies);
        _model.Pass(20_000);
        Assert.NotEmpty(_model.Copies);
        Assert.Equal((ServerState.Dead, 20L), (StatusOf(server).State, Meta.Cluster().FullyReplicated));
    }

    [Fact]
    public void A_restarted_meta_remembers_maintenance_and_how_long_it_lasts()
    {
        var server = _model.Servers[0];
        Order(server, 40_000);
        _model.Crash(server);
        _model.Pass(5_000);
        _model.RestartMeta();
        _model.Pass(2_000);
        Assert.False(Meta.Cluster().InSafeMode);
        _model.Pass(20_000);
        Assert.Empty(_model.Copies);
        Assert.Equal(ServerState.Maintenance, StatusOf(server).State);
        _model.Pass(20_000);
        Assert.NotEmpty(_model.Copies);
        Assert.Equal(MetaHarness.Image(Meta.State.Durable), MetaHarness.Image(MetaHarness.Replayed(Meta.Journal)));
    }

    [Fact]
    public void Maintenance_that_is_ended_lets_the_repair_begin()
    {
        var server = _model.Servers[0];
        Order(server, 600_000);
        _model.Crash(server);
        _model.Pass(10_000);
        Assert.Empty(_model.Copies);
        Meta.Ask<MetaProtocol.ClusterReply>(new MetaProtocol.SetServerMode(server.Id, ServerMode.Normal));
        _model.Pass(15_000);
        Assert.Equal(20, Meta.Cluster().FullyReplicated);
    }

    [Fact]
    public void What_is_written_meanwhile_is_brought_to_the_server_when_it_is_back()
    {
        var file = Meta.Chunk("/f0");
        var server = _model.ServerOf(file.Replicas[2].Server);
        Order(server, 60_000);
        _model.Crash(server);
        Meta.Signal(new ServerLost(server.Id, IsCertain: true));
        for (var i = 0; i < 50 && _model.Acknowledged[file.Chunk].Count < 3; i++)
        {
            if (Meta.Ask(new MetaProtocol.OpenChunk(file.Chunk, Generation.Any, ServerId.None, DfsErrorCode.None)) is MetaProtocol.ChunkReply open)
            {
                _model.Write(open.Chunk);
            }

            _model.Pass(100);
        }

        Assert.Equal(3, _model.Acknowledged[file.Chunk].Count);
        _model.Pass(10_000);
        Assert.Empty(_model.Copies);
        _model.Restart(server);
        _model.Pass(20_000);
        Assert.Equal(file.Chunk, Assert.Single(_model.Copies.Select(c => c.Chunk).Distinct()));
        Assert.Equal(3, Meta.Chunk("/f0").Replicas.Count(r => r.State == ReplicaState.Live));
    }

    private static bool Has(AkkaDfs.Meta.Core.Chunk chunk, ServerModel server) => chunk.Replicas.IndexOf(server.Id) >= 0;

    private IReadOnlyList<ChunkInspection> Troubled()
        => Meta.Ask<MetaProtocol.InspectionPage>(new MetaProtocol.InspectChunks(PathRef.Absolute("/"), string.Empty, 4096, true)).Rows;

    private void Order(ServerModel server, long ms) => Meta.Ask<MetaProtocol.ClusterReply>(new MetaProtocol.SetServerMode(server.Id, ServerMode.Maintenance, ms));

    private ChunkLocation Written(string path)
    {
        var chunk = Meta.Create(path, null, allocate: true).First!;
        _model.Write(chunk);
        _model.Pass(200);
        _model.Quiesce(chunk.Chunk);
        _model.Pass(200);
        return Meta.Chunk(path);
    }

    private ServerStatus StatusOf(ServerModel server) => Meta.Cluster().Servers.Single(s => s.Server == server.Id);
}
