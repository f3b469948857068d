// How requests find the acting meta: through the receptionist at first, straight to meta's proxy once it is known, and back.

using Akka.Actor;
using Akka.Cluster.Tools.Client;
using Akka.Remote;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using AkkaDfs.Client.Actors;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Tests.Actors;

public sealed class ClientActorSpecs : TestKit
{
    private static readonly MetaProtocol.GetStatus Request = new(PathRef.Absolute("/f"));

    private readonly TestProbe _contact;
    private readonly IActorRef _client;

    public ClientActorSpecs()
        : base("akka.test { single-expect-default = 20s, default-timeout = 20s }")
    {
        _contact = CreateTestProbe("contact");
        _client = Sys.ActorOf(ClientActor.PropsFor(Props.Create(() => new Relay(_contact))), "client");
    }

    [Fact]
    public void Before_meta_is_known_requests_go_through_the_receptionist_and_answers_to_the_asker()
    {
        ExpectSearch();
        _client.Tell(Request, TestActor);
        var sent = _contact.FishForMessage<ClusterClient.Send>(s => s.Message is MetaProtocol.Request);
        Assert.Equal("/user/meta", sent.Path);
        Assert.True(sent.LocalAffinity);
        Assert.Equal(Request, sent.Message);
        _contact.Reply(new MetaProtocol.Done());
        ExpectMsg<MetaProtocol.Done>();
    }

    [Fact]
    public void Once_meta_is_known_requests_go_straight_to_it()
    {
        var meta = FindMeta();
        _client.Tell(Request, TestActor);
        meta.ExpectMsg(Request);
        meta.Reply(new MetaProtocol.Done());
        ExpectMsg<MetaProtocol.Done>();
    }

    [Fact]
    public void When_meta_ends_the_search_begins_anew()
    {
        var meta = FindMeta();
        Sys.Stop(meta);
        var later = new MetaProtocol.GetStatus(PathRef.Absolute("/later"));

        // What comes before the end is noticed goes where the old one was.
        AwaitAssert(() =>
        {
            _client.Tell(later, TestActor);
            _contact.FishForMessage<ClusterClient.Send>(s => later.Equals(s.Message), TimeSpan.FromMilliseconds(200));
        });
        ExpectSearch();
    }

    [Fact]
    public void When_meta_is_silent_the_search_begins_anew_and_ends_at_the_new_one()
    {
        FindMeta();
        _client.Tell(ClientProtocol.MetaWasSilent.Instance);
        var other = CreateTestProbe("other");
        Answer(ExpectSearch(), other);
        AwaitAssert(() =>
        {
            _client.Tell(Request, TestActor);
            other.ExpectMsg(Request, TimeSpan.FromMilliseconds(100));
        });
    }

    [Fact]
    public void S5_09_When_the_connection_to_metas_node_breaks_the_search_begins_anew_with_a_new_contact()
    {
        var meta = FindMeta();
        Sys.EventStream.Publish(new DisassociatedEvent(meta.Ref.Path.Address, new Address("akka.tcp", "dfs", "elsewhere", 1), inbound: false));
        Sys.EventStream.Publish(new DisassociatedEvent(meta.Ref.Path.Address, meta.Ref.Path.Address, inbound: false));
        var other = CreateTestProbe("other");
        Answer(ExpectSearch(), other);
        AwaitAssert(() =>
        {
            _client.Tell(Request, TestActor);
            other.ExpectMsg(Request, TimeSpan.FromMilliseconds(100));
        });
    }

    private TestProbe FindMeta()
    {
        var meta = CreateTestProbe("meta");
        Answer(ExpectSearch(), meta);
        AwaitAssert(() =>
        {
            _client.Tell(Request, ActorRefs.NoSender);
            meta.ExpectMsg(Request, TimeSpan.FromMilliseconds(100));
        });
        return meta;
    }

    private IActorRef ExpectSearch()
    {
        _contact.FishForMessage<ClusterClient.Send>(s => s.Message is Identify && s.Path == "/user/meta");
        return _contact.LastSender;
    }

    private static void Answer(IActorRef searcher, TestProbe meta) => searcher.Tell(new ActorIdentity(null, meta), meta);

    private sealed class Relay : ReceiveActor
    {
        public Relay(IActorRef to) => ReceiveAny(to.Forward);
    }
}
