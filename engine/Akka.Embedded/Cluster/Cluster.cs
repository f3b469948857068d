// Membership of this node, as the rest of the process sees it. Commands go to the cluster's actors; what those know is published here as one
// snapshot, which any thread may read.
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Embedded;
using Akka.Event;
using Akka.Remote;

namespace Akka.Cluster;

/// <summary>Finds <see cref="Cluster"/>.</summary>
public class ClusterExtension : ExtensionIdProvider<Cluster>
{
    /// <inheritdoc/>
    public override Cluster CreateExtension(ExtendedActorSystem system) => new((ActorSystemImpl)system);
}

/// <summary>Membership of this node in a cluster.</summary>
public class Cluster : IExtension
{
    private readonly IActorRef _daemon;
    private readonly ILoggingAdapter _log;
    private volatile Snapshot _snapshot;
    private int _terminated;

    /// <param name="system">A system whose provider is "cluster".</param>
    /// <exception cref="ConfigurationException">The provider is another one.</exception>
    public Cluster(ActorSystemImpl system)
    {
        if (system.Provider is not IClusterActorRefProvider provider)
        {
            throw new ConfigurationException(
                $"ActorSystem {system} needs to have a 'IClusterActorRefProvider' enabled in the configuration, currently uses {system.Provider.GetType().FullName}");
        }

        System = system;
        Settings = new ClusterSettings(system.Settings.Config, system.Name);
        SelfUniqueAddress = new UniqueAddress(provider.Transport.DefaultAddress, AddressUidExtension.Uid(system));
        _log = Logging.GetLogger(system, this);
        _snapshot = new Snapshot(new ClusterEvent.CurrentClusterState(), RemovedSelf());
        FailureDetector = new DefaultFailureDetectorRegistry<Address>(
            FailureDetectorLoader.LoaderFor(
                Settings.FailureDetectorImplementationClass, Settings.FailureDetectorConfig, system, Settings.UnreachableNodesReaperInterval));
        LogInfo("Starting up...");
        DowningProvider = (IDowningProvider)Activator.CreateInstance(Settings.DowningProviderType, system, this)!;
        _daemon = system.SystemActorOf(Props.Create(() => new ClusterDaemon(this)).WithDispatcher(Settings.UseDispatcher).WithDeploy(Deploy.Local), "cluster");
        system.RegisterOnTermination(Shutdown);
        LogInfo("Started up successfully");
    }

    /// <summary>The actor system.</summary>
    public ExtendedActorSystem System { get; }

    /// <summary>The settings of akka.cluster.</summary>
    public ClusterSettings Settings { get; }

    /// <summary>Decides about unreachable members.</summary>
    public IDowningProvider DowningProvider { get; }

    /// <summary>The failure detectors of the members this node watches.</summary>
    public DefaultFailureDetectorRegistry<Address> FailureDetector { get; }

    /// <summary>This node's address and incarnation.</summary>
    public UniqueAddress SelfUniqueAddress { get; }

    /// <summary>This node's address.</summary>
    public Address SelfAddress => SelfUniqueAddress.Address;

    /// <summary>This node's roles.</summary>
    public ImmutableHashSet<string> SelfRoles => Settings.Roles;

    /// <summary>The cluster as this node knows it now.</summary>
    public ClusterEvent.CurrentClusterState State => _snapshot.State;

    /// <summary>This node as a member; with status Removed while it is none.</summary>
    public Member SelfMember => _snapshot.Self;

    /// <summary>True while this node is up.</summary>
    public bool IsUp => SelfMember.Status is MemberStatus.Up or MemberStatus.WeaklyUp;

    /// <summary>True once this node's membership has ended, or the system has.</summary>
    public bool IsTerminated => Volatile.Read(ref _terminated) != 0;

    internal ILoggingAdapter Log => _log;

    internal IActorRef Daemon => _daemon;

    /// <summary>The membership of a system.</summary>
    public static Cluster Get(ActorSystem system) => system.WithExtension<Cluster, ClusterExtension>();

