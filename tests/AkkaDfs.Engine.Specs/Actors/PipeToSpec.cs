// A task's outcome as a message.
using Akka.Actor;

namespace AkkaDfs.Engine.Specs.Actors;

public class PipeToSpec : EngineSpec
{
    private readonly TaskCompletionSource<int> _source = new();

    [Fact]
    public void Success_is_sent()
    {
        _ = _source.Task.PipeTo(TestActor);
        _source.SetResult(42);
        ExpectMsg(42);
    }

    [Fact]
    public void A_task_without_result_sends_what_success_makes()
    {
        _ = Task.CompletedTask.PipeTo(TestActor, success: () => "done");
        ExpectMsg("done");
    }

    [Fact]
    public void Failure_is_sent_as_Status_Failure()
    {
        _ = _source.Task.PipeTo(TestActor);
        _source.SetException(new InvalidOperationException("boom"));
        var failure = ExpectMsg<Status.Failure>();
        Assert.Contains("boom", failure.Cause.ToString());
    }

    [Fact]
    public void Both_outcomes_can_be_transformed()
    {
        _ = _source.Task.PipeTo(TestActor, success: value => $"got {value}", failure: cause => $"lost {cause.GetType().Name}");
        _source.SetResult(1);
        ExpectMsg("got 1");
        _ = Task.FromException<int>(new InvalidOperationException("boom")).PipeTo(TestActor, failure: cause => $"lost: {Root(cause).Message}");
        ExpectMsg("lost: boom");
    }

    [Fact]
    public void Cancellation_is_a_failure()
    {
        _ = _source.Task.PipeTo(TestActor);
        _source.SetCanceled();
        Assert.IsAssignableFrom<OperationCanceledException>(Root(ExpectMsg<Status.Failure>().Cause));
    }

    [Fact]
    public void The_sender_is_who_is_named()
    {
        var other = CreateTestProbe();
        _ = _source.Task.PipeTo(TestActor, other.Ref);
        _source.SetResult(1);
        ExpectMsgFrom(other.Ref, 1);
    }

    [Fact]
    public void An_actor_gets_the_outcome_in_its_own_turn()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Fetcher(_source.Task)));
        actor.Tell("fetch");
        actor.Tell("meanwhile");
        ExpectMsg("meanwhile: pending");
        _source.SetResult(7);
        ExpectMsg("fetched 7");
        actor.Tell("meanwhile");
        ExpectMsg("meanwhile: idle");
    }

    private static Exception Root(Exception cause) => cause is AggregateException { InnerException: { } inner } ? inner : cause;

    public sealed class Fetcher : ReceiveActor
    {
        private IActorRef? _asker;

        public Fetcher(Task<int> source)
        {
            Receive<string>(text => text == "fetch", fetch =>
            {
                _asker = Sender;
                _ = source.PipeTo(Self);
            });
            Receive<string>(_ => Sender.Tell(_asker is null ? "meanwhile: idle" : "meanwhile: pending"));
            Receive<int>(value =>
            {
                _asker!.Tell($"fetched {value}");
                _asker = null;
            });
        }
    }
}
