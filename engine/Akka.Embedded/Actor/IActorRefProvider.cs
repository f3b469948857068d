// The provider makes references and knows the hierarchy's fixed points: "/", "/user", "/system", "/temp", "/deadLetters".
using Akka.Actor.Internal;

namespace Akka.Actor;

/// <summary>Makes and resolves references.</summary>
public interface IActorRefProvider
{
    /// <summary>The top of the hierarchy, "/".</summary>
    IInternalActorRef RootGuardian { get; }

    /// <summary>"/user".</summary>
    LocalActorRef Guardian { get; }

    /// <summary>"/system".</summary>
    LocalActorRef SystemGuardian { get; }

    /// <summary>Takes what cannot be delivered.</summary>
    IActorRef DeadLetters { get; }

    /// <summary>Swallows everything, on every node.</summary>
    IActorRef IgnoreRef { get; }

    /// <summary>The path of "/".</summary>
    ActorPath RootPath { get; }

    /// <summary>The system's settings.</summary>
    Settings Settings { get; }

    /// <summary>What the configuration says about where actors run.</summary>
    Deployer Deployer { get; }

    /// <summary>"/temp": the parent of short-lived references such as those of Ask.</summary>
    IInternalActorRef TempContainer { get; }

    /// <summary>Ends when all actors of the system have ended.</summary>
    Task TerminationTask { get; }

    /// <summary>The system's own address.</summary>
    Address DefaultAddress { get; }

    /// <summary>What serializers need to know about this side.</summary>
    Serialization.Information SerializationInformation { get; }

    /// <summary>Starts the provider; the engine calls it once.</summary>
    void Init(ActorSystemImpl system);

    /// <summary>A fresh path under "/temp".</summary>
    ActorPath TempPath();

    /// <summary>Makes a reference findable under "/temp".</summary>
    void RegisterTempActor(IInternalActorRef actorRef, ActorPath path);

    /// <summary>Takes a reference out of "/temp".</summary>
    void UnregisterTempActor(ActorPath path);

    /// <summary>A reference that completes a task with the first message it gets.</summary>
    FutureActorRef<T> CreateFutureRef<T>(TaskCompletionSource<T> tcs);

    /// <summary>Starts an actor below a supervisor.</summary>
    IInternalActorRef ActorOf(
        ActorSystemImpl system, Props props, IInternalActorRef supervisor, ActorPath path, bool systemService, Deploy? deploy,
        bool lookupDeploy, bool async);

    /// <summary>The reference of a serialized path; dead letters if it cannot be read or there is no such local actor.</summary>
    IActorRef ResolveActorRef(string path);

    /// <summary>The reference of a path; dead letters if there is no such local actor.</summary>
    IActorRef ResolveActorRef(ActorPath actorPath);

    /// <summary>"/" of the system at an address.</summary>
    IActorRef RootGuardianAt(Address address);

    /// <summary>Under which of our addresses the system at <paramref name="address"/> can reach us; null if it cannot.</summary>
    Address? GetExternalAddressFor(Address address);
}
