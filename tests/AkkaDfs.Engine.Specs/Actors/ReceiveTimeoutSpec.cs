// An actor that hears nothing for a time is told so.
using Akka.Actor;

namespace AkkaDfs.Engine.Specs.Actors;

public class ReceiveTimeoutSpec : EngineSpec
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    [Fact]
    public void Silence_is_told_again_and_again()
    {
        Sys.ActorOf(Props.Create(() => new Listener(TestActor, Short)));
        ExpectMsg("silence");
        ExpectMsg("silence");
    }

    [Fact]
    public void Messages_put_it_off()
    {
        var listener = Sys.ActorOf(Props.Create(() => new Listener(TestActor, TimeSpan.FromSeconds(2))));
        for (var i = 0; i < 50; i++)
        {
            listener.Tell("noise");
            ExpectMsg<string>(text => Assert.Equal("heard noise", text));
        }
    }

    [Fact]
    public void Some_messages_do_not_count()
    {
        var listener = Sys.ActorOf(Props.Create(() => new Listener(TestActor, Short)));
        var noise = Sys.Scheduler.ScheduleTellRepeatedlyCancelable(
            TimeSpan.Zero, TimeSpan.FromMilliseconds(10), listener, new Whisper(), ActorRefs.NoSender);
        ExpectMsg("silence");
        noise.Cancel();
    }

    [Fact]
    public void It_can_be_turned_off()
    {
        var listener = Sys.ActorOf(Props.Create(() => new Listener(TestActor, Short)));
        ExpectMsg("silence");
        listener.Tell("off");
        FishForMessage(message => message is "heard off", Patience);
        ExpectNoMsg(Glimpse);
    }

    [Fact]
    public void It_can_be_set_at_any_time()
    {
        var listener = Sys.ActorOf(Props.Create(() => new Listener(TestActor, null)));
        listener.Tell("on");
        ExpectMsg("heard on");
        ExpectMsg("silence");
    }

    public sealed class Whisper : INotInfluenceReceiveTimeout
    {
    }

    public sealed class Listener : ReceiveActor
    {
        public Listener(IActorRef log, TimeSpan? timeout)
        {
            Context.SetReceiveTimeout(timeout);
            Receive<ReceiveTimeout>(_ => log.Tell("silence"));
            Receive<Whisper>(_ => { });
            Receive<string>(text =>
            {
                if (text == "off")
                    Context.SetReceiveTimeout(null);
                if (text == "on")
                    Context.SetReceiveTimeout(Short);
                log.Tell($"heard {text}");
            });
        }
    }
}
