// Dispatchers and mailboxes by configuration.
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace AkkaDfs.Engine.Specs.Dispatch;

public class DispatcherSpec : EngineSpec
{
    public DispatcherSpec()
        : base("""
            akka.loggers = []
            fork-join {
              type = ForkJoinDispatcher
              executor = fork-join-executor
              throughput = 5
              dedicated-thread-pool { thread-count = 2 }
            }
            pinned { type = PinnedDispatcher }
            disk { type = Dispatcher, executor = default-executor, throughput = 1 }
            tasks { type = TaskDispatcher, throughput = 7 }
            narrow {
              mailbox-type = "Akka.Dispatch.BoundedMailbox"
              mailbox-capacity = 2
              mailbox-push-timeout-time = 10ms
            }
            by-priority { mailbox-type = "AkkaDfs.Engine.Specs.Dispatch.DispatcherSpec+ByLength, AkkaDfs.Engine.Specs" }
            akka.actor.deployment {
              /deployed { dispatcher = pinned }
            }
            """)
    {
    }

    [Theory]
    [InlineData("fork-join")]
    [InlineData("pinned")]
    [InlineData("disk")]
    [InlineData("tasks")]
    [InlineData("akka.actor.default-dispatcher")]
    [InlineData("akka.actor.internal-dispatcher")]
    [InlineData("akka.actor.default-blocking-io-dispatcher")]
    public void Actors_run_on_the_dispatcher_they_are_given(string id)
    {
        var actor = Sys.ActorOf(Props.Create(() => new Where()).WithDispatcher(id));
        actor.Tell("dispatcher");
        ExpectMsg(id);
    }

    [Fact]
    public void Settings_are_read()
    {
        Assert.Equal(5, Sys.Dispatchers.Lookup("fork-join").Throughput);
        Assert.Equal(1, Sys.Dispatchers.Lookup("disk").Throughput);
        Assert.Equal(30, Sys.Dispatchers.DefaultGlobalDispatcher.Throughput);
        Assert.True(Sys.Dispatchers.HasDispatcher("disk"));
        Assert.False(Sys.Dispatchers.HasDispatcher("nowhere"));
        Assert.Same(Sys.Dispatchers.Lookup("disk"), Sys.Dispatchers.Lookup("disk"));
    }

    [Fact]
    public void A_pinned_actor_has_a_thread_of_its_own()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Where()).WithDispatcher("pinned"));
        for (var i = 0; i < 50; i++)
            actor.Tell("thread");
        Assert.Single(ReceiveN(50, Patience).Cast<int>().Distinct());
    }

    [Fact]
    public void A_fork_join_dispatcher_has_as_many_threads_as_configured()
    {
        var actors = Enumerable.Range(0, 20).Select(_ => Sys.ActorOf(Props.Create(() => new Where()).WithDispatcher("fork-join"))).ToList();
        for (var i = 0; i < 20; i++)
            actors.ForEach(actor => actor.Tell("thread"));
        Assert.InRange(ReceiveN(400, Patience).Cast<int>().Distinct().Count(), 1, 2);
    }

    [Fact]
    public void Deployment_settings_choose_by_path()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Where()), "deployed");
        actor.Tell("dispatcher");
        ExpectMsg("pinned");
    }

    [Fact]
    public void An_unknown_dispatcher_is_a_configuration_error() =>
        Assert.Throws<ConfigurationException>(() => Sys.ActorOf(Props.Create(() => new Where()).WithDispatcher("nowhere")));

    [Fact]
    public async Task Work_can_be_put_on_a_dispatcher()
    {
        var done = new TaskCompletionSource();
        Sys.Dispatchers.Lookup("disk").Schedule(done.SetResult);
        await done.Task.WaitAsync(Patience);
    }

    [Fact]
    public void What_a_bounded_mailbox_has_no_room_for_is_a_dead_letter()
    {
        var dead = CreateTestProbe();
        Sys.EventStream.Subscribe(dead.Ref, typeof(Akka.Event.DeadLetter));
        using var gate = new ManualResetEventSlim();
        var actor = Sys.ActorOf(Props.Create(() => new Where()).WithMailbox("narrow"));
        actor.Tell(gate);
        ExpectMsg("busy");
        foreach (var text in (string[])["1", "2", "3"])
            actor.Tell(text);
        dead.ExpectMsg<Akka.Event.DeadLetter>(letter => Equals(letter.Message, "3"));
        gate.Set();
        Assert.Equal(["1", "2"], ReceiveN(2, Patience).Cast<string>());
    }

    [Fact]
    public void A_priority_mailbox_gives_the_most_urgent_first()
    {
        using var gate = new ManualResetEventSlim();
        var actor = Sys.ActorOf(Props.Create(() => new Where()).WithMailbox("by-priority"));
        actor.Tell(gate);
        ExpectMsg("busy");
        foreach (var text in (string[])["333", "22", "1", "4444", "22"])
            actor.Tell(text);
        gate.Set();
        Assert.Equal(["1", "22", "22", "333", "4444"], ReceiveN(5, Patience).Cast<string>());
    }

    public sealed class ByLength : UnboundedPriorityMailbox
    {
        public ByLength(Settings settings, Config config)
            : base(settings, config)
        {
        }

        protected override int PriorityGenerator(object message) => message is string text ? text.Length : 0;
    }

    public sealed class Where : ReceiveActor
    {
        public Where()
        {
            Receive<ManualResetEventSlim>(gate =>
            {
                Sender.Tell("busy");
                gate.Wait(Patience);
            });
            Receive<string>(text => text == "dispatcher", _ => Sender.Tell(Context.Dispatcher.Id));
            Receive<string>(text => text == "thread", _ => Sender.Tell(Environment.CurrentManagedThreadId));
            Receive<string>(text => Sender.Tell(text));
        }
    }
}
