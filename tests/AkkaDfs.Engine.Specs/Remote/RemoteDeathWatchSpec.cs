// Death watch across systems: Terminated comes exactly once, however the watched actor ended.
using Akka.Actor;
using Akka.TestKit;
using AkkaDfs.Engine.TestHost;

namespace AkkaDfs.Engine.Specs.Remote;

public class RemoteDeathWatchSpec : SystemsSpec
{
    private readonly ActorSystem _other;
    private readonly IActorRef _local;
    private readonly IActorRef _target;

    public RemoteDeathWatchSpec()
        : base(Impatient)
    {
        _other = StartSystem("other");
        _local = _other.ActorOf(Props.Create(() => new Echo()), "target");
        _target = Find(AddressOf(_other), "user/target");
    }

    [Fact]
    public void A_stopped_actor_is_told_of_once()
    {
        var probe = CreateTestProbe();
        probe.Watch(_target);
        AwaitAnswer(_target, CreateTestProbe());
        _other.Stop(_local);
        // Whether its existence is confirmed depends on whether the watch or the stop came first.
        Assert.False(probe.ExpectTerminated(_target, LongPatience).AddressTerminated);
        probe.ExpectNoMsg(Glimpse);
    }

    [Fact]
    public void All_watchers_are_told_and_those_who_stopped_watching_are_not()
    {
        var (first, second, fickle) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        first.Watch(_target);
        second.Watch(_target);
        fickle.Watch(_target);
        AwaitAnswer(_target, CreateTestProbe());
        fickle.Unwatch(_target);
        _other.Stop(_local);
        first.ExpectTerminated(_target, LongPatience);
        second.ExpectTerminated(_target, LongPatience);
        ExpectNothingBefore(fickle);
    }

    [Fact]
    public void An_actor_that_is_dead_already_is_told_of()
    {
        var watcher = CreateTestProbe();
        watcher.Watch(_target);
        _other.Stop(_local);
        watcher.ExpectTerminated(_target, LongPatience);
        var late = CreateTestProbe();
        late.Watch(_target);
        late.ExpectTerminated(_target, LongPatience);
        late.ExpectNoMsg(Glimpse);
    }

    [Fact]
    public void Watching_again_after_the_end_tells_again()
    {
        var probe = CreateTestProbe();
        probe.Watch(_target);
        probe.Unwatch(_target);
        probe.Watch(_target);
        _other.Stop(_local);
        probe.ExpectTerminated(_target, LongPatience);
        probe.Watch(_target);
        probe.ExpectTerminated(_target, LongPatience);
    }

    [Fact]
    public async Task The_end_of_a_system_ends_all_that_is_watched_there()
    {
        var others = Enumerable.Range(0, 5).Select(i => _other.ActorOf(Props.Create(() => new Echo()), "more" + i)).ToList();
        var targets = others.Select(actor => Find(AddressOf(_other), "user/" + actor.Path.Name)).Append(_target).ToList();
        var probes = targets.Select(target =>
        {
            var probe = CreateTestProbe();
            probe.Watch(target);
            return probe;
        }).ToList();
        AwaitAnswer(_target, CreateTestProbe());
        await _other.Terminate();
        for (var i = 0; i < targets.Count; i++)
        {
            probes[i].ExpectTerminated(targets[i], LongPatience);
            ExpectNothingBefore(probes[i]);
        }
    }

    [Fact]
    public void Both_may_watch_each_other()
    {
        var far = CreateTestProbe(_other);
        var near = CreateTestProbe();
        var nearSeenFromFar = Find(SelfAddress, near.Ref.Path.ToStringWithoutAddress().TrimStart('/'), _other);
        near.Watch(_target);
        far.Watch(nearSeenFromFar);
        AwaitAnswer(_target, CreateTestProbe());
        _other.Stop(_local);
        near.ExpectTerminated(_target, LongPatience);
        Sys.Stop(near.Ref);
        far.ExpectTerminated(nearSeenFromFar, LongPatience);
    }

    [Fact]
    public void An_address_where_nobody_ever_was_counts_as_dead_in_the_end()
    {
        var nobody = ((ExtendedActorSystem)Sys).Provider.ResolveActorRef("akka.tcp://gone@127.0.0.1:1/user/x#1");
        var probe = CreateTestProbe();
        probe.Watch(nobody);
        probe.ExpectTerminated(nobody, LongPatience);
        probe.ExpectNoMsg(Glimpse);
    }

    [Fact]
    public void A_watcher_gets_what_was_sent_before_the_end()
    {
        var probe = CreateTestProbe();
        var talker = _other.ActorOf(Props.Create(() => new LastWords()), "talker");
        var remote = Find(AddressOf(_other), "user/talker");
        probe.Watch(remote);
        AwaitAnswer(_target, CreateTestProbe());
        remote.Tell("speak", probe.Ref);
        for (var i = 0; i < 100; i++)
            probe.ExpectMsg(i, Patience);
        probe.ExpectTerminated(remote, LongPatience);
        Assert.NotNull(talker);
    }

    private sealed class LastWords : ReceiveActor
    {
        public LastWords() => ReceiveAny(_ =>
        {
            for (var i = 0; i < 100; i++)
                Sender.Tell(i);
            Context.Stop(Self);
        });
    }
}
