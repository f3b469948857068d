// Watches actors of other systems on behalf of the actors here. One watch per watched actor travels, whoever and however many watch it; one
// heartbeat per second goes to each system on which something is watched. When a system falls silent it is quarantined and everything on it counts
// as terminated (AddressTerminated). When a system comes back as another incarnation the watches are renewed there: it answers for its dead
// predecessor's actors at once.
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Remote;

/// <summary>Watches actors of other systems on behalf of the actors here.</summary>
public partial class RemoteWatcher : UntypedActor, IRequiresMessageQueue<IUnboundedMessageQueueSemantics>
{
    /// <summary>The watcher's log.</summary>
    protected readonly ILoggingAdapter Log;

    /// <summary>Who is watched, with those who want to know.</summary>
    protected readonly Dictionary<IInternalActorRef, HashSet<IInternalActorRef>> Watching = [];

    /// <summary>Who is watched, by system.</summary>
    protected readonly Dictionary<Address, HashSet<IInternalActorRef>> WatcheeByNodes = [];

    private readonly IFailureDetectorRegistry<Address> _failureDetector;
    private readonly TimeSpan _expectedResponseAfter;
    private readonly IScheduler _scheduler;
    private readonly IRemoteActorRefProvider _provider;
    private readonly HeartbeatRsp _selfHeartbeatRsp;
    private readonly Dictionary<Address, int> _uids = [];
    private readonly ICancelable _heartbeatTimer;
    private readonly ICancelable _reaperTimer;

    /// <summary>From its collaborators and intervals.</summary>
    public RemoteWatcher(
        IFailureDetectorRegistry<Address> failureDetector, TimeSpan heartbeatInterval, TimeSpan unreachableReaperInterval,
        TimeSpan heartbeatExpectedResponseAfter)
    {
        _failureDetector = failureDetector;
        _expectedResponseAfter = heartbeatExpectedResponseAfter;
        _provider = (IRemoteActorRefProvider)((ExtendedActorSystem)Context.System).Provider;
        Log = Context.GetLogger();
        _scheduler = Context.System.Scheduler;
        _selfHeartbeatRsp = new HeartbeatRsp(AddressUidExtension.Uid(Context.System));
        _heartbeatTimer = _scheduler.ScheduleTellRepeatedlyCancelable(heartbeatInterval, heartbeatInterval, Self, HeartbeatTick.Instance, Self);
        _reaperTimer = _scheduler.ScheduleTellRepeatedlyCancelable(
            unreachableReaperInterval, unreachableReaperInterval, Self, ReapUnreachableTick.Instance, Self);
    }

    /// <summary>Systems given up.</summary>
    protected HashSet<Address> Unreachable { get; } = [];

    /// <summary>Systems on which something is watched.</summary>
    protected ICollection<Address> WatchingNodes => WatcheeByNodes.Keys;

    /// <summary>The props of the watcher.</summary>
    public static Props Props(
        IFailureDetectorRegistry<Address> failureDetector, TimeSpan heartbeatInterval, TimeSpan unreachableReaperInterval,
        TimeSpan heartbeatExpectedResponseAfter) =>
        Actor.Props.Create(() => new RemoteWatcher(
            failureDetector, heartbeatInterval, unreachableReaperInterval, heartbeatExpectedResponseAfter)).WithDeploy(Deploy.Local);

