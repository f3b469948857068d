// Chunks whose first write broke off, and suspects that come one after the other.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class BegunChunkTests
{
    private static readonly MetaPolicy Policy = new()
    {
        DefaultLayout = new FileLayout(1 << 20, 3, PlacementPolicy.LeastLoaded, AckPolicy.All, ReplicaDownPolicy.Replace),
        HeartbeatMs = 500,
        DeadAfterMs = 1_500,
        ServeMs = 1_000,
        SafeModeMaxMs = 5_000,
        DeleteDelayMs = 500,
    };

    private readonly ClusterModel _model = new(4, new Random(1), Policy) { BreaksOff = false };
    private readonly ChunkLocation _chunk;

    private MetaHarness Meta => _model.Meta;

    public BegunChunkTests()
    {
        _model.Pass(3_000);
        _chunk = Meta.Create("/f", null, allocate: true).First!;
    }

    [Theory]
    [InlineData(AckPolicy.All)]
    [InlineData(AckPolicy.One)]
    public void A_chunk_whose_only_written_replica_is_gone_before_anything_was_acknowledged_begins_anew(AckPolicy ack)
    {
        var chunk = Meta.Create("/g", new FileLayout(1 << 20, 3, Ack: ack), allocate: true).First!;
        var primary = BeginWrite(chunk);
        Crash(primary);
        Assert.Equal(DfsErrorCode.None, OpenWithin(10_000, chunk.Chunk));
        var now = Meta.Chunk("/g");
        Assert.Equal((3, false), (now.Replicas.Count, now.Replicas.Any(r => r.Server == primary.Id)));
        _model.Write(now);
        _model.Pass(1_000);
        Assert.Single(_model.Acknowledged[chunk.Chunk]);

        // What it had was never acknowledged, and goes.
        _model.Restart(primary);
        _model.Pass(15_000);
        Assert.DoesNotContain(0, primary.Replicas.GetValueOrDefault(chunk.Chunk)?.Operations ?? []);
        _model.CheckReads(chunk.Chunk);
    }

    [Fact]
    public void A_chunk_does_not_begin_anew_while_a_replica_that_was_acknowledged_may_have_been_lost()
    {
        // All three have it, and it is acknowledged before any of them has listed it; then the power fails.
        _model.Write(_chunk);
        var members = _chunk.Replicas.Select(r => _model.ServerOf(r.Server)).ToList();
        _model.Servers.ForEach(Crash);
        members.Skip(1).ToList().ForEach(m => m.Replicas.Clear());
        Meta.Tell(new ServerProtocol.ChainBroken(members[0].Id, _chunk.Chunk, _chunk.Generation, members[2].Id, new DfsError(DfsErrorCode.Timeout, "late")));
        _model.Servers.Where(s => s != members[0]).ToList().ForEach(_model.Restart);
        Assert.NotEqual(DfsErrorCode.None, OpenWithin(10_000, _chunk.Chunk));

        _model.Restart(members[0]);
        Assert.Equal(DfsErrorCode.None, OpenWithin(10_000, _chunk.Chunk));
        Assert.Equal(members[0].Id, Meta.Chunk("/f").Replicas[0].Server);
        Assert.Single(members[0].Replicas[_chunk.Chunk].Operations);
    }

    [Fact]
    public void A_chunk_does_not_begin_anew_when_a_member_has_listed_its_replica_and_lost_it()
    {
        var primary = BeginWrite(_chunk);
        var second = _model.ServerOf(_chunk.Replicas[1].Server);
        second.CreateForFirstWrite(_chunk);
        _model.Pass(1_000);
        second.Remove(_chunk.Chunk);
        _model.Pass(1_000);
        Crash(primary);
        Assert.NotEqual(DfsErrorCode.None, OpenWithin(10_000, _chunk.Chunk));
    }

    [Fact]
    public void A_second_suspect_is_left_out_while_the_replicas_are_still_being_asked()
    {
        _model.Write(_chunk);
        _model.Pass(1_000);
        Meta.TakeEffects();
        var (first, second, third) = (_chunk.Replicas[0].Server, _chunk.Replicas[1].Server, _chunk.Replicas[2].Server);
        var error = new DfsError(DfsErrorCode.Timeout, "late");
        Meta.Ask(new MetaProtocol.OpenChunk(_chunk.Chunk, _chunk.Generation, third, DfsErrorCode.Unreachable));
        Assert.Equal(3, Meta.TakeOrders<ServerProtocol.GetReplica>().Count);

        // The third hangs and will not answer; the primary blames both of the others, one after the other.
        Meta.Tell(new ServerProtocol.ChainBroken(first, _chunk.Chunk, _chunk.Generation, third, error));
        Meta.Tell(new ServerProtocol.ReplicaAnswer(first, _chunk.Chunk, _chunk.Generation, 1, 1, true));
        Meta.Tell(new ServerProtocol.ChainBroken(first, _chunk.Chunk, _chunk.Generation, second, error));
        var order = Assert.Single(Meta.TakeOrders<ServerProtocol.AdoptGeneration>(first));
        Assert.Equal([first], order.Chain.Select(r => r.Server));
    }

    // The primary has the first operation, nobody else has heard of it, and it says so in its report.
    private ServerModel BeginWrite(ChunkLocation chunk)
    {
        var primary = _model.ServerOf(chunk.Replicas[0].Server);
        primary.CreateForFirstWrite(chunk);
        primary.Replicas[chunk.Chunk].Operations.Add(0);
        _model.Pass(1_000);
        Assert.True(Meta.State.Durable.Chunks.Find(chunk.Chunk)!.HasData);
        return primary;
    }

    private void Crash(ServerModel server)
    {
        _model.Crash(server);
        Meta.Signal(new ServerLost(server.Id, IsCertain: true));
    }

    private DfsErrorCode OpenWithin(long ms, ChunkId chunk)
    {
        var code = DfsErrorCode.None;
        for (var end = Meta.NowMs + ms; Meta.NowMs < end; _model.Pass(100))
        {
            code = Meta.CodeOf(new MetaProtocol.OpenChunk(chunk, Generation.Any, ServerId.None, DfsErrorCode.None));
            if (code == DfsErrorCode.None)
            {
                break;
            }
        }

        return code;
    }
}
