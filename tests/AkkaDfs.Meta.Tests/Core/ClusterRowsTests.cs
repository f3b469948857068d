// Requirement rows about servers, placement and repair, on the modelled cluster.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class ClusterRowsTests
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

    private readonly ClusterModel _model = new(7, new Random(1), Policy) { BreaksOff = false };

    private MetaHarness Meta => _model.Meta;

    public ClusterRowsTests() => _model.Pass(3_000);

    [Fact]
    public void S1_05_Locations_are_not_in_the_journal_and_come_back_from_reports_alone()
    {
        var before = WrittenFile("/f");
        _model.RestartMeta();
        Assert.Empty(Meta.Chunk("/f").Replicas);
        Assert.True(Meta.Cluster().InSafeMode);
        Assert.Equal(DfsErrorCode.SafeMode, Meta.CodeOf(new MetaProtocol.CreateFile(PathRef.Absolute("/new"), MetaProtocol.Disposition.CreateNew, FileLayout.Default, AllocateFirst: true)));
        _model.Pass(2_000);
        Assert.False(Meta.Cluster().InSafeMode);
        Assert.Equal(before.Replicas.Select(r => r.Server), Meta.Chunk("/f").Replicas.Select(r => r.Server));
        Assert.Empty(_model.Copies);
    }

    [Fact]
    public void S1_06_A_full_report_is_asked_for_when_the_digests_differ()
    {
        var file = WrittenFile("/f");
        var server = _model.ServerOf(file.Replicas[1].Server);
        server.Replicas.Remove(file.Chunk);
        _model.Pass(1_500);
        Assert.DoesNotContain(server.Id, Meta.Chunk("/f").Replicas.Select(r => r.Server));
        _model.Pass(5_000);
        Assert.Equal(3, Meta.Chunk("/f").Replicas.Count(r => r.State == ReplicaState.Live));
    }

    [Fact]
    public void S1_07_Three_missed_heartbeats_make_a_server_down_and_none_of_its_replicas_counts()
    {
        var file = WrittenFile("/f");
        var server = _model.ServerOf(file.Replicas[2].Server);
        _model.Isolated.Add(server);
        _model.Pass(900);
        Assert.Equal(ServerState.Alive, StateOf(server));
        _model.Pass(1_200);
        Assert.Equal(ServerState.Dead, StateOf(server));
        Assert.DoesNotContain(Meta.Chunk("/f").Replicas, r => r.Server == server.Id && r.State == ReplicaState.Live);
    }

    [Fact]
    public void S1_09_Random_placement_uses_every_server_and_never_one_twice()
    {
        var layout = new FileLayout(8192, 3, PlacementPolicy.Random);
        var firsts = Enumerable.Range(0, 200).Select(i => Meta.Create($"/r{i}", layout, allocate: true).First!).ToList();
        Assert.All(firsts, f => Assert.Equal(3, f.Replicas.Select(r => r.Server).Distinct().Count()));
        Assert.Equal(7, firsts.Select(f => f.Replicas[0].Server).Distinct().Count());
    }

    [Fact]
    public void S1_14_A_server_that_returns_counts_again_and_its_stale_replicas_are_deleted()
    {
        var idle = WrittenFile("/idle");
        var server = _model.ServerOf(idle.Replicas[2].Server);
        _model.Crash(server);
        _model.Pass(500);
        _model.Restart(server);
        _model.Pass(1_500);
        Assert.Contains(Meta.Chunk("/idle").Replicas, r => r.Server == server.Id && r.State == ReplicaState.Live);

        _model.Crash(server);
        _model.Pass(12_000);
        Assert.Equal(3, Live("/idle").Count);
        Assert.DoesNotContain(server.Id, Live("/idle"));
        _model.Restart(server);
        _model.Pass(5_000);
        Assert.False(server.Replicas.ContainsKey(idle.Chunk));
        Assert.Equal(ServerState.Alive, StateOf(server));
    }

    [Fact]
    public void S4_11_12_Silence_is_found_its_chunks_are_made_again_and_meta_itself_recovers_from_its_journal()
    {
        WrittenFile("/f");
        var lost = _model.ServerOf(Live("/f")[1]);
        _model.Isolated.Add(lost);
        _model.Pass(12_000);
        Assert.Equal(ServerState.Dead, StateOf(lost));
        Assert.Equal(3, Live("/f").Count);
        Assert.DoesNotContain(lost.Id, Live("/f"));
        _model.Isolated.Remove(lost);
        _model.Pass(5_000);
        Assert.Equal(ServerState.Alive, StateOf(lost));

        var epoch = Meta.Cluster().Epoch;
        _model.RestartMeta();
        _model.Pass(3_000);
        Assert.True(Meta.Cluster().Epoch.Value > epoch.Value);
        Assert.Equal(3, Live("/f").Count);
        Assert.All(Meta.Cluster().Servers, s => Assert.Equal(ServerState.Alive, s.State));
    }

    [Fact]
    public void S1_20_21_22_The_replicas_of_a_lost_server_are_made_again_spread_over_many_and_never_two_on_one()
    {
        for (var i = 0; i < 70; i++)
        {
            WrittenFile($"/f{i}");
        }

        _model.Pass(1_000);
        var victim = _model.Servers[0];
        var held = victim.Replicas.Keys.ToHashSet();
        _model.Crash(victim);
        _model.Pass(40_000);
        var copies = _model.Copies.Where(c => held.Contains(c.Chunk)).ToList();
        Assert.Equal(held, copies.Select(c => c.Chunk).ToHashSet());
        Assert.Equal(6, copies.Select(c => c.Destination.Server).Distinct().Count());
        Assert.Equal((70L, 0L, 0L), (Meta.Cluster().FullyReplicated, Meta.Cluster().UnderReplicated, Meta.Cluster().Missing));
        for (var i = 0; i < 70; i++)
        {
            Assert.Equal(3, Live($"/f{i}").Distinct().Count());
        }
    }

    [Fact]
    public void S1_21_Chunks_with_one_replica_left_are_repaired_first()
    {
        var files = Enumerable.Range(0, 30).Select(i => WrittenFile($"/f{i}")).ToList();
        _model.Pass(1_000);
        var two = files[^1].Replicas.Take(2).Select(r => _model.ServerOf(r.Server)).ToList();
        two.ForEach(_model.Crash);
        two.ForEach(s => Meta.Signal(new ServerLost(s.Id, IsCertain: true)));
        var first = Meta.TakeEffects().OfType<StartCopy>().ToList();
        var lefts = first.Select(c => files.Single(f => f.Chunk == c.Plan.Chunk).Replicas.Count(r => two.TrueForAll(s => s.Id != r.Server))).ToList();
        Assert.Contains(1, lefts);
    }

    [Fact]
    public void S1_23_Least_loaded_placement_balances_counts_even_within_one_heartbeat()
    {
        for (var i = 0; i < 70; i++)
        {
            Meta.Create($"/b{i}", allocate: true);
        }

        var counts = Meta.State.Durable.Servers.All.Select(s => s.Load).ToList();
        Assert.InRange(counts.Max() - counts.Min(), 0, 2);
        Assert.Equal(210, counts.Sum());
    }

    [Fact]
    public void S2_03_05_Hash_ring_goes_round_from_the_hash_of_the_path_with_copies_on_the_next_two()
    {
        var layout = new FileLayout(8, 3, PlacementPolicy.HashRing);
        var file = Meta.Create("/dir/ring", layout).Status.Inode;
        var start = (int)(Placement.HashOf("/dir/ring") % 7);
        for (var index = 0; index < 20; index++)
        {
            var chunk = Meta.Ask<MetaProtocol.ChunkReply>(new MetaProtocol.AllocateChunk(file, index)).Chunk;
            Assert.Equal(Enumerable.Range(0, 3).Select(c => new ServerId((uint)((start + index + c) % 7) + 1)), chunk.Replicas.Select(r => r.Server));
        }
    }

    [Fact]
    public void S3_02_The_tracker_lists_file_server_path_and_liveness_page_by_page()
    {
        for (var i = 0; i < 9; i++)
        {
            WrittenFile($"/t/{i % 3}/f{i}");
        }

        _model.Pass(1_500);
        var dead = _model.Servers[3];
        _model.Crash(dead);
        Meta.Signal(new ServerLost(dead.Id, IsCertain: true));
        var rows = new List<MetaProtocol.TrackerRow>();
        var after = string.Empty;
        do
        {
            var page = Meta.Ask<MetaProtocol.TrackerPage>(new MetaProtocol.GetTracker(PathRef.Absolute("/t"), after, 2));
            rows.AddRange(page.Rows);
            after = page.Next;
        }
        while (after.Length > 0);
        Assert.Equal(27, rows.Count);
        Assert.Equal(rows.Select(r => r.Path).Order(StringComparer.Ordinal), rows.Select(r => r.Path));
        Assert.All(rows, r => Assert.Equal(r.Server != dead.Id, r.Alive));
        Assert.All(rows, r => Assert.EndsWith(ChunkFileName.RelativeDataPath(r.Chunk), r.ServerPath, StringComparison.Ordinal));
    }

    [Fact]
    public void S3_12_13_The_regular_check_finds_missing_copies_and_orders_source_and_destination()
    {
        var file = WrittenFile("/f");
        _model.Pass(1_000);
        Assert.Empty(_model.Copies);
        var gone = _model.ServerOf(file.Replicas[1].Server);
        _model.Crash(gone);
        _model.Pass(10_000);
        var copy = Assert.Single(_model.Copies.Take(1));
        Assert.Equal(file.Chunk, copy.Chunk);
        Assert.Contains(copy.Source.Server, file.Replicas.Select(r => r.Server).Where(s => s != gone.Id));
        Assert.DoesNotContain(copy.Destination.Server, file.Replicas.Select(r => r.Server));
        Assert.Equal(3, Live("/f").Count);
    }

    [Fact]
    public void S4_06_The_replicas_of_a_removed_file_are_deleted_from_every_server()
    {
        var file = WrittenFile("/f");
        _model.Pass(1_000);
        Meta.Ask<MetaProtocol.Done>(new MetaProtocol.Remove(PathRef.Absolute("/f")));
        _model.Pass(6_000);
        Assert.All(_model.Servers, s => Assert.False(s.Replicas.ContainsKey(file.Chunk)));
    }

    [Fact]
    public void S5_07_Three_replicas_stand_on_three_servers()
        => Assert.Equal(3, WrittenFile("/f").Replicas.Select(r => r.Endpoint).Distinct().Count());

    [Fact]
    public void S5_12_All_servers_are_listed_with_state_and_load()
    {
        WrittenFile("/f");
        _model.Pass(1_000);
        var servers = Meta.Cluster().Servers;
        Assert.Equal(Enumerable.Range(1, 7).Select(i => (uint)i), servers.Select(s => s.Server.Value));
        Assert.All(servers, s => Assert.Equal(ServerState.Alive, s.State));
        Assert.Equal(3, servers.Sum(s => s.ChunkCount));
    }

    [Fact]
    public void The_length_is_exact_once_the_primary_has_quiesced_and_inexact_again_before_its_next_acknowledgement()
    {
        var file = WrittenFile("/f");
        Assert.True(Meta.Status("/f").LengthIsExact);
        Assert.Equal(1, Meta.Status("/f").LengthBytes);
        _model.Write(Meta.Chunk("/f"));
        _model.Pass(500);
        Assert.False(Meta.Status("/f").LengthIsExact);
        Assert.Equal(2, _model.Acknowledged[file.Chunk].Count);
    }

    [Fact]
    public void Two_servers_of_three_lost_leave_the_file_writable_under_policy_replace()
    {
        var file = WrittenFile("/f");
        foreach (var server in file.Replicas.Skip(1).Select(r => _model.ServerOf(r.Server)).ToList())
        {
            _model.Crash(server);
        }

        // The writer goes on as the library does: opens, writes, and opens again while the chunk moves.
        for (var i = 0; i < 100 && _model.Acknowledged[file.Chunk].Count < 2; i++)
        {
            var asked = new MetaProtocol.OpenChunk(file.Chunk, file.Generation, file.Replicas[1].Server, DfsErrorCode.ConnectionRefused);
            if (Meta.Ask(asked) is MetaProtocol.ChunkReply open)
            {
                _model.Write(open.Chunk);
            }

            _model.Pass(100);
        }

        Assert.InRange(_model.Acknowledged[file.Chunk].Count, 2, 100);
    }

    [Fact]
    public void Policies_block_and_fail_leave_no_replica_out()
    {
        var blocked = WrittenFile("/block", new FileLayout(1 << 20, 3, OnReplicaDown: ReplicaDownPolicy.Block));
        var failing = WrittenFile("/fail", new FileLayout(1 << 20, 3, OnReplicaDown: ReplicaDownPolicy.Fail));
        var down = _model.ServerOf(blocked.Replicas[0].Server);
        _model.Servers.Where(s => s != down).ToList().ForEach(s => s.FreeBytes = 0);
        _model.Pass(1_000);
        _model.Crash(down);
        Meta.Signal(new ServerLost(down.Id, IsCertain: true));
        Assert.Equal(DfsErrorCode.ChunkRecovering, Meta.CodeOf(new MetaProtocol.OpenChunk(blocked.Chunk, Generation.Any, ServerId.None, DfsErrorCode.None)));
        if (failing.Replicas.Any(r => r.Server == down.Id))
        {
            Assert.Equal(DfsErrorCode.ReplicaDown, Meta.CodeOf(new MetaProtocol.OpenChunk(failing.Chunk, Generation.Any, ServerId.None, DfsErrorCode.None)));
        }

        _model.Restart(down);
        _model.Pass(2_000);
        Assert.Equal(DfsErrorCode.None, Meta.CodeOf(new MetaProtocol.OpenChunk(blocked.Chunk, Generation.Any, ServerId.None, DfsErrorCode.None)));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(0, true)]
    [InlineData(2, true)]
    public void S2_08_A_server_that_comes_back_with_an_older_state_of_a_chunk_under_write_is_brought_to_the_others(int position, bool metaToo)
    {
        var chunk = Meta.Create("/f", null, allocate: true).First!;
        _model.Write(chunk);
        _model.Pass(200);
        _model.Write(Meta.Chunk("/f"));
        _model.Write(Meta.Chunk("/f"));
        _model.Pass(200);
        var members = Meta.Chunk("/f").Replicas.Select(r => _model.ServerOf(r.Server)).ToList();
        var all = members[0].Replicas[chunk.Chunk].Operations.ToList();
        Assert.Equal(3, all.Count);

        // Down and up again before anybody counts it as dead; what was not on its disk is gone.
        var rolledBack = members[position];
        _model.Crash(rolledBack);
        rolledBack.Replicas[chunk.Chunk].Operations = [all[0]];
        if (metaToo)
        {
            _model.RestartMeta();
            _model.Pass(700);
        }

        _model.Restart(rolledBack);
        for (var i = 0; i < 400; i++)
        {
            _model.Pass(20);
            _model.CheckReads(chunk.Chunk);
        }

        Assert.Equal(3, Live("/f").Count);
        Assert.All(Live("/f"), s => Assert.Equal(all, _model.ServerOf(s).Replicas[chunk.Chunk].Operations));
    }

    private ChunkLocation WrittenFile(string path, FileLayout? layout = null)
    {
        var chunk = Meta.Create(path, layout, allocate: true).First!;
        _model.Write(chunk);
        _model.Pass(200);
        _model.Quiesce(chunk.Chunk);
        _model.Pass(200);
        return Meta.Chunk(path);
    }

    private List<ServerId> Live(string path)
        => [.. Meta.Chunk(path).Replicas.Where(r => r.State == ReplicaState.Live).Select(r => r.Server)];

    private ServerState StateOf(ServerModel server) => Meta.Cluster().Servers.Single(s => s.Server == server.Id).State;
}
