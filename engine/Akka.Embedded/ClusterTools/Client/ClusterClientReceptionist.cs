// The extension through which members offer actors to clients that are not members. Getting it starts the receptionist.
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster.Tools.Client;

/// <summary>Offers actors of this member to cluster clients.</summary>
public sealed class ClusterClientReceptionist : IExtension
{
    private readonly string? _role;
    private readonly Cluster _cluster;

    /// <summary>Made by the extension provider.</summary>
    public ClusterClientReceptionist(ExtendedActorSystem system)
    {
        _cluster = Cluster.Get(system);
        var section = system.Settings.Config.GetConfig("akka.cluster.client.receptionist") ?? Config.Empty;
        var settings = ClusterReceptionistSettings.Create(section);
        _role = settings.Role;
        Underlying = IsTerminated
            ? system.DeadLetters
            : system.SystemActorOf(
                Props.Create(() => new ReceptionistActor(settings)).WithDeploy(Deploy.Local), section.GetString("name"));
    }

    /// <summary>True when this member has no receptionist: the wrong role, or the member has left.</summary>
    public bool IsTerminated => _cluster.IsTerminated || (_role is not null && !_cluster.SelfRoles.Contains(_role));

    /// <summary>The receptionist.</summary>
    public IActorRef Underlying { get; }

    /// <summary>The reference configuration.</summary>
    public static Config DefaultConfig() => ConfigurationFactory.Default();

    /// <summary>The extension of a system.</summary>
    public static ClusterClientReceptionist Get(ActorSystem system)
        => system.WithExtension<ClusterClientReceptionist, ClusterClientReceptionistExtensionProvider>();

    /// <summary>Registers an actor under its path, for Send and SendToAll.</summary>
    public void RegisterService(IActorRef actorRef) => Underlying.Tell(new ServiceRegistry.Register(actorRef, null));

    /// <summary>Takes a registration back.</summary>
    public void UnregisterService(IActorRef actorRef) => Underlying.Tell(new ServiceRegistry.Unregister(actorRef, null));

    /// <summary>Registers an actor for a topic, for Publish.</summary>
    public void RegisterSubscriber(string topic, IActorRef actorRef) => Underlying.Tell(new ServiceRegistry.Register(actorRef, topic));

    /// <summary>Takes a registration back.</summary>
    public void UnregisterSubscriber(string topic, IActorRef actorRef) => Underlying.Tell(new ServiceRegistry.Unregister(actorRef, topic));
}

/// <summary>Makes <see cref="ClusterClientReceptionist"/>.</summary>
public sealed class ClusterClientReceptionistExtensionProvider : ExtensionIdProvider<ClusterClientReceptionist>
{
    /// <inheritdoc/>
    public override ClusterClientReceptionist CreateExtension(ExtendedActorSystem system) => new(system);
}
