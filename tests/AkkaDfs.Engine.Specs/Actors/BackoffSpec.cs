// Restarting with growing pauses.
using Akka.Actor;
using Akka.Pattern;
using Akka.TestKit;

namespace AkkaDfs.Engine.Specs.Actors;

public class BackoffSpec : EngineSpec
{
    private static readonly TimeSpan Min = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Max = TimeSpan.FromMilliseconds(100);

    private readonly TestProbe _life;

    public BackoffSpec()
        : base("akka.loggers = []") => _life = CreateTestProbe();

    [Fact]
    public async Task OnStop_starts_the_child_again()
    {
        var supervisor = Sys.ActorOf(BackoffSupervisor.Props(Backoff.OnStop(Worker.PropsFor(_life.Ref), "child", Min, Max, 0, -1)));
        Assert.Equal(["worker constructor", "worker PreStart"], _life.ReceiveN(2, Patience).Cast<string>());
        var first = await CurrentChild(supervisor);
        first.Tell(PoisonPill.Instance);
        Assert.Equal(["worker PostStop", "worker constructor", "worker PreStart"], _life.ReceiveN(3, Patience).Cast<string>());
        var second = await CurrentChild(supervisor);
        Assert.NotEqual(first, second);
        Assert.Equal("child", second.Path.Name);
    }

    [Fact]
    public async Task OnFailure_starts_the_child_again()
    {
        var supervisor = Sys.ActorOf(BackoffSupervisor.Props(Backoff.OnFailure(Worker.PropsFor(_life.Ref), "child", Min, Max, 0, -1)));
        var child = await CurrentChild(supervisor);
        child.Tell(new Fail(new InvalidOperationException("boom")));
        _life.FishForMessage<string>(text => text == "worker PostStop", Patience);
        Assert.Equal(["worker constructor", "worker PreStart"], _life.ReceiveN(2, Patience).Cast<string>());
    }

    [Fact]
    public async Task OnFailure_ends_with_a_child_that_stops()
    {
        var supervisor = Sys.ActorOf(BackoffSupervisor.Props(Backoff.OnFailure(Worker.PropsFor(_life.Ref), "child", Min, Max, 0, -1)));
        Watch(supervisor);
        (await CurrentChild(supervisor)).Tell(PoisonPill.Instance);
        ExpectTerminated(supervisor);
    }

    [Fact]
    public async Task Messages_are_forwarded_and_answers_come_from_the_supervisor()
    {
        var supervisor = Sys.ActorOf(BackoffSupervisor.Props(Backoff.OnStop(Worker.PropsFor(_life.Ref), "child", Min, Max, 0, -1)));
        await CurrentChild(supervisor);
        supervisor.Tell("hello");
        ExpectMsg("worker:hello");
    }

    [Fact]
    public async Task Restarts_are_counted_and_reset_after_good_behaviour()
    {
        var options = Backoff.OnStop(Worker.PropsFor(_life.Ref), "child", Min, Max, 0, -1).WithManualReset();
        var supervisor = Sys.ActorOf(BackoffSupervisor.Props(options));
        (await CurrentChild(supervisor)).Tell(PoisonPill.Instance);
        await AwaitAssertAsync(async () => Assert.Equal(1, await Restarts(supervisor)), Patience, Often);
        supervisor.Tell(BackoffSupervisor.Reset.Instance);
        await AwaitAssertAsync(async () => Assert.Equal(0, await Restarts(supervisor)), Patience, Often);
    }

    [Fact]
    public async Task Too_many_restarts_end_the_supervisor()
    {
        var options = Backoff.OnStop(Worker.PropsFor(_life.Ref), "child", Min, Max, 0, 2).WithManualReset();
        var supervisor = Sys.ActorOf(BackoffSupervisor.Props(options));
        Watch(supervisor);
        for (var i = 0; i < 3; i++)
        {
            await AwaitAssertAsync(async () => Assert.False((await CurrentChild(supervisor)).IsNobody()), Patience, Often);
            var child = await CurrentChild(supervisor);
            var probe = CreateTestProbe();
            probe.Watch(child);
            child.Tell(PoisonPill.Instance);
            probe.ExpectTerminated(child);
            if (i < 2)
                await AwaitAssertAsync(async () => Assert.NotEqual(child, await CurrentChild(supervisor)), Patience, Often);
        }

        ExpectTerminated(supervisor);
    }

    private static async Task<IActorRef> CurrentChild(IActorRef supervisor) =>
        (await supervisor.Ask<BackoffSupervisor.CurrentChild>(BackoffSupervisor.GetCurrentChild.Instance, Patience)).Ref ?? ActorRefs.Nobody;

    private static async Task<int> Restarts(IActorRef supervisor) =>
        (await supervisor.Ask<BackoffSupervisor.RestartCount>(BackoffSupervisor.GetRestartCount.Instance, Patience)).Count;
}
