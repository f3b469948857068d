// Copies that are slow and copies that hang, in virtual time.

using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using AkkaDfs.Meta.Actors;
using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Actors;

public sealed class ReplicationSupervisorSpecs() : TestKit("""
    akka.loglevel = OFF
    akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
    akka.test { single-expect-default = 20s, default-timeout = 20s }
    """)
{
    private static readonly CopyPlan Plan = new(
        new ChunkId(5),
        new Generation(2),
        1024,
        new ReplicaLocation(new ServerId(1), new DataEndpoint("h", 1)),
        new ReplicaLocation(new ServerId(2), new DataEndpoint("h", 2)));

    private TestScheduler Clock => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void S4_09_A_slow_copy_lasts_as_long_as_it_comes_further_and_fails_when_it_stands_still()
    {
        var (meta, destination) = (CreateTestProbe(), CreateTestProbe());
        var copies = meta.ChildActorOf(ReplicationSupervisor.PropsFor(TimeSpan.FromSeconds(60)));
        copies.Tell(new MetaNodeProtocol.MakeCopy(Plan, new Epoch(1), CreateTestProbe(), destination), meta);
        destination.ExpectMsg<ServerProtocol.CopyReplica>();
        for (var bytes = 1; bytes <= 10; bytes++)
        {
            Clock.Advance(TimeSpan.FromSeconds(50));
            copies.Tell(new ServerProtocol.CopyProgress(Plan.Destination.Server, Plan.Chunk, Plan.Generation, bytes), destination);
            SeeThrough(copies);
        }

        Assert.False(meta.HasMessages);

        // What others say of that chunk is no progress.
        Clock.Advance(TimeSpan.FromSeconds(50));
        copies.Tell(new ServerProtocol.CopyProgress(new ServerId(3), Plan.Chunk, Plan.Generation, 11), destination);
        SeeThrough(copies);
        Clock.Advance(TimeSpan.FromSeconds(11));
        var outcome = meta.ExpectMsg<MetaNodeProtocol.CopyOutcome>();
        Assert.Equal((Plan, DfsErrorCode.CopyFailed), (outcome.Plan, outcome.Error!.Code));
    }

    // Everything that was sent to it before has been taken in.
    private void SeeThrough(IActorRef actor)
    {
        var probe = CreateTestProbe();
        actor.Tell(new Identify(null), probe);
        probe.ExpectMsg<ActorIdentity>();
    }
}
