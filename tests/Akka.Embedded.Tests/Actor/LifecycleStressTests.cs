// Races of life and death: what must hold whatever the threads do. Sizes are chosen to end within a few seconds.
using Akka.Actor;
using Akka.Actor.Internal;

namespace Akka.Embedded.Tests.Actor;

public class LifecycleStressTests : SystemTest
{
    [Fact]
    public async Task A_watcher_hears_exactly_once_however_watch_and_stop_meet()
    {
        const int rounds = 2_000;
        var done = new TaskCompletionSource<Dictionary<IActorRef, int>>();
        var watched = new IActorRef[rounds];
        var watcher = Sys.ActorOf(Props.Create(() => new Watcher(rounds, done)));
        for (var i = 0; i < rounds; i++)
        {
            var victim = watched[i] = Sys.ActorOf(Does.With(static (_, _) => { }));
            if (i % 3 == 0)
                victim.Tell(PoisonPill.Instance);
            watcher.Tell(victim);
            if (i % 3 == 1)
                victim.Tell(PoisonPill.Instance);
            else if (i % 3 == 2)
                Sys.Stop(victim);
        }

        var heard = await done.Task.WaitAsync(Patience);
        Assert.All(watched, victim => Assert.Equal(1, heard[victim]));
        Assert.Equal(rounds, heard.Count);
    }

    [Fact]
    public async Task Every_message_is_either_processed_or_a_dead_letter()
    {
        const int rounds = 200, each = 200;
        var processed = 0;
        var dead = 0;
        var listener = Sys.ActorOf(Does.With((m, _) =>
        {
            if (m is Akka.Event.DeadLetter { Message: int })
                Interlocked.Increment(ref dead);
        }));
        Sys.EventStream.Subscribe(listener, typeof(Akka.Event.DeadLetter));
        for (var round = 0; round < rounds; round++)
        {
            var actor = Sys.ActorOf(Does.With((m, _) =>
            {
                if (m is int)
                    Interlocked.Increment(ref processed);
            }));
            var sending = Task.Run(() =>
            {
                for (var i = 0; i < each; i++)
                    actor.Tell(i, ActorRefs.NoSender);
            });
            Sys.Stop(actor);
            await sending;
        }

        await Eventually(() => Volatile.Read(ref processed) + Volatile.Read(ref dead) == rounds * each, "all accounted for");
    }

