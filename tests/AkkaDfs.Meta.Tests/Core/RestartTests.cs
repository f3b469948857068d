// Servers that are started again while a chunk is under write: what they report may lack what they had acknowledged.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class RestartTests
{
    private static readonly MetaPolicy Policy = new()
    {
        DefaultLayout = new FileLayout(1 << 20, 3, PlacementPolicy.LeastLoaded, AckPolicy.All, ReplicaDownPolicy.Replace),
        HeartbeatMs = 500,
        DeadAfterMs = 1_500,
        ServeMs = 1_000,
        CheckIntervalMs = 2_000,
        SafeModeMaxMs = 5_000,
        OrphanDelayMs = 20_000,
        RepairBackoffMs = 500,
    };

    private ClusterModel _model = null!;
    private ChunkLocation _chunk = null!;
    private List<ServerModel> _members = null!;

    private MetaHarness Meta => _model.Meta;

    public RestartTests() => Begin(1);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void When_all_were_started_again_what_one_of_them_lacks_survives_with_the_others_whoever_reports_first(int behind)
    {
        for (var seed = 1; seed <= 40; seed++)
        {
            Begin(seed);
            foreach (var member in _members)
            {
                _model.Crash(member);
                Meta.Signal(new ServerLost(member.Id, IsCertain: true));
            }

            Forget(_members[behind], 2);
            _members.ForEach(_model.Restart);
            while (!_members.TrueForAll(HasReported))
            {
                _model.Pass(20);
            }

            // Until the second has come, the first may serve what it has: nobody knows better.
            WriteOn(checksReads: false);
            Assert.Equal(4, _model.Acknowledged[_chunk.Chunk].Count);
            _model.CheckReads(_chunk.Chunk);
            Assert.All(_members, m => Assert.Equal(_model.Acknowledged[_chunk.Chunk], m.Replicas[_chunk.Chunk].Operations));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void When_only_one_was_started_again_the_chain_goes_on_without_it_until_it_was_brought_up(int position)
    {
        var (lost, generation) = (_members[position], Meta.Chunk("/f").Generation);
        _model.Crash(lost);
        Forget(lost, 2);
        _model.Restart(lost);
        for (var i = 0; i < 20 && Meta.Chunk("/f").Generation == generation; i++)
        {
            _model.Pass(20);
            _model.CheckReads(_chunk.Chunk);
        }

        Assert.True(Meta.Chunk("/f").Generation > generation);
        Assert.DoesNotContain(Meta.Chunk("/f").Replicas, r => r.Server == lost.Id && r.State == ReplicaState.Live);
        WriteOn();
        _model.CheckReads(_chunk.Chunk);
        Assert.Equal(4, _model.Acknowledged[_chunk.Chunk].Count);
        Assert.All(_members.Where(m => m != lost), m => Assert.Equal(_model.Acknowledged[_chunk.Chunk], m.Replicas[_chunk.Chunk].Operations));
    }

    [Fact]
    public void A_replica_that_was_lost_with_a_restart_before_it_was_listed_is_made_again_though_nobody_writes()
    {
        var chunk = Meta.Create("/g", null, allocate: true).First!;
        _model.Write(chunk);
        while (!_model.Acknowledged.ContainsKey(chunk.Chunk))
        {
            _model.Pass(20);
        }

        var replicas = Meta.State.Durable.Chunks.Find(chunk.Chunk)!.Replicas;
        var lost = _members.First(m => !replicas[replicas.IndexOf(m.Id)].IsReported);
        _model.Crash(lost);
        lost.Replicas.Remove(chunk.Chunk);
        _model.Restart(lost);
        _model.Pass(15_000);
        Assert.True(Meta.State.Durable.Chunks.Find(chunk.Chunk)!.Generation > Generation.First);
        Assert.All(_members, m => Assert.Equal(_model.Acknowledged[chunk.Chunk], m.Replicas[chunk.Chunk].Operations));
        _model.CheckReads(chunk.Chunk);
    }

    [Fact]
    public void What_is_remembered_of_restarts_goes_when_the_chunk_goes_on()
    {
        for (var i = 0; i < 3; i++)
        {
            _members.ForEach(_model.Crash);
            _members.ForEach(_model.Restart);
            _model.Pass(2_000);
            WriteOn();
        }

        Assert.Equal(6, _model.Acknowledged[_chunk.Chunk].Count);
        Assert.Contains(Meta.State.Durable.Servers.All, s => s.Unsure.Count > 0);

        // A full report of any server is the occasion.
        _model.Quiesce(_chunk.Chunk);
        _model.Pass(1_000);
        _model.Crash(_members[2]);
        _model.Restart(_members[2]);
        _model.Pass(2_000);
        Assert.All(Meta.State.Durable.Servers.All, s => Assert.Empty(s.Unsure));
    }

    private void Begin(int seed)
    {
        _model = new ClusterModel(3, new Random(seed), Policy) { BreaksOff = false };
        _model.Pass(3_000);
        _chunk = Meta.Create("/f", null, allocate: true).First!;
        for (var i = 0; i < 3; i++)
        {
            _model.Write(_chunk);
            _model.Pass(200);
        }

        Assert.Equal(3, _model.Acknowledged[_chunk.Chunk].Count);
        _members = [.. _chunk.Replicas.Select(r => _model.ServerOf(r.Server))];
    }

    private bool HasReported(ServerModel server)
        => Meta.State.Durable.Servers[server.Id] is { IsUsable: true } known && known.Incarnation == server.Incarnation;

    private void Forget(ServerModel server, int operations)
    {
        var had = server.Replicas[_chunk.Chunk].Operations;
        had.RemoveRange(had.Count - operations, operations);
    }

    // A writer that has patience: it asks until it is given a chain, and until its one operation is acknowledged.
    private void WriteOn(bool checksReads = true)
    {
        var before = _model.Acknowledged[_chunk.Chunk].Count;
        for (var i = 0; i < 200 && _model.Acknowledged[_chunk.Chunk].Count == before; i++)
        {
            if (i % 20 == 0 && Meta.Ask(new MetaProtocol.OpenChunk(_chunk.Chunk, Generation.Any, ServerId.None, DfsErrorCode.None)) is MetaProtocol.ChunkReply open)
            {
                _model.Write(open.Chunk);
            }

            _model.Pass(100);
            if (checksReads)
            {
                _model.CheckReads(_chunk.Chunk);
            }
        }

        _model.Pass(2_000);
    }
}
