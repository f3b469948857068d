// Publishing to whoever subscribed to the type.
using Akka.Actor;
using Akka.Event;

namespace AkkaDfs.Engine.Specs.Events;

public class EventStreamSpec : EngineSpec
{
    public record Animal(string Name);

    public sealed record Dog(string Name) : Animal(Name), IPet;

    public sealed record Wolf(string Name) : Animal(Name);

    public interface IPet
    {
    }

    [Fact]
    public void Subscribers_of_a_type_get_its_subtypes_too()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Animal));
        Sys.EventStream.Publish(new Dog("rex"));
        Sys.EventStream.Publish(new Wolf("grey"));
        Sys.EventStream.Publish("not an animal");
        Sys.EventStream.Publish(new Animal("any"));
        Assert.Equal(["rex", "grey", "any"], ReceiveN(3, Patience).Cast<Animal>().Select(a => a.Name));
    }

    [Fact]
    public void Interfaces_can_be_subscribed_to()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(IPet));
        Sys.EventStream.Publish(new Wolf("grey"));
        Sys.EventStream.Publish(new Dog("rex"));
        ExpectMsg(new Dog("rex"));
    }

    [Fact]
    public void Several_subscriptions_of_one_subscriber_give_one_message()
    {
        var probe = CreateTestProbe();
        Assert.True(Sys.EventStream.Subscribe(probe.Ref, typeof(Animal)));
        Assert.True(Sys.EventStream.Subscribe(probe.Ref, typeof(IPet)));
        Sys.EventStream.Publish(new Dog("rex"));
        probe.ExpectMsg(new Dog("rex"));
        ExpectNothingBefore(probe);
    }

    [Fact]
    public void Unsubscribed_is_unsubscribed()
    {
        var probe = CreateTestProbe();
        Sys.EventStream.Subscribe(probe.Ref, typeof(Animal));
        Assert.True(Sys.EventStream.Unsubscribe(probe.Ref, typeof(Animal)));
        Sys.EventStream.Publish(new Dog("rex"));
        ExpectNothingBefore(probe);
        Sys.EventStream.Subscribe(probe.Ref, typeof(Dog));
        Sys.EventStream.Subscribe(probe.Ref, typeof(Wolf));
        Assert.True(Sys.EventStream.Unsubscribe(probe.Ref));
        Sys.EventStream.Publish(new Dog("rex"));
        ExpectNothingBefore(probe);
    }

    [Fact]
    public void Ended_subscribers_are_forgotten()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Listener()));
        Sys.EventStream.Subscribe(actor, typeof(Animal));
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor);
        AwaitAssert(() => Assert.False(Sys.EventStream.Unsubscribe(actor, typeof(Animal))), Patience, Often);
    }

    [Fact]
    public void Order_holds_per_publisher()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Animal));
        for (var i = 0; i < 1_000; i++)
            Sys.EventStream.Publish(new Animal(i.ToString()));
        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => i.ToString()), ReceiveN(1_000, Patience).Cast<Animal>().Select(a => a.Name));
    }

    public sealed class Listener : ReceiveActor
    {
        public Listener() => ReceiveAny(_ => { });
    }
}
