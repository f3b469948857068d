using Akka.Actor;
using Akka.Configuration;

namespace Akka.Embedded.Tests.Dispatch;

public class DispatcherTests() : SystemTest("""
    pinned { type = PinnedDispatcher, executor = fork-join-executor }
    forked { type = ForkJoinDispatcher, throughput = 3, dedicated-thread-pool { thread-count = 2 } }
    tasks { type = TaskDispatcher, throughput = 7 }
    channels { type = Dispatcher, executor = channel-executor }
    alias = forked
    fair { type = Dispatcher, throughput = 1 }
    nonsense { type = "No.Such.Type" }
    """)
{
    private static Props ThreadTeller => Does.With(static (m, context) =>
        context.Sender.Tell((Thread.CurrentThread.Name ?? string.Empty, Environment.CurrentManagedThreadId, Thread.CurrentThread.IsThreadPoolThread)));

    [Theory]
    [InlineData("pinned", false)]
    [InlineData("forked", false)]
    [InlineData("alias", false)]
    [InlineData("tasks", true)]
    [InlineData("channels", true)]
    [InlineData("akka.actor.default-dispatcher", true)]
    [InlineData("akka.actor.internal-dispatcher", true)]
    [InlineData("akka.actor.default-blocking-io-dispatcher", true)]
    public async Task Actors_run_where_the_configuration_says(string id, bool onThreadPool)
    {
        var actor = Sys.ActorOf(ThreadTeller.WithDispatcher(id));
        var (_, _, pooled) = await actor.Ask<(string, int, bool)>("where", Patience);
        Assert.Equal(onThreadPool, pooled);
    }

    [Fact]
    public async Task A_pinned_actor_has_a_thread_of_its_own_and_keeps_it()
    {
        var first = Sys.ActorOf(ThreadTeller.WithDispatcher("pinned"));
        var second = Sys.ActorOf(ThreadTeller.WithDispatcher("pinned"));
        var threads = new HashSet<int>();
        for (var i = 0; i < 10; i++)
            threads.Add((await first.Ask<(string, int Thread, bool)>(i, Patience)).Thread);
        var only = Assert.Single(threads);
        Assert.NotEqual(only, (await second.Ask<(string, int Thread, bool)>("x", Patience)).Thread);
    }

    [Fact]
    public void A_dispatcher_is_made_once_and_reads_its_section()
    {
        var forked = Sys.Dispatchers.Lookup("forked");
        Assert.Same(forked, Sys.Dispatchers.Lookup("forked"));
        Assert.Equal(3, forked.Throughput);
        Assert.Equal("forked", forked.Id);
        Assert.Equal(7, Sys.Dispatchers.Lookup("tasks").Throughput);
        Assert.Equal(30, Sys.Dispatchers.DefaultGlobalDispatcher.Throughput);
        Assert.True(Sys.Dispatchers.HasDispatcher("forked"));
        Assert.False(Sys.Dispatchers.HasDispatcher("nowhere"));
    }

    [Fact]
    public void A_dispatcher_that_is_not_configured_is_refused()
    {
        Assert.Throws<ConfigurationException>(() => Sys.Dispatchers.Lookup("nowhere"));
        Assert.Throws<ConfigurationException>(() => Sys.Dispatchers.Lookup("nonsense"));
        Assert.Throws<ConfigurationException>(() => Sys.ActorOf(ThreadTeller.WithDispatcher("nowhere"), "refused"));
        Sys.ActorOf(ThreadTeller, "refused");
    }

    [Fact]
    public async Task No_message_is_left_unscheduled()
    {
        // One message at a time from several threads, each after the last was answered: every one meets an idle mailbox.
        var echo = Sys.ActorOf(Does.With(static (m, context) => context.Sender.Tell(m)).WithDispatcher("fair"));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 20_000; i++)
                Assert.Equal(i, await echo.Ask<int>(i, Patience));
        })));
    }

    [Fact]
    public async Task Actors_that_keep_waking_each_other_do_not_keep_the_thread_pool_from_others()
    {
        for (var i = 0; i < Environment.ProcessorCount * 2; i++)
        {
            var one = Sys.ActorOf(Does.With(static (m, context) => context.Sender.Tell(m)));
            one.Tell("ball", Sys.ActorOf(Does.With(static (m, context) => context.Sender.Tell(m))));
        }

        for (var i = 0; i < 20; i++)
            await Task.Run(static () => { }).WaitAsync(Patience);
    }
}
