// The MetaActor with a journal that confirms when the test says so, and probes in the place of clients and chunk servers.

using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using AkkaDfs.Meta.Actors;
using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Actors;

public sealed class MetaActorSpecs() : TestKit("akka.loglevel = OFF, akka.test { single-expect-default = 20s, default-timeout = 20s }")
{
    private static readonly MetaPolicy Policy = new()
    {
        DefaultLayout = new FileLayout(1024, 2, PlacementPolicy.LeastLoaded, AckPolicy.All, ReplicaDownPolicy.Replace),
        HeartbeatMs = 60_000,
        DeadAfterMs = 600_000,
        CheckIntervalMs = 200,
    };

    private readonly HeldJournal _journal = new();
    private readonly ManualResetEventSlim _logMayEnd = new();
    private int _logReads;
    private readonly System.Collections.Concurrent.ConcurrentQueue<DfsErrorCode> _steppedDown = new();

    [Fact]
    public void No_reply_leaves_before_the_journal_is_durable_and_commands_go_on_being_applied()
    {
        var (meta, client) = (StartMeta(), CreateTestProbe());
        _journal.IsHeld = true;
        meta.Tell(MakeDirectory("/a", 1), client);
        meta.Tell(MakeDirectory("/a/b", 2), client);
        meta.Tell(new MetaProtocol.GetStatus(PathRef.Absolute("/a/b")), client);
        AwaitCondition(() => _journal.Appended == 4);
        Assert.False(client.HasMessages);

        // The first becomes durable: it is answered, and what has seen the second still waits.
        _journal.Confirm(3);
        Assert.Equal(NodeKind.Directory, client.ExpectMsg<MetaProtocol.StatusReply>().Status.Kind);
        meta.Tell(new MetaProtocol.GetStatus(PathRef.Absolute("/none")), client);
        Assert.False(client.HasMessages);
        _journal.Confirm(4);
        client.ExpectMsg<MetaProtocol.StatusReply>();
        client.ExpectMsg<MetaProtocol.StatusReply>();
        Assert.Equal(DfsErrorCode.FileNotFound, client.ExpectMsg<MetaProtocol.Failed>().Error.Code);
    }

    [Fact]
    public void More_than_the_bound_that_waits_for_the_journal_is_answered_Busy_with_a_hint()
    {
        var (meta, client) = (StartMeta(maxPending: 3), CreateTestProbe());
        _journal.IsHeld = true;
        for (ulong i = 1; i <= 4; i++)
        {
            meta.Tell(MakeDirectory($"/d{i}", i), client);
        }

        var busy = client.ExpectMsg<MetaProtocol.Failed>().Error;
        Assert.Equal(DfsErrorCode.Busy, busy.Code);
        Assert.InRange(busy.RetryAfterMs, 1, 60_000);
        _journal.Confirm(_journal.Appended);
        client.ExpectMsg<MetaProtocol.StatusReply>();
        client.ExpectMsg<MetaProtocol.StatusReply>();
        client.ExpectMsg<MetaProtocol.StatusReply>();
    }

    [Fact]
    public void A_journal_that_fails_acknowledges_nothing_and_stops_the_answers()
    {
        var (meta, client) = (StartMeta(), CreateTestProbe());
        _journal.IsHeld = true;
        meta.Tell(MakeDirectory("/a", 1), client);
        AwaitCondition(() => _journal.Appended == 3);
        _journal.Fail();
        AwaitAssert(() =>
        {
            meta.Tell(new MetaProtocol.GetStatus(PathRef.Absolute("/")), client);
            Assert.Equal(DfsErrorCode.JournalUnwritable, client.ExpectMsg<MetaProtocol.Failed>().Error.Code);
        });
    }

    [Fact]
    public void S5_09_While_another_meta_may_act_nothing_is_answered_and_then_all_is_in_order()
    {
        var (meta, client) = (StartMeta(maxPending: 3), CreateTestProbe());
        _journal.IsConfirmed = false;
        meta.Tell(new MetaProtocol.GetStatus(PathRef.Absolute("/")), client);
        meta.Tell(MakeDirectory("/a", 1), client);
        meta.Tell(new MetaProtocol.GetStatus(PathRef.Absolute("/a")), client);
        meta.Tell(new MetaProtocol.GetStatus(PathRef.Absolute("/a")), client);

        // The bound holds for what waits for the confirmation, too; nothing else comes, although the change is durable.
        Assert.Equal(DfsErrorCode.Busy, client.ExpectMsg<MetaProtocol.Failed>().Error.Code);
        Assert.False(client.HasMessages);
        _journal.Confirm();
        Assert.Equal(InodeId.Root, client.ExpectMsg<MetaProtocol.StatusReply>().Status.Inode);
        client.ExpectMsg<MetaProtocol.StatusReply>();
        Assert.Equal(NodeKind.Directory, client.ExpectMsg<MetaProtocol.StatusReply>().Status.Kind);
    }