    /// <inheritdoc/>
    protected override void PostStop()
    {
        base.PostStop();
        _heartbeatTimer.Cancel();
        _reaperTimer.Cancel();
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case HeartbeatTick:
                SendHeartbeats();
                break;
            case Heartbeat:
                Sender.Tell(_selfHeartbeatRsp);
                break;
            case HeartbeatRsp answer:
                ReceiveHeartbeatRsp(Sender.Path.Address, answer.AddressUid);
                break;
            case ReapUnreachableTick:
                ReapUnreachable();
                break;
            case ExpectedFirstHeartbeat expected:
                TriggerFirstHeartbeat(expected.From);
                break;
            case WatchRemote watch:
                AddWatching(watch.Watchee, watch.Watcher);
                break;
            case UnwatchRemote unwatch:
                RemoveWatch(unwatch.Watchee, unwatch.Watcher);
                break;
            case Restarted restarted:
                _uids[restarted.Address] = restarted.Uid;
                RenewWatches(restarted.Address);
                break;
            case Terminated { ActorRef: IInternalActorRef watchee } terminated:
                ProcessTerminated(watchee, terminated.ExistenceConfirmed, terminated.AddressTerminated);
                break;
            case Stats:
                Sender.Tell(Describe());
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Gives an incarnation of another system up.</summary>
    protected virtual void Quarantine(Address address, int? addressUid) => _provider.Quarantine(address, addressUid);

    /// <summary>Tells all actors here that everything at an address is dead.</summary>
    protected virtual void PublishAddressTerminated(Address address) =>
        AddressTerminatedTopic.Get(Context.System).Publish(new AddressTerminated(address));

    /// <summary>Adds a watch.</summary>
    protected void AddWatching(IInternalActorRef watchee, IInternalActorRef watcher)
    {
        if (watcher.Equals(Self))
            return;
        if (!Watching.TryGetValue(watchee, out var watchers))
            Watching[watchee] = watchers = [];
        watchers.Add(watcher);
        WatchNode(watchee);

        // Even when watched before: the new watcher's notice may be waiting behind an old one.
        Context.Watch(watchee);
    }

    /// <summary>Watches the system of a watched actor.</summary>
    protected virtual void WatchNode(IInternalActorRef watchee)
    {
        var address = watchee.Path.Address;
        if (!WatcheeByNodes.TryGetValue(address, out var watchees))
        {
            // Given up before: from here on it has a new chance.
            if (Unreachable.Remove(address))
                _failureDetector.Remove(address);
            WatcheeByNodes[address] = watchees = [];
        }

        watchees.Add(watchee);
    }

    /// <summary>Takes a watch back.</summary>
    protected void RemoveWatch(IInternalActorRef watchee, IInternalActorRef watcher)
    {
        if (watcher.Equals(Self) || !Watching.TryGetValue(watchee, out var watchers))
            return;
        watchers.Remove(watcher);
        if (watchers.Count > 0)
            return;
        Context.Unwatch(watchee);
        RemoveWatchee(watchee);
    }

    /// <summary>Forgets a watched actor.</summary>
    protected void RemoveWatchee(IInternalActorRef watchee)
    {
        var address = watchee.Path.Address;
        Watching.Remove(watchee);
        if (!WatcheeByNodes.TryGetValue(address, out var watchees))
            return;
        watchees.Remove(watchee);
        if (watchees.Count == 0)
            UnwatchNode(address);
    }

    /// <summary>Stops watching a system.</summary>
    protected void UnwatchNode(Address watcheeAddress)
    {
        WatcheeByNodes.Remove(watcheeAddress);
        _uids.Remove(watcheeAddress);
        _failureDetector.Remove(watcheeAddress);
    }

    private void ReceiveHeartbeatRsp(Address from, int uid)
    {
        if (!WatcheeByNodes.ContainsKey(from) || Unreachable.Contains(from))
            return;
        if (!_uids.TryGetValue(from, out var known))
        {
            _uids[from] = uid;
        }
        else if (known != uid)
        {
            _uids[from] = uid;
            RenewWatches(from);
        }

        _failureDetector.Heartbeat(from);
    }

    private void SendHeartbeats()
    {
        foreach (var address in WatcheeByNodes.Keys.ToArray())
        {
            if (Unreachable.Contains(address))
                continue;
            if (!_failureDetector.IsMonitoring(address))
                _scheduler.ScheduleTellOnce(_expectedResponseAfter, Self, new ExpectedFirstHeartbeat(address), Self);
            Context.ActorSelection(new RootActorPath(address) / Self.Path.Elements).Tell(Heartbeat.Instance);
        }
    }

    private void TriggerFirstHeartbeat(Address address)
    {
        // As if it had answered: from now on its silence counts.
        if (WatcheeByNodes.ContainsKey(address) && !_failureDetector.IsMonitoring(address))
            _failureDetector.Heartbeat(address);
    }

    private void ReapUnreachable()
    {
        foreach (var address in WatcheeByNodes.Keys.ToArray())
        {
            if (Unreachable.Contains(address) || _failureDetector.IsAvailable(address))
                continue;
            Log.Warning("Detected unreachable: [{0}]", address);
            int? uid = _uids.TryGetValue(address, out var known) ? known : null;
            Quarantine(address, uid);
            PublishAddressTerminated(address);
            Unreachable.Add(address);
        }
    }

    /// <summary>Another incarnation answers at an address: it must learn whom we watch.</summary>
    private void RenewWatches(Address address)
    {
        if (!WatcheeByNodes.TryGetValue(address, out var watchees))
            return;
        foreach (var watchee in watchees)
            watchee.SendSystemMessage(new Watch(watchee, (IInternalActorRef)Self));
    }

    private void ProcessTerminated(IInternalActorRef watchee, bool existenceConfirmed, bool addressTerminated)
    {
        // When a whole system is given up every watcher hears of that by itself.
        if (!addressTerminated && Watching.TryGetValue(watchee, out var watchers))
        {
            foreach (var watcher in watchers)
                watcher.SendSystemMessage(new DeathWatchNotification(watchee, existenceConfirmed, addressTerminated));
        }

        RemoveWatchee(watchee);
    }

    private Stats Describe() => new(
        Watching.Values.Sum(watchers => watchers.Count),
        WatcheeByNodes.Count,
        Watching.SelectMany(pair => pair.Value.Select(watcher => ((IActorRef)pair.Key, (IActorRef)watcher))).ToImmutableHashSet(),
        WatcheeByNodes.Keys.ToImmutableHashSet());
}
