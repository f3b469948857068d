// Small actors that tests often need.
using Akka.Actor;

namespace Akka.TestKit.TestActors;

/// <summary>Takes everything and does nothing.</summary>
public class BlackHoleActor : ActorBase
{
    /// <summary>How to make one.</summary>
    public static Props Props { get; } = Props.Create<BlackHoleActor>();

    /// <inheritdoc/>
    protected override bool Receive(object message) => true;
}

/// <summary>Sends everything to the test actor, and back to the sender unless told otherwise.</summary>
public class EchoActor : ReceiveActor
{
    /// <param name="testkit">Whose test actor.</param>
    /// <param name="echoBackToSenderAsWell">If the sender gets it too.</param>
    public EchoActor(TestKitBase testkit, bool echoBackToSenderAsWell = true)
    {
        ReceiveAny(message =>
        {
            var sender = Sender;
            if (echoBackToSenderAsWell && !sender.Equals(testkit.TestActor))
                sender.Tell(message, Self);
            testkit.TestActor.Tell(message, sender);
        });
    }

    /// <summary>How to make one.</summary>
    public static Props Props(TestKitBase testkit, bool echoBackToSenderAsWell = true) =>
        Akka.Actor.Props.Create(() => new EchoActor(testkit, echoBackToSenderAsWell));
}

/// <summary>Sends everything back to its sender.</summary>
public class SimpleEchoActor : ReceiveActor
{
    /// <summary>Ready to echo.</summary>
    public SimpleEchoActor() => ReceiveAny(message => Sender.Tell(message, Self));

    /// <summary>How to make one.</summary>
    public static Props Props() => Akka.Actor.Props.Create(() => new SimpleEchoActor());
}

/// <summary>Forwards everything, with its original sender.</summary>
public class ForwardActor : ReceiveActor
{
    /// <param name="target">Who gets it.</param>
    public ForwardActor(IActorRef target) => ReceiveAny(target.Forward);

    /// <summary>How to make one.</summary>
    public static Props Props(IActorRef target) => Akka.Actor.Props.Create(() => new ForwardActor(target));
}

/// <summary>Handles nothing.</summary>
public class UnhandledMessageActor : ReceiveActor
{
    /// <summary>Handles nothing.</summary>
    public UnhandledMessageActor() => ReceiveAny(Unhandled);
}
