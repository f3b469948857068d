// More requests than meta can take: they are answered with Busy at once, nothing piles up, and all is served afterwards.

using Akka.Actor;
using Akka.TestKit.Xunit2;
using AkkaDfs.Meta.Actors;
using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Actors;

public sealed class MetaDoorSpecs() : TestKit("akka.loglevel = OFF, akka.test { single-expect-default = 20s, default-timeout = 20s }")
{
    private const int MaxPending = 100;
    private const int Flood = 20_000;

    private readonly StuckJournal _journal = new();

    [Fact]
    public void A_flood_is_answered_Busy_beyond_the_bound_and_everything_is_served_after_it()
    {
        var setup = new MetaSetup(new MetaPolicy(), "127.0.0.1:1", MaxPending, () => 1, () => _journal, _ => Task.FromResult(false), TimeSpan.FromSeconds(30));
        var (meta, client) = (Sys.ActorOf(MetaDoor.PropsFor(setup)), CreateTestProbe());
        AwaitAssert(() =>
        {
            meta.Tell(new MetaProtocol.GetCluster(), client);
            client.ExpectMsg<MetaProtocol.ClusterReply>();
        });

        // Meta stands still in the middle of a request.
        _journal.IsStuck.Reset();
        meta.Tell(new MetaProtocol.MakeDirectory(PathRef.Absolute("/a")), client);
        AwaitCondition(() => _journal.Waits == 1);
        for (var i = 0; i < Flood; i++)
        {
            meta.Tell(new MetaProtocol.GetStatus(PathRef.Absolute("/")), client);
        }

        for (var i = 0; i < Flood - MaxPending; i++)
        {
            var busy = client.ExpectMsg<MetaProtocol.Failed>().Error;
            Assert.Equal((DfsErrorCode.Busy, DfsAdvice.Retry), (busy.Code, busy.Advice));
            Assert.InRange(busy.RetryAfterMs, 1, 60_000);
        }

        Assert.False(client.HasMessages);
        _journal.IsStuck.Set();
        for (var served = 0; served < MaxPending + 1;)
        {
            if (client.ExpectMsg<MetaProtocol.Reply>() is MetaProtocol.Failed failed)
            {
                // The journal's bound is the same, and counts the one that was stuck, too: whoever is told so comes again.
                Assert.Equal(DfsErrorCode.Busy, failed.Error.Code);
                meta.Tell(new MetaProtocol.GetStatus(PathRef.Absolute("/")), client);
            }
            else
            {
                served++;
            }
        }

        // As many as before fit in again.
        for (var i = 0; i < MaxPending; i++)
        {
            meta.Tell(new MetaProtocol.GetStatus(PathRef.Absolute("/a")), client);
            client.ExpectMsg<MetaProtocol.StatusReply>();
        }
    }

    /// <summary>Everything is durable at once, when appending comes to an end.</summary>
    private sealed class StuckJournal : IMetaJournal
    {
        private IJournalListener _listener = null!;
        private long _appended = 2;
        private int _waits;

        internal ManualResetEventSlim IsStuck { get; } = new(true);

        internal int Waits => Volatile.Read(ref _waits);

        public bool IsConfirmed => true;

        public Result<JournalOpened> Open(Action<MetaEvent> replay, IJournalListener listener)
        {
            _listener = listener;
            replay(new ClusterFormed(MetaHarness.ClusterId, 0));
            replay(new EpochStarted(new Epoch(1), 0));
            return new JournalOpened(new Epoch(1), 2, 0, true);
        }

        public long Append(IReadOnlyList<MetaEvent> transaction)
        {
            if (!IsStuck.IsSet)
            {
                Interlocked.Increment(ref _waits);
                IsStuck.Wait();
            }

            _listener.Durable(++_appended);
            return _appended;
        }

        public void Dispose()
        {
        }
    }
}