    [Fact]
    public async Task A_restart_keeps_the_mailbox_and_its_order()
    {
        const int messages = 20_000;
        var done = new TaskCompletionSource<List<int>>();
        var seen = new List<int>();
        var actor = Sys.ActorOf(Does.With((m, _) =>
        {
            var number = (int)m;
            seen.Add(number);
            if (number == messages - 1)
                done.SetResult(seen);
            if (number % 100 == 0)
                throw new InvalidOperationException("on purpose");
        }));
        for (var i = 0; i < messages; i++)
            actor.Tell(i);
        Assert.Equal(Enumerable.Range(0, messages), await done.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task Asks_leave_nothing_behind_whether_answered_timed_out_or_cancelled()
    {
        var silent = Sys.ActorOf(Does.With(static (m, context) =>
        {
            // Asking for the path makes the reference known under "/temp".
            _ = context.Sender.Path;
            if (m is "answer")
                context.Sender.Tell("here");
        }));
        using var cancel = new CancellationTokenSource();
        var asks = new List<Task>();
        for (var i = 0; i < 200; i++)
        {
            asks.Add(silent.Ask<string>("answer", Patience));
            asks.Add(silent.Ask<string>("silence", TimeSpan.FromMilliseconds(20)));
            asks.Add(silent.Ask<string>("silence", Patience, cancel.Token));
            asks.Add(silent.Ask<int>("answer", Patience));
        }

        await cancel.CancelAsync();
        await Task.WhenAll(asks).ContinueWith(static _ => { }, TaskScheduler.Default).WaitAsync(Patience);
        Assert.Equal(200, asks.Count(t => t.IsCompletedSuccessfully));
        Assert.Equal(200, asks.Count(t => t.Exception?.InnerException is AskTimeoutException));
        Assert.Equal(200, asks.Count(t => t.IsCanceled));
        Assert.Equal(200, asks.Count(t => t.Exception?.InnerException is ArgumentException));
        var temp = (VirtualPathContainer)((ActorSystemImpl)Sys).Provider.TempContainer;
        await Eventually(() => temp.Count == 0, "nothing left under /temp");
    }

    [Fact]
    public async Task Asynchronous_handlers_run_alone_and_in_order_and_failures_restart_the_actor()
    {
        const int messages = 2_000;
        var log = new List<int>();
        var inside = 0;
        var done = new TaskCompletionSource();
        var actor = Sys.ActorOf(Props.Create(() => new AsyncActor(log, () => Interlocked.Exchange(ref inside, 1), () => Interlocked.Exchange(ref inside, 0), messages, done)));
        for (var i = 0; i < messages; i++)
            actor.Tell(i);
        await done.Task.WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(0, messages), log);
    }

    [Fact]
    public async Task Stopping_a_deep_and_wide_tree_stops_everybody_and_children_before_parents()
    {
        var order = new List<string>();
        var root = Sys.ActorOf(Props.Create(() => new Node(4, 6, order)));
        await root.Ask<string>("ready?", Patience);
        Assert.True(await root.GracefulStop(Patience));
        lock (order)
        {
            Assert.Equal(1 + 6 + 36 + 216 + 1296, order.Count);
            var at = order.Select((path, i) => (path, i)).ToDictionary(x => x.path, x => x.i);
            foreach (var (path, i) in at)
            {
                var parent = path[..path.LastIndexOf('/')];
                Assert.True(!at.TryGetValue(parent, out var j) || i < j, $"{path} stopped after its parent");
            }
        }
    }

    [Fact]
    public async Task What_is_left_of_an_asynchronous_handler_when_its_actor_ends_runs_to_its_end_outside_of_the_actor()
    {
        var go = new TaskCompletionSource();
        var left = new TaskCompletionSource<string>();
        var started = new TaskCompletionSource();
        var actor = Sys.ActorOf(Props.Create(() => new Lingering(started, go.Task, left)));
        actor.Tell("begin");
        await started.Task.WaitAsync(Patience);
        Sys.Stop(actor);
        Assert.True(await actor.WatchAsync().WaitAsync(Patience));
        go.SetResult();
        Assert.Equal("outside", await left.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_timer_started_in_the_last_hook_does_not_outlive_its_actor()
    {
        var letters = 0;
        Sys.EventStream.Subscribe(
            Sys.ActorOf(Does.With((_, _) => Interlocked.Increment(ref letters))), typeof(Akka.Event.SuppressedDeadLetter));
        var actor = Sys.ActorOf(Props.Create(() => new LateTimer()));
        Assert.True(await actor.GracefulStop(Patience));
        var before = Volatile.Read(ref letters);
        var passed = new TaskCompletionSource();
        Sys.Scheduler.Advanced.ScheduleOnce(TimeSpan.FromMilliseconds(100), passed.SetResult);
        await passed.Task.WaitAsync(Patience);

        // One may have been under way when the timer was cancelled; a timer that still ran would have left about a hundred.
        Assert.InRange(Volatile.Read(ref letters) - before, 0, 2);
    }

    private sealed class Lingering : ReceiveActor
    {
        public Lingering(TaskCompletionSource started, Task go, TaskCompletionSource<string> left) => ReceiveAsync<string>(async _ =>
        {
            try
            {
                started.SetResult();
                await go;
            }
            finally
            {
                left.SetResult(InternalCurrentActorCellKeeper.Current is null ? "outside" : "inside");
            }
        });
    }

    private sealed class LateTimer : UntypedActor, IWithTimers
    {
        public ITimerScheduler Timers { get; set; } = null!;

        protected override void OnReceive(object message)
        {
        }

        protected override void PostStop() => Timers.StartPeriodicTimer("late", "late", TimeSpan.FromMilliseconds(1));
    }

    private sealed class Watcher(int expected, TaskCompletionSource<Dictionary<IActorRef, int>> done) : UntypedActor
    {
        private readonly Dictionary<IActorRef, int> _heard = [];

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case IActorRef subject:
                    Context.Watch(subject);
                    break;
                case Terminated terminated:
                    _heard[terminated.ActorRef] = _heard.GetValueOrDefault(terminated.ActorRef) + 1;
                    if (_heard.Count == expected)
                        Self.Tell("settled");
                    break;
                default:
                    done.TrySetResult(_heard);
                    break;
            }
        }
    }

    private sealed class AsyncActor : ReceiveActor
    {
        public AsyncActor(List<int> log, Func<int> enter, Func<int> leave, int messages, TaskCompletionSource done) =>
            ReceiveAsync<int>(async number =>
            {
                Assert.Equal(0, enter());
                var (self, sender) = (Self, Sender);
                if (number % 2 == 0)
                    await Task.Yield();
                if (number % 7 == 0)
                    await Task.Run(static () => { });
                Assert.Equal(self, Self);
                Assert.Equal(sender, Sender);
                log.Add(number);
                leave();
                if (number == messages - 1)
                    done.SetResult();
                if (number % 50 == 0)
                    throw new InvalidOperationException("on purpose");
            });
    }

    private sealed class Node : UntypedActor
    {
        private readonly List<string> _order;

        public Node(int depth, int width, List<string> order)
        {
            _order = order;
            for (var i = 0; depth > 0 && i < width; i++)
                Context.ActorOf(Props.Create(() => new Node(depth - 1, width, order)), "n" + i);
        }

        protected override void OnReceive(object message) => Sender.Tell("yes");

        protected override void PostStop()
        {
            lock (_order)
                _order.Add(Self.Path.ToStringWithoutAddress());
        }
    }
}
