// Servers that are emptied: everything moves, nothing is lost meanwhile, and a restart of meta goes on with it.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class DrainTests
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

    private ClusterModel _model = new(5, new Random(1), Policy) { BreaksOff = false };

    private MetaHarness Meta => _model.Meta;

    public DrainTests() => _model.Pass(3_000);

    [Theory]
    [InlineData(1, AckPolicy.All, 5)]
    [InlineData(2, AckPolicy.All, 5)]
    [InlineData(3, AckPolicy.All, 5)]
    [InlineData(3, AckPolicy.One, 5)]
    [InlineData(4, AckPolicy.All, 5)]
    public void Draining_moves_every_chunk_and_never_leaves_fewer_replicas_than_asked(int replicas, AckPolicy ack, int servers)
    {
        Assert.Equal(servers, _model.Servers.Count);
        var layout = new FileLayout(1 << 20, replicas, Ack: ack);
        for (var i = 0; i < 20; i++)
        {
            Written($"/f{i}", layout);
        }

        // Chunks under write, and some that nobody has written to.
        var open = Enumerable.Range(0, 5).Select(i => Meta.Create($"/open{i}", layout, allocate: true).First!).ToList();
        open.ForEach(_model.Write);
        for (var i = 0; i < 5; i++)
        {
            Meta.Create($"/empty{i}", layout, allocate: true);
        }

        _model.Pass(1_000);
        var victim = Servers()[0];
        Order(victim, ServerMode.Draining);
        Assert.Equal(ServerState.Draining, StatusOf(victim).State);
        for (var i = 0; i < 1_200 && StatusOf(victim).State != ServerState.Drained; i++)
        {
            _model.Pass(50);
            foreach (var chunk in Meta.State.Durable.Chunks.InOrder().Where(c => c.HasData))
            {
                Assert.True(chunk.IsChanging || Meta.State.Book.CountLive(chunk) >= chunk.Wanted, $"chunk {chunk.Id} has {Meta.State.Book.CountLive(chunk)} replicas");
                _model.CheckReads(chunk.Id);
            }
        }

        Assert.Equal((ServerState.Drained, 0L), (StatusOf(victim).State, StatusOf(victim).LeftChunks));
        Assert.Empty(victim.Replicas);
        Assert.Equal(25, Meta.Cluster().FullyReplicated - (Meta.State.Durable.Chunks.Count - 25));
        Assert.All(Meta.State.Durable.Chunks.InOrder(), c => Assert.Equal(replicas, c.ChainLength));

        // Nothing comes back to it, and nothing is missed when it goes.
        _model.Copies.Clear();
        Written("/later", layout);
        Assert.Empty(victim.Replicas);
        _model.Crash(victim);
        _model.Pass(10_000);
        Assert.Empty(_model.Copies);
        Assert.All(_model.Acknowledged, a => Assert.NotEmpty(a.Value));
        Assert.Equal((0L, 0L), (Meta.Cluster().UnderReplicated, Meta.Cluster().Missing));
    }

    [Fact]
    public void A_draining_primary_hands_its_chunk_over_at_once_and_writes_go_on()
    {
        var chunk = Meta.Create("/f", null, allocate: true).First!;
        _model.Write(chunk);
        _model.Pass(500);
        var primary = _model.ServerOf(chunk.Replicas[0].Server);
        _model.Copies.Clear();
        Order(primary, ServerMode.Draining);
        WaitFor(() => Meta.Chunk("/f").Replicas[0].Server != primary.Id && !Meta.State.Durable.Chunks.Find(chunk.Chunk)!.IsChanging);
        for (var i = 0; i < 40; i++)
        {
            if (Meta.Ask(new MetaProtocol.OpenChunk(chunk.Chunk, Generation.Any, ServerId.None, DfsErrorCode.None)) is MetaProtocol.ChunkReply open)
            {
                Assert.NotEqual(primary.Id, open.Chunk.Replicas[0].Server);
                _model.Write(open.Chunk);
            }

            _model.Pass(200);
        }

        WaitFor(() => StatusOf(primary).State == ServerState.Drained);
        Assert.InRange(_model.Acknowledged[chunk.Chunk].Count, 20, 41);
        Assert.Single(_model.Copies);
    }

    [Fact]
    public void A_restarted_meta_goes_on_with_draining_and_a_cancelled_server_is_used_again()
    {
        for (var i = 0; i < 20; i++)
        {
            Written($"/f{i}");
        }

        var victim = Servers()[0];
        Order(victim, ServerMode.Draining);
        _model.RestartMeta();
        Assert.Equal(ServerMode.Draining, Meta.State.Durable.Servers[victim.Id].Mode);
        _model.Pass(1_000);
        WaitFor(() => StatusOf(victim).State == ServerState.Drained);
        Order(victim, ServerMode.Normal);
        Assert.Equal(ServerState.Alive, StatusOf(victim).State);
        Assert.Contains(
            Enumerable.Range(0, 30).Select(i => Meta.Create($"/new{i}", new FileLayout(1 << 20, 1), allocate: true).First!.Replicas[0].Server), s => s == victim.Id);
        Assert.Equal(MetaHarness.Image(Meta.State.Durable), MetaHarness.Image(MetaHarness.Replayed(Meta.Journal)));
    }

    [Fact]
    public void Draining_without_another_server_leaves_the_replicas_where_they_are_and_does_not_spin()
    {
        Order(Servers()[4], ServerMode.Draining);
        Order(Servers()[3], ServerMode.Draining);
        Written("/f");
        var victim = _model.ServerOf(Meta.Chunk("/f").Replicas[1].Server);
        Order(victim, ServerMode.Draining);
        _model.Pass(5_000);
        var (events, trace) = (Meta.Journal.Count, _model.Trace.Count);
        _model.Pass(20_000);
        Assert.Equal(events, Meta.Journal.Count);

        // Heartbeats and their answers, and nothing else.
        Assert.DoesNotContain(_model.Trace.Skip(trace), t => !t.Contains("Heartbeat", StringComparison.Ordinal));
        Assert.Equal((ServerState.Draining, 1L, 1L), (StatusOf(victim).State, StatusOf(victim).LeftChunks, Meta.Cluster().FullyReplicated));
        Assert.Equal(3, Meta.Chunk("/f").Replicas.Count(r => r.State == ReplicaState.Live));
    }

    [Fact]
    public void A_chunk_with_too_few_replicas_comes_before_those_that_are_only_to_move()
    {
        var file = Written("/few", new FileLayout(1 << 20, 3));
        for (var i = 0; i < 100; i++)
        {
            Written($"/f{i}", new FileLayout(1 << 20, 1));
        }

        var moves = Servers().First(s => file.Replicas.All(r => r.Server != s.Id));
        _model.Crash(_model.ServerOf(file.Replicas[2].Server));
        _model.Copies.Clear();
        Order(moves, ServerMode.Draining);
        Meta.Signal(new ServerLost(file.Replicas[2].Server, IsCertain: true));
        _model.Pass(10_000);
        Assert.InRange(_model.Copies.FindIndex(c => c.Chunk == file.Chunk), 0, 2 * Policy.CopiesPerServer);
        Assert.InRange(_model.Copies.Count, 3 * Policy.CopiesPerServer, 200);
    }

    [Fact]
    public void Orders_are_for_the_superuser_and_for_servers_that_there_are()
    {
        Assert.Equal(DfsErrorCode.NotPermitted, Meta.CodeOf(new MetaProtocol.SetServerMode(new ServerId(1), ServerMode.Draining) { Caller = new Caller(7, 7, []) }));
        Assert.Equal(DfsErrorCode.ServerNotFound, Meta.CodeOf(new MetaProtocol.SetServerMode(new ServerId(99), ServerMode.Draining)));
        Assert.Equal(DfsErrorCode.InvalidArgument, Meta.CodeOf(new MetaProtocol.SetServerMode(new ServerId(1), ServerMode.Maintenance)));
        Assert.Equal(DfsErrorCode.InvalidArgument, Meta.CodeOf(new MetaProtocol.SetServerMode(new ServerId(1), ServerMode.Draining, 5)));
    }

    private List<ServerModel> Servers() => _model.Servers;

    private void Order(ServerModel server, ServerMode mode) => Meta.Ask<MetaProtocol.ClusterReply>(new MetaProtocol.SetServerMode(server.Id, mode));

    private void WaitFor(Func<bool> condition)
    {
        for (var i = 0; i < 2_000 && !condition(); i++)
        {
            _model.Pass(20);
        }

        Assert.True(condition());
    }

    private ChunkLocation Written(string path, FileLayout? layout = null)
    {
        var chunk = Meta.Create(path, layout, allocate: true).First!;
        _model.Write(chunk);
        _model.Pass(200);
        _model.Quiesce(chunk.Chunk);
        _model.Pass(200);
        return Meta.Chunk(path);
    }

    private ServerStatus StatusOf(ServerModel server) => Meta.Cluster().Servers.Single(s => s.Server == server.Id);
}