    [Fact]
    public void S5_09_A_heartbeat_grants_nothing_while_another_meta_may_act()
    {
        var meta = StartMeta();
        var server = CreateTestProbe();
        var (id, incarnation) = Join(meta, server, 1);
        _journal.IsConfirmed = false;
        server.Send(meta, Beat(id, incarnation, 1));
        meta.Tell(new MetaProtocol.GetCluster(), server);
        AwaitCondition(() => _journal.Asked > 0);
        Assert.False(server.HasMessages);
        _journal.Confirm();
        Assert.Equal(1, server.ExpectMsg<ServerProtocol.HeartbeatAck>().Number);
    }

    [Fact]
    public void S5_09_A_replaced_meta_says_nothing_of_what_it_has_applied_and_its_node_steps_down()
    {
        var (meta, client) = (StartMeta(), CreateTestProbe());
        _journal.IsHeld = true;
        meta.Tell(MakeDirectory("/a", 1), client);
        AwaitCondition(() => _journal.Appended == 3);
        _journal.Fail(DfsErrorCode.StaleEpoch);
        _journal.Confirm(3);
        AwaitAssert(() =>
        {
            meta.Tell(new MetaProtocol.GetStatus(PathRef.Absolute("/a")), client);
            Assert.Equal(DfsErrorCode.NotActingMeta, client.ExpectMsg<MetaProtocol.Failed>().Error.Code);
        });
        Assert.Equal([DfsErrorCode.StaleEpoch], _steppedDown);
        Assert.Equal(1, _journal.Opens);
    }

    [Fact]
    public void A_meta_whose_database_is_away_for_long_steps_down_and_tries_again()
    {
        var (meta, client) = (StartMeta(), CreateTestProbe());
        _journal.Fail(DfsErrorCode.JournalUnreachable);
        AwaitCondition(() => _journal.Opens == 2);
        Assert.Equal([DfsErrorCode.JournalUnreachable], _steppedDown);
        AwaitAssert(() =>
        {
            meta.Tell(new MetaProtocol.GetStatus(PathRef.Absolute("/")), client);
            client.ExpectMsg<MetaProtocol.StatusReply>();
        });
    }

    [Fact]
    public void S5_10_Who_asks_again_for_a_log_that_is_still_being_read_gets_the_answer_of_that_reading()
    {
        var (meta, client, other) = (StartMeta(), CreateTestProbe(), CreateTestProbe());
        meta.Tell(new MetaProtocol.GetLog("/", 0, 10), client);
        AwaitCondition(() => Volatile.Read(ref _logReads) == 1);
        meta.Tell(new MetaProtocol.GetLog("/", 0, 10) { DeadlineMs = 7 }, other);
        meta.Tell(new MetaProtocol.GetLog("/elsewhere", 0, 10), other);
        Assert.Equal(DfsErrorCode.Busy, other.ExpectMsg<MetaProtocol.Failed>().Error.Code);
        _logMayEnd.Set();
        client.ExpectMsg<MetaProtocol.LogPage>();
        other.ExpectMsg<MetaProtocol.LogPage>();
        Assert.Equal(1, _logReads);
    }

    [Fact]
    public void S1_06_A_server_registers_reports_and_is_granted_the_right_to_serve()
    {
        var meta = StartMeta();
        var server = CreateTestProbe();
        var (id, incarnation) = Join(meta, server, 1);
        server.Send(meta, Beat(id, incarnation, 1));
        var ack = server.ExpectMsg<ServerProtocol.HeartbeatAck>();
        Assert.Equal((1L, Policy.ServeMs, false, false), (ack.Number, ack.ServeMs, ack.WantFullReport, ack.MustRegister));
        server.Send(meta, Beat(id, Guid.NewGuid(), 2));
        Assert.True(server.ExpectMsg<ServerProtocol.HeartbeatAck>().MustRegister);
    }

    [Fact]
    public void S1_20_A_server_whose_actor_ends_is_down_at_once_and_source_and_destination_are_told_to_copy()
    {
        var (meta, client) = (StartMeta(), CreateTestProbe());
        var servers = Enumerable.Range(1, 3).Select(i => CreateTestProbe()).ToList();
        var ids = servers.Select((s, i) => Join(meta, s, i + 1)).ToList();
        meta.Tell(new MetaProtocol.CreateFile(PathRef.Absolute("/f"), MetaProtocol.Disposition.CreateNew, FileLayout.Default, AllocateFirst: true), client);
        var chunk = client.ExpectMsg<MetaProtocol.FileOpened>().First!;
        foreach (var (replica, position) in chunk.Replicas.Select((r, i) => (r, i)))
        {
            var at = ids.FindIndex(i => i.Id == replica.Server);
            var report = new ServerProtocol.ReplicaReport(chunk.Chunk, chunk.Generation, 1, 5, 0, (byte)position, 2, ServerProtocol.ReplicaFlags.None);
            servers[at].Send(meta, Beat(ids[at].Id, ids[at].Incarnation, 1, report));
            servers[at].ExpectMsg<ServerProtocol.HeartbeatAck>();
        }

        var lost = servers[ids.FindIndex(i => i.Id == chunk.Replicas[1].Server)];
        var source = servers[ids.FindIndex(i => i.Id == chunk.Replicas[0].Server)];
        var destination = servers.Single(s => s != lost && s != source);
        Sys.Stop(lost.Ref);
        Assert.Equal(chunk.Chunk, source.ExpectMsg<ServerProtocol.ServeCopy>().Chunk);
        var copy = destination.ExpectMsg<ServerProtocol.CopyReplica>();
        Assert.Equal((chunk.Chunk, chunk.Replicas[0].Server, new Epoch(1)), (copy.Chunk, copy.Source.Server, copy.Epoch));

        // The finished copy is taken into the chain under the next generation.
        var destinationId = ids[servers.IndexOf(destination)].Id;
        destination.Send(meta, new ServerProtocol.ReplicaCopied(destinationId, chunk.Chunk, copy.Generation, 1, 5, 5));
        var adopt = destination.ExpectMsg<ServerProtocol.AdoptGeneration>();
        Assert.Equal(new Generation(2), adopt.Generation);
        Assert.Equal([copy.Source.Server, destinationId], adopt.Chain.Select(r => r.Server));
        source.ExpectMsg<ServerProtocol.AdoptGeneration>();
    }

