// Ask: a reply as a task, with time-out and cancellation; failures come out as exceptions.
using Akka.Actor;

namespace AkkaDfs.Engine.Specs.Actors;

public class AskSpec : EngineSpec
{
    private readonly IActorRef _server;

    public AskSpec()
        : base("akka.loggers = []") => _server = Sys.ActorOf(Props.Create(() => new Server()), "server");

    [Fact]
    public async Task The_reply_is_the_result()
    {
        Assert.Equal("pong", await _server.Ask<string>("ping", Patience));
        Assert.Equal("pong", await _server.Ask("ping", Patience));
        Assert.Equal("pong", await _server.Ask<string>("ping"));
        Assert.Equal("pong", await _server.Ask<string>("ping", CancellationToken.None));
    }

    [Fact]
    public async Task Without_a_reply_in_time_it_fails()
    {
        await Assert.ThrowsAsync<AskTimeoutException>(() => _server.Ask<string>("silence", TimeSpan.FromMilliseconds(20)));
        await Assert.ThrowsAsync<AskTimeoutException>(() => Sys.DeadLetters.Ask<string>("anybody?", TimeSpan.FromMilliseconds(20)));
    }

    [Fact]
    public async Task It_can_be_cancelled()
    {
        using var stop = new CancellationTokenSource();
        var question = _server.Ask<string>("silence", Timeout.InfiniteTimeSpan, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => question);
        Assert.True(question.IsCanceled);
    }

    [Fact]
    public async Task A_failure_as_reply_is_thrown()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => _server.Ask<string>("fail", Patience));
        Assert.Equal("asked to", failure.Message);
        var status = await _server.Ask<Status>("fail", Patience);
        Assert.IsType<Status.Failure>(status);
    }

    [Fact]
    public async Task A_reply_of_another_type_is_an_error() =>
        await Assert.ThrowsAnyAsync<Exception>(() => _server.Ask<int>("ping", Patience));

    [Fact]
    public async Task The_asker_is_a_reference_of_its_own_that_lives_for_one_reply()
    {
        var asker = await _server.Ask<IActorRef>("who", Patience);
        Assert.Equal("temp", asker.Path.Parent.Name);
        var dead = CreateTestProbe();
        Sys.EventStream.Subscribe(dead.Ref, typeof(Akka.Event.DeadLetter));
        asker.Tell("second reply", ActorRefs.NoSender);
        Assert.Equal("second reply", dead.ExpectMsg<Akka.Event.DeadLetter>().Message);
    }

    [Fact]
    public async Task The_question_may_contain_the_asker()
    {
        var reply = await _server.Ask<string>(asker => new Server.AnswerTo(asker, "to you"), Patience, CancellationToken.None);
        Assert.Equal("to you", reply);
    }

    [Fact]
    public async Task Many_questions_at_once_get_their_own_replies()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 2_000).Select(i => _server.Ask<int>(i, Patience)));
        Assert.Equal(Enumerable.Range(0, 2_000), replies);
    }

    [Fact]
    public async Task A_selection_can_be_asked() =>
        Assert.Equal("pong", await Sys.ActorSelection("/user/server").Ask<string>("ping", Patience));

    public sealed class Server : ReceiveActor
    {
        public Server()
        {
            Receive<int>(number => Sender.Tell(number));
            Receive<AnswerTo>(answer => answer.Asker.Tell(answer.Text));
            Receive<string>(text => text == "ping", _ => Sender.Tell("pong"));
            Receive<string>(text => text == "fail", _ => Sender.Tell(new Status.Failure(new InvalidOperationException("asked to"))));
            Receive<string>(text => text == "who", _ => Sender.Tell(Sender));
            Receive<string>(text => text == "silence", _ => { });
        }

        public sealed record AnswerTo(IActorRef Asker, string Text);
    }
}
