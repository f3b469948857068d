// Stopping an actor and waiting for its end.
using Akka.Actor;

namespace AkkaDfs.Engine.Specs.Actors;

public class GracefulStopSpec : EngineSpec
{
    [Fact]
    public async Task True_when_the_actor_has_ended()
    {
        var actor = Sys.ActorOf(Worker.PropsFor(TestActor));
        Assert.True(await actor.GracefulStop(Patience));
        Assert.Equal(["worker constructor", "worker PreStart", "worker PostStop"], ReceiveN(3, Patience).Cast<string>());
    }

    [Fact]
    public async Task It_can_be_asked_in_ones_own_words()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Polite(TestActor)));
        Assert.True(await actor.GracefulStop(Patience, "please end"));
        ExpectMsg("asked to end");
    }

    [Fact]
    public async Task False_when_the_actor_takes_too_long()
    {
        using var gate = new ManualResetEventSlim();
        var actor = Sys.ActorOf(Worker.PropsFor(TestActor));
        actor.Tell(gate);
        Assert.False(await actor.GracefulStop(TimeSpan.FromMilliseconds(20)));
        gate.Set();
        Watch(actor);
        FishForMessage(message => message is Terminated, Patience);
    }

    [Fact]
    public async Task A_dead_actor_is_stopped_already()
    {
        var actor = Sys.ActorOf(Worker.PropsFor(TestActor));
        Assert.True(await actor.GracefulStop(Patience));
        Assert.True(await actor.GracefulStop(Patience));
    }

    public sealed class Polite : ReceiveActor
    {
        public Polite(IActorRef log) => Receive<string>(_ =>
        {
            log.Tell("asked to end");
            Context.Stop(Self);
        });
    }
}
