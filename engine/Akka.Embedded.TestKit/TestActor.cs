// Messages that steer a test actor.
using Akka.Actor;
using Akka.Util;

namespace Akka.TestKit;

/// <summary>What can be told to a test actor beside the messages it is to queue.</summary>
public static class TestActor
{
    /// <summary>True for a message that the test does not want to see.</summary>
    public delegate bool Ignore(object message);

    /// <summary>Returned by an auto pilot to stop reacting.</summary>
    public static AutoPilot NoAutoPilot => Akka.TestKit.NoAutoPilot.Instance;

    /// <summary>Returned by an auto pilot to go on.</summary>
    public static AutoPilot KeepRunning => Akka.TestKit.KeepRunning.Instance;

    /// <summary>The last message before any came.</summary>
    public static NullMessageEnvelope NullMessage => NullMessageEnvelope.Instance;

    /// <summary>Sets which messages are dropped.</summary>
    public class SetIgnore : INoSerializationVerificationNeeded
    {
        /// <param name="ignore">True for what is dropped; null drops nothing.</param>
        public SetIgnore(Ignore? ignore) => Ignore = ignore;

        /// <summary>True for what is dropped; null drops nothing.</summary>
        public Ignore? Ignore { get; }
    }

    /// <summary>Watches an actor.</summary>
    public class Watch : INoSerializationVerificationNeeded
    {
        /// <param name="actorToWatch">Who.</param>
        public Watch(IActorRef actorToWatch) => Actor = actorToWatch;

        /// <summary>Who.</summary>
        public IActorRef Actor { get; }
    }

    /// <summary>Takes a watch back.</summary>
    public class Unwatch : INoSerializationVerificationNeeded
    {
        /// <param name="actorToUnwatch">Who.</param>
        public Unwatch(IActorRef actorToUnwatch) => Actor = actorToUnwatch;

        /// <summary>Who.</summary>
        public IActorRef Actor { get; }
    }

    /// <summary>Sets the auto pilot.</summary>
    public class SetAutoPilot : INoSerializationVerificationNeeded
    {
        /// <param name="autoPilot">Reacts to messages from now on.</param>
        public SetAutoPilot(AutoPilot autoPilot) => AutoPilot = autoPilot;

        /// <summary>Reacts to messages from now on.</summary>
        public AutoPilot AutoPilot { get; }
    }

    /// <summary>Makes a child of the test actor; answered with its reference.</summary>
    public class Spawn : INoSerializationVerificationNeeded
    {
        /// <summary>How to make it.</summary>
        public readonly Props _props;

        /// <summary>Its name, if given.</summary>
        public readonly Option<string> _name;

        /// <summary>How failures of it are treated, if given.</summary>
        public readonly Option<SupervisorStrategy> _supervisorStrategy;

        /// <param name="props">How to make it.</param>
        /// <param name="name">Its name, if given.</param>
        /// <param name="supervisorStrategy">How failures of it are treated, if given.</param>
        public Spawn(Props props, Option<string> name, Option<SupervisorStrategy> supervisorStrategy)
        {
            _props = props;
            _name = name;
            _supervisorStrategy = supervisorStrategy;
        }

        /// <summary>Makes it below <paramref name="context"/>.</summary>
        public IActorRef Apply(IActorRefFactory context) =>
            _name.HasValue ? context.ActorOf(_props, _name.Value) : context.ActorOf(_props);
    }
}
