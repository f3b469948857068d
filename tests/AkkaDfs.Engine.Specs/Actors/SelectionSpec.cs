// Finding actors by path.
using Akka.Actor;

namespace AkkaDfs.Engine.Specs.Actors;

public class SelectionSpec : EngineSpec
{
    public SelectionSpec()
        : base("akka.loggers = []")
    {
        Sys.ActorOf(Props.Create(() => new Family(new[] { "a1", "a2", "b1" })), "family").Tell("born?", TestActor);
        ExpectMsg("born");
    }

    [Theory]
    [InlineData("/user/family/a1", "a1")]
    [InlineData("/user/family/a*", "a1 a2")]
    [InlineData("/user/family/?1", "a1 b1")]
    [InlineData("/user/family/*", "a1 a2 b1")]
    [InlineData("/user/*/b1", "b1")]
    [InlineData("/user/family/a1/../b1", "b1")]
    [InlineData("akka://test/user/family/a2", "a2")]
    public void A_path_selects(string path, string names)
    {
        Sys.ActorSelection(path).Tell("name", TestActor);
        var expected = names.Split(' ');
        Assert.Equal(expected, ReceiveN(expected.Length, Patience).Cast<string>().Order());
    }

    [Fact]
    public async Task Actors_select_relative_to_themselves()
    {
        var one = await Sys.ActorSelection("/user/family/a1").ResolveOne(Patience);
        one.Tell(new Child.Select("../b1"));
        ExpectMsg("b1");
        one.Tell(new Child.Select("/user/family/a2"));
        ExpectMsg("a2");
    }

    [Fact]
    public void Identify_tells_who_is_there()
    {
        Sys.ActorSelection("/user/family/a1").Tell(new Identify("question 1"), TestActor);
        var found = ExpectMsg<ActorIdentity>();
        Assert.Equal(("question 1", "a1"), (found.MessageId, found.Subject!.Path.Name));
    }

    [Theory]
    [InlineData("/user/family/nobody")]
    [InlineData("/user/nobody/at/all")]
    [InlineData("/user/family/a1/child")]
    public void Identify_tells_when_nobody_is_there(string path)
    {
        Sys.ActorSelection(path).Tell(new Identify("question 2"), TestActor);
        var found = ExpectMsg<ActorIdentity>();
        Assert.Equal(("question 2", null), (found.MessageId, found.Subject));
    }

    [Fact]
    public async Task ResolveOne_gives_the_reference_or_an_error()
    {
        var resolved = await Sys.ActorSelection("/user/family/a1").ResolveOne(Patience);
        resolved.Tell("name");
        ExpectMsg("a1");
        await Assert.ThrowsAsync<ActorNotFoundException>(() => Sys.ActorSelection("/user/family/nobody").ResolveOne(Patience));
    }

    [Fact]
    public void A_message_to_nobody_is_a_dead_letter()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Akka.Event.DeadLetter));
        Sys.ActorSelection("/user/family/nobody").Tell("hello?");
        var letter = ExpectMsg<Akka.Event.DeadLetter>();
        Assert.Equal("hello?", letter.Message is ActorSelectionMessage selection ? selection.Message : letter.Message);
    }

    [Fact]
    public void The_sender_stays_the_sender()
    {
        var probe = CreateTestProbe();
        Sys.ActorSelection("/user/family/a1").Tell("name", probe.Ref);
        probe.ExpectMsg("a1");
    }

    public sealed class Family : ReceiveActor
    {
        public Family(params string[] names)
        {
            foreach (var name in names)
                Context.ActorOf(Props.Create(() => new Child()), name);
            ReceiveAny(_ => Sender.Tell("born"));
        }
    }

    public sealed class Child : ReceiveActor
    {
        public Child()
        {
            Receive<string>(_ => Sender.Tell(Self.Path.Name));
            Receive<Select>(select => Context.ActorSelection(select.Path).Tell("name", Sender));
        }

        public sealed record Select(string Path);
    }
}