    private static MetaProtocol.MakeDirectory MakeDirectory(string path, ulong number)
        => new(PathRef.Absolute(path)) { Operation = new OperationId(MetaHarness.ClusterId, number) };

    private static ServerProtocol.Heartbeat Beat(ServerId id, Guid incarnation, long number, params ServerProtocol.ReplicaReport[] changed)
        => new(id, incarnation, number, changed, [], changed.Length, changed.Aggregate(0UL, (sum, r) => sum + ReportDigest.Of(r.Chunk, r.Generation)), 5, 1 << 20);

    private IActorRef StartMeta(int maxPending = 1_000)
    {
        var setup = new MetaSetup(Policy, "127.0.0.1:1", maxPending, () => 1, () => _journal, _ => Task.FromResult(false), TimeSpan.FromSeconds(30))
        {
            ReadLog = (_, _) =>
            {
                Interlocked.Increment(ref _logReads);
                _logMayEnd.Wait();
                return new MetaProtocol.LogPage([], false);
            },
            StepDown = error => _steppedDown.Enqueue(error.Code),
        };
        var meta = Sys.ActorOf(MetaActor.PropsFor(setup));
        var probe = CreateTestProbe();
        AwaitAssert(() =>
        {
            meta.Tell(new MetaProtocol.GetCluster(), probe);
            probe.ExpectMsg<MetaProtocol.ClusterReply>();
        });
        return meta;
    }

    private static (ServerId Id, Guid Incarnation) Join(IActorRef meta, TestProbe server, int number)
    {
        var incarnation = Guid.NewGuid();
        server.Send(meta, new ServerProtocol.Register(
            ServerId.None, Guid.Empty, incarnation, $"127.0.0.1:{number}", new DataEndpoint("127.0.0.1", number), ["/data"], 1 << 20, 1 << 20));
        var registered = server.ExpectMsg<ServerProtocol.Registered>();
        Assert.Equal(MetaHarness.ClusterId, registered.ClusterId);
        server.Send(meta, new ServerProtocol.ReportPage(registered.Server, incarnation, 0, true, []));
        return (registered.Server, incarnation);
    }

    /// <summary>A journal in memory that confirms at once, or when told.</summary>
    private sealed class HeldJournal : IMetaJournal
    {
        private long _appended;
        private IJournalListener _listener = null!;
        private volatile bool _isConfirmed = true;
        private int _asked;
        private int _opens;

        internal bool IsHeld { get; set; }

        /// <summary>How often the actor has found the journal unconfirmed.</summary>
        internal int Asked => Volatile.Read(ref _asked);

        internal int Opens => Volatile.Read(ref _opens);

        public bool IsConfirmed
        {
            get
            {
                if (!_isConfirmed)
                {
                    Interlocked.Increment(ref _asked);
                }

                return _isConfirmed;
            }
            internal set => _isConfirmed = value;
        }

        internal long Appended => Volatile.Read(ref _appended);

        public Result<JournalOpened> Open(Action<MetaEvent> replay, IJournalListener listener)
        {
            _listener = listener;
            Interlocked.Increment(ref _opens);
            replay(new ClusterFormed(MetaHarness.ClusterId, 0));
            replay(new EpochStarted(new Epoch(1), 0));
            _appended = 2;
            return new JournalOpened(new Epoch(1), 2, 0, true);
        }

        public long Append(IReadOnlyList<MetaEvent> transaction)
        {
            var position = Interlocked.Increment(ref _appended);
            if (!IsHeld)
            {
                _listener.Durable(position);
            }

            return position;
        }

        public void Dispose() => IsHeld = false;

        internal void Confirm(long position) => _listener.Durable(position);

        internal void Confirm()
        {
            _isConfirmed = true;
            _listener.Confirmed();
        }

        internal void Fail(DfsErrorCode code = DfsErrorCode.JournalUnwritable) => _listener.Failed(new DfsError(code, "the test says so"));
    }
}
