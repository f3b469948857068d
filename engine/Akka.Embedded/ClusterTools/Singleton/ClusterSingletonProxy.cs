// Passes messages to the singleton wherever it runs. While it is not known, messages wait in a bounded buffer whose oldest
// entry makes way for a new one.
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>Stands for a cluster singleton on any member.</summary>
public sealed class ClusterSingletonProxy : ReceiveActor, IWithTimers
{
    private const string IdentifyTimer = "identify-singleton";

    private readonly string[] _singletonPath;
    private readonly ClusterSingletonProxySettings _settings;
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly OldestMembers _members;
    private readonly Queue<(object Message, IActorRef Sender)> _buffer = new();
    private IActorRef? _singleton;

    // Answers to identifications of an earlier oldest are not for us.
    private int _identifyRound;

    /// <summary>Made by <see cref="Props"/>.</summary>
    public ClusterSingletonProxy(string singletonManagerPath, ClusterSingletonProxySettings settings)
    {
        _settings = settings;
        _singletonPath = [.. singletonManagerPath.Split('/', StringSplitOptions.RemoveEmptyEntries), settings.SingletonName];
        _members = new OldestMembers(settings.Role);
        ReceiveMembership();
        Receive<IdentifyTick>(_ => IdentifySingleton());
        Receive<ActorIdentity>(Identified);
        Receive<Terminated>(terminated =>
        {
            if (terminated.ActorRef.Equals(_singleton))
            {
                _singleton = null;
                LookAnew();
            }
        });
        ReceiveAny(PassOn);
    }

    ITimerScheduler IWithTimers.Timers { get; set; } = null!;

    private ITimerScheduler Timers => ((IWithTimers)this).Timers;

    /// <summary>The reference configuration.</summary>
    public static Config DefaultConfig() => ConfigurationFactory.Default();

    /// <summary>Props of a proxy.</summary>
    /// <param name="singletonManagerPath">Path of the managers without the singleton's name, such as "/user/consumer".</param>
    /// <param name="settings">How to find it.</param>
    public static Props Props(string singletonManagerPath, ClusterSingletonProxySettings settings)
        => Akka.Actor.Props.Create(() => new ClusterSingletonProxy(singletonManagerPath, settings)).WithDeploy(Deploy.Local);

    /// <inheritdoc/>
    protected override void PreStart()
        => _cluster.Subscribe(
            Self,
            ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot,
            typeof(ClusterEvent.MemberUp),
            typeof(ClusterEvent.MemberExited),
            typeof(ClusterEvent.MemberRemoved));

    /// <inheritdoc/>
    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void ReceiveMembership()
    {
        Receive<ClusterEvent.CurrentClusterState>(state => Change(() => _members.Reset(state.Members)));
        Receive<ClusterEvent.MemberUp>(up => Change(() => _members.Add(up.Member)));
        Receive<ClusterEvent.MemberExited>(exited => Change(() => _members.Remove(exited.Member.UniqueAddress)));
        Receive<ClusterEvent.MemberRemoved>(removed =>
        {
            if (removed.Member.UniqueAddress.Equals(_cluster.SelfUniqueAddress))
                Context.Stop(Self);
            else
                Change(() => _members.Remove(removed.Member.UniqueAddress));
        });
    }

    private void Change(Action change)
    {
        var before = _members.Oldest?.UniqueAddress;
        change();
        var after = _members.Oldest?.UniqueAddress;
        if (!Equals(before, after))
            LookAnew();
    }

    private void LookAnew()
    {
        if (_singleton is not null)
            Context.Unwatch(_singleton);
        _singleton = null;
        _identifyRound++;
        if (_members.Oldest is null)
        {
            Timers.Cancel(IdentifyTimer);
            return;
        }

        IdentifySingleton();
        Timers.StartPeriodicTimer(IdentifyTimer, IdentifyTick.Instance, _settings.SingletonIdentificationInterval);
    }

    private void IdentifySingleton()
    {
        if (_members.Oldest is not { } oldest)
            return;
        var path = new RootActorPath(oldest.Address) / _singletonPath;
        Context.ActorSelection(path).Tell(new Identify(_identifyRound), Self);
    }

    private void Identified(ActorIdentity identity)
    {
        if (identity.Subject is not { } singleton || identity.MessageId is not int round || round != _identifyRound || _singleton is not null)
            return;
        _log.Info("Singleton identified at [{0}]", singleton.Path);
        _singleton = Context.Watch(singleton);
        Timers.Cancel(IdentifyTimer);
        while (_buffer.TryDequeue(out var waiting))
            _singleton.Tell(waiting.Message, waiting.Sender);
    }

    private void PassOn(object message)
    {
        if (_singleton is not null)
        {
            _singleton.Forward(message);
            return;
        }

        if (_settings.BufferSize == 0)
        {
            _log.Debug("Singleton not available and buffering is disabled, dropping message [{0}]", message.GetType());
            return;
        }

        if (_buffer.Count == _settings.BufferSize)
        {
            var (dropped, _) = _buffer.Dequeue();
            _log.Warning("Singleton not available, buffer is full, dropping first message [{0}]", dropped.GetType());
        }

        _buffer.Enqueue((message, Sender));
    }

    private sealed class IdentifyTick
    {
        public static readonly IdentifyTick Instance = new();
    }
}
