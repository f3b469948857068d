// Logging from actors, and how tests look into it.
using Akka.Actor;
using Akka.Event;

namespace AkkaDfs.Engine.Specs.Events;

public class LoggingSpec : EngineSpec
{
    public LoggingSpec()
        : base("akka.loglevel = DEBUG")
    {
    }

    [Fact]
    public void Levels_and_arguments_come_through()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(LogEvent));
        var log = Logging.GetLogger(Sys, "my-source");
        EventFilter.Custom(e => e.LogSource.StartsWith("my-source")).Mute(() =>
        {
            log.Debug("d {0}", 1);
            log.Info("i {0} {1}", 1, "two");
            log.Warning("w");
            log.Error(new InvalidOperationException("boom"), "e {0}", 1.5);
        });
        var events = new List<LogEvent>();
        FishForMessage<LogEvent>(e =>
        {
            if (e.LogSource.StartsWith("my-source"))
                events.Add(e);
            return events.Count == 4;
        }, Patience);
        Assert.Equal(
            ["DebugLevel d 1", "InfoLevel i 1 two", "WarningLevel w", "ErrorLevel e 1.5"],
            events.Select(e => $"{e.LogLevel()} {e.Message}"));
        Assert.Equal("boom", events[3].Cause!.Message);
    }

    [Fact]
    public void Actors_log_under_their_path()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Talker()), "talker");
        EventFilter.Info(message: "hello", source: actor.Path.ToString()).ExpectOne(() => actor.Tell("hello"));
        EventFilter.Info(start: "hel").ExpectOne(() => actor.Tell("hello"));
        EventFilter.Info(contains: "ell").ExpectOne(() => actor.Tell("hello"));
        EventFilter.Info(new System.Text.RegularExpressions.Regex("^h.*o$")).ExpectOne(() => actor.Tell("hello"));
    }

    [Fact]
    public void A_failing_actor_logs_its_failure()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Talker()));
        EventFilter.Exception<InvalidOperationException>(message: "boom").ExpectOne(() =>
            actor.Tell(new InvalidOperationException("boom")));
        EventFilter.Exception<ArithmeticException>().And.Exception<InvalidOperationException>().Expect(2, () =>
        {
            actor.Tell(new InvalidOperationException("boom"));
            actor.Tell(new ArithmeticException("bang"));
        });
    }

    [Fact]
    public async Task The_filter_works_asynchronously()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Talker()));
        var result = await EventFilter.Info(message: "hello").ExpectAsync(3, async () =>
        {
            for (var i = 0; i < 3; i++)
            {
                actor.Tell("hello");
                await Task.Yield();
            }

            return 42;
        });
        Assert.Equal(42, result);
    }

    [Fact]
    public void Too_few_and_too_many_events_fail_the_test()
    {
        var log = Logging.GetLogger(Sys, "counted");
        Assert.ThrowsAny<Exception>(() => EventFilter.Warning(message: "w").ExpectOne(TimeSpan.FromMilliseconds(50), () => { }));
        Assert.ThrowsAny<Exception>(() => EventFilter.Warning(message: "w").Expect(0, () =>
        {
            log.Warning("w");
            AwaitLogged(log, "after");
        }));
        EventFilter.Warning(message: "w").Mute(() => log.Warning("w"));
    }

    [Fact]
    public void Levels_below_the_configured_one_are_not_even_formatted()
    {
        var quiet = ActorSystem.Create("quiet", "akka.loglevel = WARNING\nakka.loggers = []\nakka.stdout-loglevel = OFF");
        var log = Logging.GetLogger(quiet, "quiet");
        Assert.False(log.IsDebugEnabled);
        Assert.False(log.IsInfoEnabled);
        Assert.True(log.IsWarningEnabled);
        Assert.True(log.IsErrorEnabled);
        log.Info("{0}", new Unformattable());
        Shutdown(quiet);
    }

    [Fact]
    public void Unhandled_messages_can_be_logged()
    {
        var system = ActorSystem.Create("curious", Akka.Configuration.ConfigurationFactory.ParseString(
            "akka.loglevel = DEBUG\nakka.stdout-loglevel = OFF\nakka.actor.debug.unhandled = on\nakka.test.filter-leeway = 15s")
            .WithFallback(DefaultConfig));
        system.EventStream.Subscribe(TestActor, typeof(Debug));
        system.ActorOf(Props.Create(() => new Talker())).Tell(1.5);
        FishForMessage<Debug>(e => e.Message.ToString()!.Contains("1.5") && e.Message.ToString()!.Contains("nhandled"), Patience);
        Shutdown(system);
    }

    private void AwaitLogged(ILoggingAdapter log, string text) => EventFilter.Error(message: text).ExpectOne(() => log.Error(text));

    public sealed class Unformattable
    {
        public override string ToString() => throw new InvalidOperationException("must not be formatted");
    }

    public sealed class Talker : ReceiveActor
    {
        public Talker()
        {
            var log = Context.GetLogger();
            Receive<string>(text => log.Info(text));
            Receive<Exception>(cause => throw cause);
        }
    }
}
