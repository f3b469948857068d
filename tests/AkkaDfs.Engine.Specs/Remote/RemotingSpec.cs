// Messages between systems: they arrive with their sender, in order, and whatever is wrong with one does no harm to the others.
using Akka.Actor;
using Akka.TestKit;
using AkkaDfs.Engine.TestHost;
using Google.Protobuf;

namespace AkkaDfs.Engine.Specs.Remote;

public class RemotingSpec : SystemsSpec
{
    private readonly ActorSystem _other;
    private readonly IActorRef _echo;

    public RemotingSpec()
    {
        _other = StartSystem("other");
        _other.ActorOf(Props.Create(() => new Echo()), "echo");
        _echo = Find(AddressOf(_other), "user/echo");
    }

    [Fact]
    public void A_message_comes_back_and_its_sender_has_the_other_systems_address()
    {
        _echo.Tell("hello", TestActor);
        ExpectMsg("hello", Patience);
        Assert.Equal(AddressOf(_other), LastSender.Path.Address);
        Assert.Equal("/user/echo", LastSender.Path.ToStringWithoutAddress());
        Assert.Equal(_echo, LastSender);
    }

    [Fact]
    public async Task Ask_works_across_systems_and_times_out_where_nobody_answers()
    {
        Assert.Equal(42, await _echo.Ask<int>(42, Patience));
        var silent = _other.ActorOf(Props.Create(() => new Counter()), "silent");
        var remote = Find(AddressOf(_other), "user/silent");
        await Assert.ThrowsAsync<AskTimeoutException>(() => remote.Ask<string>(new Numbered(), TimeSpan.FromMilliseconds(200)));
        Assert.NotEqual(silent.Path.Address, remote.Path.Address);
    }