    /// <summary>Tells an actor of events of these types, and of the present state by <see cref="ClusterEvent.CurrentClusterState"/>.</summary>
    /// <param name="subscriber">The actor.</param>
    /// <param name="to">Types of events, such as <see cref="ClusterEvent.IMemberEvent"/>.</param>
    public void Subscribe(IActorRef subscriber, params Type[] to) =>
        Subscribe(subscriber, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot, to);

    /// <summary>Tells an actor of events of these types, and of the present state in the given way.</summary>
    /// <exception cref="ArgumentException">No types, or types that are no cluster events.</exception>
    public void Subscribe(IActorRef subscriber, ClusterEvent.SubscriptionInitialStateMode initialStateMode, params Type[] to)
    {
        if (to.Length == 0)
            throw new ArgumentException("At least one `IClusterDomainEvent` class is required", nameof(to));
        if (!to.All(static type => typeof(ClusterEvent.IClusterDomainEvent).IsAssignableFrom(type)))
        {
            throw new ArgumentException(
                $"Subscribe to `IClusterDomainEvent` or subclasses, was [{string.Join(", ", to.Select(static type => type.Name))}]", nameof(to));
        }

        _daemon.Tell(new ClusterCore.Subscribe(subscriber, initialStateMode, [.. to]), ActorRefs.NoSender);
    }

    /// <summary>Ends all subscriptions of an actor.</summary>
    public void Unsubscribe(IActorRef subscriber) => _daemon.Tell(new ClusterCore.Unsubscribe(subscriber, null), ActorRefs.NoSender);

    /// <summary>Ends one subscription of an actor.</summary>
    public void Unsubscribe(IActorRef subscriber, Type to) => _daemon.Tell(new ClusterCore.Unsubscribe(subscriber, to), ActorRefs.NoSender);

    /// <summary>Sends the present state to an actor.</summary>
    public void SendCurrentClusterState(IActorRef receiver) => _daemon.Tell(new ClusterCore.SendCurrentState(receiver), ActorRefs.NoSender);

    /// <summary>Joins the cluster in which the node at this address is. This node's own address starts a new cluster.</summary>
    public void Join(Address address) => _daemon.Tell(new ClusterCore.JoinTo(WithoutLocalScope(address)), ActorRefs.NoSender);

    /// <summary>Joins as <see cref="Join"/>; ends when this node is up.</summary>
    /// <exception cref="ClusterJoinFailedException">It could not join in time, or was removed.</exception>
    public Task JoinAsync(Address address, CancellationToken token = default)
    {
        var joined = WhenJoined(Settings.RetryUnsuccessfulJoinAfter ?? TimeSpan.FromSeconds(10), address.ToString(), token);
        Join(address);
        return joined;
    }

    /// <summary>Joins through these nodes; the first one starts a new cluster if the others do not answer.</summary>
    public void JoinSeedNodes(IEnumerable<Address> seedNodes) =>
        _daemon.Tell(new ClusterCore.JoinSeedNodes(seedNodes.Select(WithoutLocalScope).ToImmutableList()), ActorRefs.NoSender);

    /// <summary>Joins as <see cref="JoinSeedNodes"/>; ends when this node is up.</summary>
    /// <exception cref="ClusterJoinFailedException">It could not join in time, or was removed.</exception>
    public Task JoinSeedNodesAsync(IEnumerable<Address> seedNodes, CancellationToken token = default)
    {
        var nodes = seedNodes.ToList();
        var patience = Settings.ShutdownAfterUnsuccessfulJoinSeedNodes ?? Settings.SeedNodeTimeout + TimeSpan.FromSeconds(10);
        var joined = WhenJoined(patience, string.Join(", ", nodes), token);
        JoinSeedNodes(nodes);
        return joined;
    }

    /// <summary>Lets the node at this address leave in good order.</summary>
    public void Leave(Address address)
    {
        if (WithoutLocalScope(address).Equals(SelfAddress))
            _ = LeaveAsync();
        else
            _daemon.Tell(new ClusterMessages.Leave(address), ActorRefs.NoSender);
    }

