// A way into the cluster for a process that is not a member: it talks to one receptionist at a time, watches it by heartbeats,
// and takes the next one when it is lost. Meanwhile messages wait in a bounded buffer whose oldest entry makes way.
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster.Tools.Client;

/// <summary>Passes messages into a cluster that its own system is not a member of.</summary>
public sealed partial class ClusterClient : ActorBase, IWithTimers
{
    private const string EstablishTimer = "establish";
    private const string HeartbeatTimer = "heartbeat";
    private const string RefreshTimer = "refresh";
    private const string ReconnectTimer = "reconnect";

    private readonly ClusterClientSettings _settings;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<(object Message, IActorRef Sender)> _buffer = new();
    private readonly HashSet<ActorPath> _initialContacts;
    private readonly Func<long> _nowMs;
    private HashSet<ActorPath> _contacts;
    private IActorRef? _receptionist;
    private long _lastSignMs;

    /// <summary>Made by <see cref="Props"/>.</summary>
    public ClusterClient(ClusterClientSettings settings)
    {
        if (settings.InitialContacts.Count == 0)
            throw new ArgumentException("initialContacts must be defined", nameof(settings));
        _settings = settings;
        _initialContacts = [.. settings.InitialContacts];
        _contacts = [.. settings.InitialContacts];
        var scheduler = Context.System.Scheduler;
        _nowMs = () => (long)scheduler.MonotonicClock.TotalMilliseconds;
    }

    ITimerScheduler IWithTimers.Timers { get; set; } = null!;

    private ITimerScheduler Timers => ((IWithTimers)this).Timers;

    /// <summary>Props of a client.</summary>
    public static Props Props(ClusterClientSettings settings)
        => Akka.Actor.Props.Create(() => new ClusterClient(settings)).WithDeploy(Deploy.Local);

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(HeartbeatTimer, HeartbeatTick.Instance, _settings.HeartbeatInterval);
        Timers.StartPeriodicTimer(RefreshTimer, RefreshTick.Instance, _settings.RefreshContactsInterval);
        Establish();
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
    }

    /// <inheritdoc/>
    protected override bool Receive(object message)
    {
        switch (message)
        {
            case IClusterClientProtocolMessage protocol:
                PassOn(protocol);
                return true;
            case HeartbeatRsp or Contacts when _receptionist is not null && Sender.Equals(_receptionist):
                _lastSignMs = _nowMs();
                if (message is Contacts refreshed)
                    Learn(refreshed);
                return true;
            case Contacts contacts:
                Learn(contacts);
                if (_receptionist is null)
                    TryContacts();
                return true;
            case ActorIdentity { Subject: { } receptionist } when _receptionist is null:
                Connected(receptionist);
                return true;
            case ReceptionistShutdown when Sender.Equals(_receptionist):
                _log.Info("Receptionist [{0}] is shutting down, reestablishing connection", Sender.Path);
                _contacts.Remove(Sender.Path);
                Lost();
                return true;
            case HeartbeatRsp or ActorIdentity or ReceptionistShutdown:
                return true;
            default:
                return Tick(message);
        }
    }

    private bool Tick(object message)
    {
        switch (message)
        {
            case EstablishTick:
                if (_receptionist is null)
                    AskForContacts();
                return true;
            case HeartbeatTick:
                Beat();
                return true;
            case RefreshTick:
                _receptionist?.Tell(GetContacts.Instance, Self);
                return true;
            case ReconnectLimit:
                _log.Warning("Receptionist reconnect not successful within {0} stopping cluster client", _settings.ReconnectTimeout);
                Context.Stop(Self);
                return true;
            default:
                return false;
        }
    }

    private void Establish()
    {
        if (_settings.ReconnectTimeout is { } limit)
            Timers.StartSingleTimer(ReconnectTimer, ReconnectLimit.Instance, limit);
        AskForContacts();
        Timers.StartPeriodicTimer(EstablishTimer, EstablishTick.Instance, _settings.EstablishingGetContactsInterval);
    }

    // As the real one does: who has learned of several contacts counts on them, and does not go back to those it was given.
    private void AskForContacts()
    {
        IEnumerable<ActorPath> paths = _contacts.Count <= 1 ? _contacts.Union(_initialContacts) : _contacts;
        foreach (var path in paths.OrderBy(path => path.ToString(), StringComparer.Ordinal))
            Context.ActorSelection(path).Tell(GetContacts.Instance, Self);
    }

    private void Learn(Contacts contacts)
    {
        if (contacts.ContactPoints.Count == 0)
            return;
        _contacts = [];
        foreach (var point in contacts.ContactPoints)
        {
            if (ActorPath.TryParse(point, out var path))
                _contacts.Add(path);
        }
    }

    private void TryContacts()
    {
        foreach (var path in _contacts.OrderBy(path => path.ToString(), StringComparer.Ordinal))
            Context.ActorSelection(path).Tell(new Identify(string.Empty), Self);
    }

    private void Connected(IActorRef receptionist)
    {
        _log.Info("Connected to [{0}]", receptionist.Path);
        _receptionist = receptionist;
        _lastSignMs = _nowMs();
        Timers.Cancel(EstablishTimer);
        Timers.Cancel(ReconnectTimer);
        receptionist.Tell(Heartbeat.Instance, Self);
        while (_buffer.TryDequeue(out var waiting))
            receptionist.Tell(waiting.Message, waiting.Sender);
    }

    private void Beat()
    {
        if (_receptionist is null)
            return;
        if (_nowMs() - _lastSignMs > (_settings.HeartbeatInterval + _settings.AcceptableHeartbeatPause).TotalMilliseconds)
        {
            _log.Info("Lost contact with [{0}], reestablishing connection", _receptionist.Path);
            Lost();
            return;
        }

        _receptionist.Tell(Heartbeat.Instance, Self);
    }

    private void Lost()
    {
        _receptionist = null;
        Establish();
    }

    private void PassOn(IClusterClientProtocolMessage message)
    {
        if (_receptionist is not null)
        {
            _receptionist.Tell(message, Sender);
            return;
        }

        if (_settings.BufferSize == 0)
        {
            _log.Debug("Receptionist not available and buffering is disabled, dropping message [{0}]", message.GetType().Name);
            return;
        }

        if (_buffer.Count == _settings.BufferSize)
        {
            _buffer.Dequeue();
            _log.Warning("Receptionist not available, buffer is full, dropping first message of {0}", _settings.BufferSize);
        }

        _buffer.Enqueue((message, Sender));
    }

    private sealed class EstablishTick
    {
        public static readonly EstablishTick Instance = new();
    }

    private sealed class HeartbeatTick
    {
        public static readonly HeartbeatTick Instance = new();
    }

    private sealed class RefreshTick
    {
        public static readonly RefreshTick Instance = new();
    }

    private sealed class ReconnectLimit
    {
        public static readonly ReconnectLimit Instance = new();
    }
}