    [Fact]
    public async Task Many_questions_at_once_each_get_their_own_answer()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 2_000).Select(i => _echo.Ask<Numbered>(new Numbered { Number = i }, LongPatience)));
        Assert.Equal(Enumerable.Range(0, 2_000).Select(i => (long)i), answers.Select(a => a.Number));
    }

    [Fact]
    public async Task Identify_tells_who_is_there_and_who_is_not()
    {
        var there = await Sys.ActorSelection(new RootActorPath(AddressOf(_other)) / "user" / "echo").Ask<ActorIdentity>(new Identify("id"), Patience);
        Assert.Equal("id", there.MessageId);
        Assert.Equal(_echo, there.Subject);
        var nobody = await Sys.ActorSelection(new RootActorPath(AddressOf(_other)) / "user" / "nobody").Ask<ActorIdentity>(new Identify(7), Patience);
        Assert.Equal(7, nobody.MessageId);
        Assert.Null(nobody.Subject);
        await Assert.ThrowsAsync<ActorNotFoundException>(() =>
            Sys.ActorSelection(new RootActorPath(AddressOf(_other)) / "user" / "nobody").ResolveOne(TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public void A_selection_with_a_wildcard_reaches_all_that_match()
    {
        for (var i = 0; i < 3; i++)
            _other.ActorOf(Props.Create(() => new Echo()), "many" + i);
        Sys.ActorSelection($"{AddressOf(_other)}/user/many*").Tell("hi", TestActor);
        for (var i = 0; i < 3; i++)
            ExpectMsg("hi", Patience);
        ExpectNoMsg(Glimpse);
    }

    [Fact]
    public void Order_holds_between_each_sender_and_the_receiver()
    {
        const int senders = 5, each = 4_000;
        _other.ActorOf(Props.Create(() => new Counter()), "counter");
        var counter = Find(AddressOf(_other), "user/counter");
        var actors = Enumerable.Range(0, senders)
            .Select(source => Sys.ActorOf(Props.Create(() => new Burst(counter, source, each)))).ToList();
        actors.ForEach(actor => actor.Tell("go"));
        AwaitAssert(
            () =>
            {
                var tally = counter.Ask<Tally>(new GetTally(), Patience).GetAwaiter().GetResult();
                Assert.Equal((senders * each, 0, 0), (tally.Count, tally.Duplicates, tally.OutOfOrder));
            },
            LongPatience, Often);
    }

    [Fact]
    public void A_forwarded_message_is_answered_to_the_first_sender_on_a_third_system()
    {
        var third = StartSystem("third");
        var probe = CreateTestProbe(third);
        var echo = _echo;
        Sys.ActorOf(Props.Create(() => new Relay(echo)), "relay");
        var relay = Find(SelfAddress, "user/relay", third);
        relay.Tell("around", probe.Ref);
        probe.ExpectMsg("around", Patience);
        Assert.Equal(AddressOf(_other), probe.LastSender.Path.Address);
    }

    [Fact]
    public void A_reference_inside_a_message_works_where_it_arrives()
    {
        var third = StartSystem("third");
        var probe = CreateTestProbe(third);
        var introduced = Find(AddressOf(third), probe.Ref.Path.ToStringWithoutAddress().TrimStart('/'));
        _echo.Tell(new Introduction(introduced), TestActor);
        var back = ExpectMsg<Introduction>(Patience).Actor;
        back.Tell("found you", TestActor);
        probe.ExpectMsg("found you", Patience);
        _echo.Tell(new Introduction(TestActor), TestActor);
        Assert.Equal(TestActor, ExpectMsg<Introduction>(Patience).Actor);
    }

    [Fact]
    public void Protobuf_messages_go_through_a_serializer_with_a_string_manifest()
    {
        var message = new Numbered { Source = 3, Number = long.MaxValue, Payload = ByteString.CopyFromUtf8("payload") };
        _echo.Tell(message, TestActor);
        var back = ExpectMsg<Numbered>(Patience);
        Assert.Equal(message, back);
        Assert.NotSame(message, back);
    }

    [Fact]
    public void A_message_that_cannot_be_read_is_dropped_and_the_others_arrive()
    {
        AwaitAnswer(_echo, CreateTestProbe());
        var complaints = ComplaintsOf(_other);
        _echo.Tell("before", TestActor);
        _echo.Tell(new Puzzle(), TestActor);
        _echo.Tell(new Fragment(), TestActor);
        _echo.Tell("after", TestActor);
        ExpectMsg("before", Patience);
        ExpectMsg("after", Patience);
        OneLineEach(complaints, 2);
    }

    [Fact]
    public void A_message_that_is_too_large_is_refused_by_the_sender_and_the_others_arrive()
    {
        var complaints = ComplaintsOf(Sys);
        _echo.Tell(new Numbered { Number = 1 }, TestActor);
        _echo.Tell(new Numbered { Number = 2, Payload = ByteString.CopyFrom(new byte[200_000]) }, TestActor);
        _echo.Tell(new Numbered { Number = 3, Payload = ByteString.CopyFrom(new byte[100_000]) }, TestActor);
        Assert.Equal(1, ExpectMsg<Numbered>(Patience).Number);
        Assert.Equal(3, ExpectMsg<Numbered>(Patience).Number);
        OneLineEach(complaints, 1);
    }

    // Warnings and errors that a system logs from now on.
    private TestProbe ComplaintsOf(ActorSystem system)
    {
        var probe = new TestProbe(system, Assertions, null);
        system.EventStream.Subscribe(probe.Ref, typeof(Akka.Event.Warning));
        system.EventStream.Subscribe(probe.Ref, typeof(Akka.Event.Error));
        return probe;
    }

    private static void OneLineEach(TestProbe complaints, int messages)
    {
        for (var i = 0; i < messages; i++)
            complaints.ExpectMsg<Akka.Event.LogEvent>(Patience);
        complaints.ExpectNoMsg(Glimpse);
    }

    [Fact]
    public async Task A_system_that_has_ended_leaves_the_others_in_peace_and_can_come_back_on_its_address()
    {
        var address = AddressOf(_other);
        await _other.Terminate();
        _echo.Tell("nobody there", TestActor);
        var again = StartSystem("other", $"{Impatient}\nakka.remote.dot-netty.tcp.port = {address.Port}");
        again.ActorOf(Props.Create(() => new Echo()), "echo");
        Assert.Equal(address, AddressOf(again));
        var back = Find(address, "user/echo");
        AwaitAnswer(back, CreateTestProbe());

        // The new actor has the old one's name, but is another one.
        Assert.NotEqual(_echo, back);
        _echo.Tell("for the dead", TestActor);
        var probe = CreateTestProbe();
        back.Tell("for the living", probe.Ref);
        probe.ExpectMsg("for the living", Patience);
        ExpectNoMsg(Glimpse);
    }

    [Fact]
    public void A_message_to_an_address_where_nobody_listens_becomes_a_dead_letter()
    {
        var probe = CreateTestProbe();
        Sys.EventStream.Subscribe(probe.Ref, typeof(Akka.Event.DeadLetter));
        var nobody = ((ExtendedActorSystem)Sys).Provider.ResolveActorRef("akka.tcp://gone@127.0.0.1:1/user/x");
        AwaitAssert(
            () =>
            {
                nobody.Tell("lost", TestActor);
                probe.FishForMessage<Akka.Event.DeadLetter>(letter => "lost".Equals(letter.Message), TimeSpan.FromSeconds(1));
            },
            LongPatience, Often);
    }

    private sealed class Burst : ReceiveActor
    {
        public Burst(IActorRef target, int source, int count) => Receive<string>(_ =>
        {
            for (var i = 0; i < count; i++)
                target.Tell(new Numbered { Source = source, Number = i });
        });
    }

    private sealed class Relay : ReceiveActor
    {
        public Relay(IActorRef target) => ReceiveAny(target.Forward);
    }
}