    /// <summary>Lets this node leave in good order; ends when it has been removed.</summary>
    public Task LeaveAsync() => LeaveAsync(CancellationToken.None);

    /// <summary>Lets this node leave in good order; ends when it has been removed. Cancelling ends the waiting, not the leaving.</summary>
    public Task LeaveAsync(CancellationToken cancellationToken)
    {
        if (IsTerminated)
            return Task.CompletedTask;
        var removed = EngineEnvironment.Of(System).NewCompletion<Done>();
        RegisterOnMemberRemoved(() => removed.TrySetResult(Done.Instance));
        _daemon.Tell(new ClusterMessages.Leave(SelfAddress), ActorRefs.NoSender);
        return cancellationToken.CanBeCanceled ? removed.Task.WaitAsync(cancellationToken) : removed.Task;
    }

    /// <summary>Counts the node at this address as dead: it is removed, and must not come back under this incarnation.</summary>
    public void Down(Address address) => _daemon.Tell(new ClusterMessages.Down(WithoutLocalScope(address)), ActorRefs.NoSender);

    /// <summary>Calls back once, when this node is up; at once if it is.</summary>
    public void RegisterOnMemberUp(Action callback) => _daemon.Tell(new ClusterDaemon.AddListener(callback, MemberStatus.Up), ActorRefs.NoSender);

    /// <summary>Calls back once, when this node has been removed; at once if its membership has ended.</summary>
    public void RegisterOnMemberRemoved(Action callback)
    {
        if (IsTerminated)
            callback();
        else
            _daemon.Tell(new ClusterDaemon.AddListener(callback, MemberStatus.Removed), ActorRefs.NoSender);
    }

    /// <summary>The path of a local actor as other nodes use it.</summary>
    public ActorPath RemotePathOf(IActorRef actorRef)
    {
        var path = actorRef.Path;
        return path.Address.Host is null ? ActorPath.Parse(path.ToSerializationFormatWithAddress(SelfAddress)) : path;
    }

    internal void Publish(MembershipState state) =>
        _snapshot = new Snapshot(ClusterDiff.StateOf(state), state.SelfMember ?? RemovedSelf());

    /// <summary>Ends the membership without saying goodbye.</summary>
    internal void Shutdown()
    {
        if (Interlocked.Exchange(ref _terminated, 1) != 0)
            return;
        LogInfo("Shutting down...");
        System.Stop(_daemon);
        _snapshot = new Snapshot(new ClusterEvent.CurrentClusterState(), RemovedSelf());
        LogInfo("Successfully shut down");
    }

    internal void LogInfo(string text)
    {
        if (Settings.LogInfo)
            _log.Info("Cluster Node [{0}] - {1}", SelfAddress, text);
    }

    private Member RemovedSelf() => new(SelfUniqueAddress, Member.NotUpYet, MemberStatus.Removed, Settings.Roles);

    private Address WithoutLocalScope(Address address) =>
        address.Host is null && address.System == SelfAddress.System ? SelfAddress : address;

    private Task WhenJoined(TimeSpan patience, string where, CancellationToken token)
    {
        if (IsTerminated)
            throw new ClusterJoinFailedException("Cluster has already been terminated");
        if (IsUp)
            return Task.CompletedTask;
        var joined = EngineEnvironment.Of(System).NewCompletion<Done>();
        RegisterOnMemberUp(() => joined.TrySetResult(Done.Instance));
        RegisterOnMemberRemoved(() => joined.TrySetException(new ClusterJoinFailedException($"This node was removed while it joined [{where}].")));
        System.Scheduler.Advanced.ScheduleOnce(
            patience,
            () => joined.TrySetException(new ClusterJoinFailedException($"Node has not managed to join the cluster using provided address: {where}")));
        return token.CanBeCanceled ? joined.Task.WaitAsync(token) : joined.Task;
    }

    private sealed record Snapshot(ClusterEvent.CurrentClusterState State, Member Self);
}

/// <summary>This node could not join.</summary>
public class ClusterJoinFailedException : AkkaException
{
    /// <param name="message">Why.</param>
    public ClusterJoinFailedException(string message)
        : base(message)
    {
    }
}
