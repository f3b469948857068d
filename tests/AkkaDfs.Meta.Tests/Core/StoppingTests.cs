// Servers that say that they are about to stop.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class StoppingTests
{
    private static readonly MetaPolicy Policy = new()
    {
        DefaultLayout = new FileLayout(1 << 20, 3, PlacementPolicy.LeastLoaded, AckPolicy.All, ReplicaDownPolicy.Replace),
        HeartbeatMs = 500,
        DeadAfterMs = 1_500,
        ServeMs = 1_000,
        SafeModeMaxMs = 5_000,
    };

    private readonly ClusterModel _model = new(4, new Random(1), Policy) { BreaksOff = false };
    private readonly ChunkLocation _chunk;

    private MetaHarness Meta => _model.Meta;

    public StoppingTests()
    {
        _model.Pass(3_000);
        _chunk = Meta.Create("/f", null, allocate: true).First!;
        _model.Write(_chunk);
        _model.Pass(1_000);
        Meta.TakeEffects();
    }

    [Fact]
    public void A_stopping_member_leaves_a_chain_under_write_before_it_is_down()
    {
        var member = _model.ServerOf(_chunk.Replicas[2].Server);
        Stop(member);
        Assert.Equal(ServerState.Stopping, StateOf(member));
        _model.Pass(1_500);
        Assert.DoesNotContain(Live(), s => s == member.Id);
        _model.Write(Meta.Chunk("/f"));
        _model.Pass(200);
        Assert.Equal(2, _model.Acknowledged[_chunk.Chunk].Count);
    }

    [Fact]
    public void A_stopping_primary_keeps_its_chunk_until_it_is_at_rest_and_then_another_takes_over()
    {
        var primary = _model.ServerOf(_chunk.Replicas[0].Server);
        Stop(primary);
        _model.Pass(500);
        Assert.Equal(primary.Id, Live()[0]);
        Assert.Equal(DfsErrorCode.ChunkRecovering, Open());
        _model.Pass(500);
        Assert.Equal(primary.Id, Live()[0]);
        _model.Quiesce(_chunk.Chunk);
        _model.Pass(200);
        for (var i = 0; i < 20 && Open() != DfsErrorCode.None; i++)
        {
            _model.Pass(50);
        }

        Assert.DoesNotContain(Live(), s => s == primary.Id);
        _model.Write(Meta.Chunk("/f"));
        _model.Pass(200);
        Assert.Equal(2, _model.Acknowledged[_chunk.Chunk].Count);
    }

    [Fact]
    public void A_stopping_primary_that_is_gone_without_a_word_is_replaced_like_any_other()
    {
        var primary = _model.ServerOf(_chunk.Replicas[0].Server);
        Stop(primary);
        _model.Crash(primary);
        Meta.Signal(new ServerLost(primary.Id, IsCertain: true));
        for (var i = 0; i < 20 && Open() != DfsErrorCode.None; i++)
        {
            _model.Pass(50);
        }

        Assert.Equal(DfsErrorCode.None, Open());
        Assert.NotEqual(primary.Id, Live()[0]);
    }

    [Fact]
    public void What_nobody_writes_to_stays_and_nothing_new_comes()
    {
        _model.Quiesce(_chunk.Chunk);
        _model.Pass(200);
        var member = _model.ServerOf(_chunk.Replicas[2].Server);
        Stop(member);
        _model.Pass(1_000);
        Assert.Contains(Live(), s => s == member.Id);
        Assert.DoesNotContain(
            Enumerable.Range(0, 20).SelectMany(i => Meta.Create($"/n{i}", null, allocate: true).First!.Replicas.Select(r => r.Server)), s => s == member.Id);
        Assert.Empty(_model.Copies);
    }

    [Fact]
    public void When_all_stop_together_every_replica_stays_what_it_is()
    {
        var events = Meta.Journal.OfType<GenerationRaised>().Count();
        var members = _chunk.Replicas.Select(r => _model.ServerOf(r.Server)).ToList();
        Stop(members[2]);
        Stop(members[1]);
        Stop(members[0]);
        for (var i = 0; i < 40; i++)
        {
            Assert.Equal(DfsErrorCode.ChunkRecovering, Open());
            _model.Pass(50);
        }

        _model.Quiesce(_chunk.Chunk);
        for (var i = 0; i < 40; i++)
        {
            Open();
            _model.Pass(50);
        }

        Assert.Equal(events, Meta.Journal.OfType<GenerationRaised>().Count());
        Assert.Equal(3, Live().Count);
        _model.Servers.ForEach(_model.Crash);
        _model.RestartMeta();
        _model.Servers.ForEach(_model.Restart);
        _model.Pass(10_000);
        Assert.Equal((1L, 0), (Meta.Cluster().FullyReplicated, _model.Copies.Count));
    }

    private void Stop(ServerModel server)
    {
        server.IsStopping = true;
        server.Beat(Meta.NowMs);
        _model.Pass(100);
    }

    private DfsErrorCode Open() => Meta.CodeOf(new MetaProtocol.OpenChunk(_chunk.Chunk, Generation.Any, ServerId.None, DfsErrorCode.None));

    private List<ServerId> Live() => [.. Meta.Chunk("/f").Replicas.Where(r => r.State == ReplicaState.Live).Select(r => r.Server)];

    private ServerState StateOf(ServerModel server) => Meta.Cluster().Servers.Single(s => s.Server == server.Id).State;
}
