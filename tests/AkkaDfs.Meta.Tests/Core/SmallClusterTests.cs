// Three servers for three replicas: nowhere to go when one is lost. And what is too much when one comes back.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class SmallClusterTests
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
        OrphanDelayMs = 20_000,
        RepairBackoffMs = 500,
    };

    private readonly ClusterModel _model = new(3, new Random(1), Policy) { BreaksOff = false };

    private MetaHarness Meta => _model.Meta;

    public SmallClusterTests() => _model.Pass(3_000);

    [Fact]
    public void Three_servers_go_on_with_two_say_why_and_are_whole_when_a_server_comes()
    {
        var files = Enumerable.Range(0, 10).Select(i => Written($"/f{i}")).ToList();
        var lost = _model.Servers[2];
        _model.Crash(lost);
        Meta.Signal(new ServerLost(lost.Id, IsCertain: true));
        for (var i = 0; i < 60 && _model.Acknowledged[files[0].Chunk].Count < 3; i++)
        {
            if (Meta.Ask(new MetaProtocol.OpenChunk(files[0].Chunk, Generation.Any, ServerId.None, DfsErrorCode.None)) is MetaProtocol.ChunkReply open)
            {
                Assert.Equal(2, open.Chunk.Replicas.Count);
                _model.Write(open.Chunk);
            }

            _model.Pass(100);
            _model.CheckReads(files[0].Chunk);
        }

        Assert.Equal(3, _model.Acknowledged[files[0].Chunk].Count);
        Assert.Equal(2, Meta.Create("/new", null, allocate: true).First!.Replicas.Count);
        var row = Inspect("/f1");
        Assert.Equal((RepairStage.NoTarget, 2, ChunkConditions.UnderReplicated), (row.Stage, row.Live, row.Conditions));
        Assert.Equal(
            [PlacementRefusal.HasReplica, PlacementRefusal.HasReplica, PlacementRefusal.NotAlive], row.Candidates.Select(c => c.Refusal));

        // No journal, no orders, no copies while nothing can be done.
        _model.Quiesce(files[0].Chunk);
        _model.Pass(5_000);
        var (events, trace) = (Meta.Journal.Count, _model.Trace.Count);
        _model.Pass(30_000);
        Assert.Equal(events, Meta.Journal.Count);
        Assert.DoesNotContain(_model.Trace.Skip(trace), t => !t.Contains("Heartbeat", StringComparison.Ordinal));
        Assert.Empty(_model.Copies);

        _model.AddServer();
        _model.Pass(30_000);
        Assert.Equal((10L, 0L), (Meta.Cluster().FullyReplicated, Meta.Cluster().UnderReplicated));
        Assert.All(files, f => Assert.True(Meta.State.Book.CountVerified(Meta.State.Durable.Chunks.Find(f.Chunk)!) >= 3));
    }

    [Theory]
    [InlineData(ReplicaDownPolicy.Block, DfsErrorCode.ChunkRecovering)]
    [InlineData(ReplicaDownPolicy.Fail, DfsErrorCode.ReplicaDown)]
    public void Three_servers_under_policies_block_and_fail_stay_readable_and_are_writable_again_when_the_server_is_back(ReplicaDownPolicy policy, DfsErrorCode code)
    {
        var file = Written("/f", new FileLayout(1 << 20, 3, OnReplicaDown: policy));
        var lost = _model.Servers[2];
        _model.Crash(lost);
        Meta.Signal(new ServerLost(lost.Id, IsCertain: true));
        _model.Pass(5_000);
        Assert.Equal(code, Meta.CodeOf(new MetaProtocol.OpenChunk(file.Chunk, Generation.Any, ServerId.None, DfsErrorCode.None)));
        Assert.Equal(2, _model.Servers.Count(s => s.Serves(file.Chunk, Meta.NowMs)));
        Assert.True(Inspect("/f").Conditions.HasFlag(ChunkConditions.Unwritable));
        _model.Restart(lost);
        _model.Pass(5_000);
        Assert.Equal(DfsErrorCode.None, Meta.CodeOf(new MetaProtocol.OpenChunk(file.Chunk, Generation.Any, ServerId.None, DfsErrorCode.None)));
        Assert.Empty(_model.Copies);
    }

    [Fact]
    public void What_is_too_much_when_a_server_comes_back_is_trimmed_but_never_below_what_is_asked()
    {
        var spare = _model.AddServer();
        _model.Pass(2_000);
        var files = Enumerable.Range(0, 12).Select(i => Written($"/f{i}")).ToList();
        var lost = _model.Servers[0];
        var held = lost.Replicas.Keys.ToList();
        _model.Isolated.Add(lost);
        _model.Pass(20_000);
        Assert.Equal(12, Meta.Cluster().FullyReplicated);
        Assert.NotEmpty(_model.Copies);
        _model.Isolated.Remove(lost);
        for (var i = 0; i < 600; i++)
        {
            _model.Pass(50);
            Assert.All(files, f => Assert.True(_model.Servers.Count(s => s.Replicas.ContainsKey(f.Chunk)) >= 3));
        }

        Assert.NotNull(spare);
        Assert.NotEmpty(held);
        Assert.All(files, f => Assert.Equal(3, _model.Servers.Count(s => s.Replicas.ContainsKey(f.Chunk))));
        Assert.Equal(0, Inspections("/").Counts.OverReplicated);
    }

    [Fact]
    public void An_orphan_is_deleted_after_its_delay_and_a_chunk_that_was_never_allocated_here_is_kept()
    {
        var server = _model.Servers[1];
        var file = Written("/f");
        Meta.Ask<MetaProtocol.Done>(new MetaProtocol.Remove(PathRef.Absolute("/f")));
        _model.Pass(10_000);
        Assert.Empty(server.Replicas);

        // A replica that nobody names any more turns up, from a disk that was away; and one of another journal.
        var foreign = new ChunkId(1_000_000);
        foreach (var chunk in new[] { file.Chunk, foreign })
        {
            server.Replicas[chunk] = new ReplicaModel { Label = Generation.First, Operations = [1], ChainLength = 3 };
            server.Changed(chunk);
        }

        _model.Pass(Policy.OrphanDelayMs - 2_000);
        Assert.Equal(2, server.Replicas.Count);
        _model.Pass(5_000);
        Assert.Equal([foreign], server.Replicas.Keys);
        _model.Pass(60_000);
        Assert.Equal([foreign], server.Replicas.Keys);
    }

    private MetaProtocol.InspectionPage Inspections(string path)
        => Meta.Ask<MetaProtocol.InspectionPage>(new MetaProtocol.InspectChunks(PathRef.Absolute(path), string.Empty, 4096, false));

    private ChunkInspection Inspect(string path) => Inspections(path).Rows.Single();

    private ChunkLocation Written(string path, FileLayout? layout = null)
    {
        var chunk = Meta.Create(path, layout, allocate: true).First!;
        _model.Write(chunk);
        _model.Pass(200);
        _model.Quiesce(chunk.Chunk);
        _model.Pass(200);
        return Meta.Chunk(path);
    }
}
