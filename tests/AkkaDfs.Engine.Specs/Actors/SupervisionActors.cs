// Actors that supervision specs make fail.
using Akka.Actor;

namespace AkkaDfs.Engine.Specs.Actors;

/// <summary>Makes an actor throw this.</summary>
public sealed record Fail(Exception Cause);

/// <summary>Makes a parent start a child; answered with its reference.</summary>
public sealed record StartChild(Props Props, string Name);

/// <summary>A parent with a given strategy.</summary>
public sealed class Parent : ReceiveActor
{
    private readonly SupervisorStrategy? _strategy;

    public Parent(SupervisorStrategy? strategy)
    {
        _strategy = strategy;
        Receive<StartChild>(start => Sender.Tell(Context.ActorOf(start.Props, start.Name)));
        Receive<Fail>(fail => throw fail.Cause);
        Receive<string>(text => text == "children", _ => Sender.Tell(Context.GetChildren().Select(c => c.Path.Name).ToArray()));
    }

    public static Props PropsFor(SupervisorStrategy? strategy) => Props.Create(() => new Parent(strategy));

    protected override SupervisorStrategy SupervisorStrategy() => _strategy ?? base.SupervisorStrategy();
}

/// <summary>Counts, fails on request, and reports its life to a probe.</summary>
public sealed class Worker : ReceiveActor
{
    private readonly IActorRef _log;
    private readonly string _name;
    private int _count;

    public Worker(IActorRef log, string name)
    {
        _log = log;
        _name = name;
        Report("constructor");
        Receive<Fail>(fail => throw fail.Cause);
        Receive<ManualResetEventSlim>(gate => gate.Wait(TimeSpan.FromSeconds(15)));
        Receive<string>(text => text == "count", _ => Sender.Tell(++_count));
        Receive<string>(text => Sender.Tell($"{_name}:{text}"));
    }

    public static Props PropsFor(IActorRef log, string name = "worker") => Props.Create(() => new Worker(log, name));

    protected override void PreStart()
    {
        Report("PreStart");
        base.PreStart();
    }

    protected override void PostStop()
    {
        Report("PostStop");
        base.PostStop();
    }

    protected override void PreRestart(Exception reason, object message)
    {
        Report($"PreRestart {reason.Message}");
        base.PreRestart(reason, message);
    }

    protected override void PostRestart(Exception reason)
    {
        Report($"PostRestart {reason.Message}");
        base.PostRestart(reason);
    }

    private void Report(string what) => _log.Tell($"{_name} {what}");
}
