// Stands on every member (of a role) at /system/receptionist: tells clients where receptionists are, answers their heartbeats, and
// gives their messages to registered actors, here or through the receptionist of another member. Answers go back through a
// tunnel here, so that no member but this one opens a connection to the client.
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Cluster.Tools.Client;

internal sealed class ReceptionistActor : ReceiveActor, IWithTimers
{
    private readonly ClusterReceptionistSettings _settings;
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ServiceRegistry _registry = new();
    private readonly SortedSet<Address> _nodes = new(Member.AddressOrdering);
    private readonly Dictionary<IActorRef, long> _clients = [];
    private readonly Func<long> _nowMs;
    private int _turn;

    public ReceptionistActor(ClusterReceptionistSettings settings)
    {
        _settings = settings;
        var scheduler = Context.System.Scheduler;
        _nowMs = () => (long)scheduler.MonotonicClock.TotalMilliseconds;
        ReceiveMembership();
        ReceiveClients();
        ReceiveServices();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _cluster.Subscribe(
            Self,
            ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot,
            typeof(ClusterEvent.MemberUp),
            typeof(ClusterEvent.MemberRemoved));
        Timers.StartPeriodicTimer("clients", ClientsTick.Instance, _settings.FailureDetectionInterval);
        Timers.StartPeriodicTimer("services", ServicesTick.Instance, TimeSpan.FromSeconds(1));
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        foreach (var client in _clients.Keys)
            client.Tell(ReceptionistShutdown.Instance);
    }

    private void ReceiveMembership()
    {
        Receive<ClusterEvent.CurrentClusterState>(state =>
        {
            foreach (var member in state.Members.Where(member => member.Status != MemberStatus.Joining && Matches(member)))
                Add(member.Address);
        });
        Receive<ClusterEvent.MemberUp>(up =>
        {
            if (Matches(up.Member))
                Add(up.Member.Address);
        });
        Receive<ClusterEvent.MemberRemoved>(removed =>
        {
            _nodes.Remove(removed.Member.Address);
            _registry.Forget(removed.Member.Address);
        });
    }

    private void ReceiveClients()
    {
        Receive<GetContacts>(_ => Sender.Tell(new Contacts(Nearest()), Self));
        Receive<Heartbeat>(_ =>
        {
            _clients[Sender] = _nowMs();
            Sender.Tell(HeartbeatRsp.Instance, Self);
        });
        Receive<ClientsTick>(_ =>
        {
            var limit = _nowMs() - (long)(_settings.HeartbeatInterval + _settings.AcceptableHeartbeatPause).TotalMilliseconds;
            foreach (var (client, last) in _clients.Where(known => known.Value < limit).ToList())
                _clients.Remove(client);
        });
        Receive<ClusterClient.Send>(send => PassOne(send));
        Receive<ClusterClient.SendToAll>(send => PassAll(send.Path, isTopic: false, send.Message));
        Receive<ClusterClient.Publish>(publish => PassAll(publish.Topic, isTopic: true, publish.Message));
    }

    private void ReceiveServices()
    {
        Receive<ServiceRegistry.Register>(register =>
        {
            _registry.Add(register);
            Context.Watch(register.Actor);
            Announce();
        });
        Receive<ServiceRegistry.Unregister>(unregister =>
        {
            _registry.Remove(unregister);
            Announce();
        });
        Receive<Terminated>(terminated =>
        {
            _registry.Remove(terminated.ActorRef);
            Announce();
        });
        Receive<Services>(services =>
        {
            if (_nodes.Contains(Sender.Path.Address))
                _registry.Learn(Sender.Path.Address, services);
        });
        Receive<Deliver>(deliver =>
        {
            foreach (var actor in _registry.Here(deliver.Key, deliver.IsTopic))
                actor.Tell(deliver.Message, Sender);
        });
        Receive<ServicesTick>(_ => Announce());
    }

    private bool Matches(Member member) => _settings.Role is null || member.HasRole(_settings.Role);

    private void Add(Address address)
    {
        _nodes.Add(address);
        if (!address.Equals(_cluster.SelfAddress))
            PeerAt(address).Tell(_registry.Own(), Self);
    }

    private ActorSelection PeerAt(Address address) => Context.ActorSelection(Self.Path.ToStringWithAddress(address));

    private void Announce()
    {
        var own = _registry.Own();
        foreach (var node in _nodes.Where(node => !node.Equals(_cluster.SelfAddress)))
            PeerAt(node).Tell(own, Self);
    }

    // This member first, then the others in turn, so that clients spread when they have to move.
    private List<string> Nearest()
    {
        var others = _nodes.Where(node => !node.Equals(_cluster.SelfAddress)).ToList();
        var contacts = new List<string> { Self.Path.ToStringWithAddress(_cluster.SelfAddress) };
        for (var i = 0; i < others.Count && contacts.Count < _settings.NumberOfContacts; i++)
            contacts.Add(Self.Path.ToStringWithAddress(others[(_turn + i) % others.Count]));
        _turn = others.Count == 0 ? 0 : (_turn + 1) % others.Count;
        return contacts;
    }

    private void PassOne(ClusterClient.Send send)
    {
        var here = _registry.Here(send.Path, isTopic: false);
        var there = _registry.There(send.Path, isTopic: false).Where(_nodes.Contains).ToList();
        if (here.Count > 0 && (send.LocalAffinity || there.Count == 0 || _turn % (there.Count + 1) == 0))
            here[0].Tell(send.Message, Tunnel());
        else if (there.Count > 0)
            PeerAt(there[_turn % there.Count]).Tell(new Deliver(send.Path, IsTopic: false, send.Message), Tunnel());
        else
        {
            _log.Debug("Nothing is registered under [{0}]", send.Path);
            Context.System.DeadLetters.Tell(send.Message, Sender);
        }

        if (!send.LocalAffinity)
            _turn = (_turn + 1) & int.MaxValue;
    }

    private void PassAll(string key, bool isTopic, object message)
    {
        var tunnel = Tunnel();
        foreach (var actor in _registry.Here(key, isTopic))
            actor.Tell(message, tunnel);
        foreach (var node in _registry.There(key, isTopic).Where(_nodes.Contains))
            PeerAt(node).Tell(new Deliver(key, isTopic, message), tunnel);
    }

    private IActorRef Tunnel()
    {
        if (Sender.IsNobody() || Sender.Equals(Context.System.DeadLetters))
            return ActorRefs.NoSender;
        var name = ResponseTunnel.NameFor(Sender);
        var known = Context.Child(name);
        return known.IsNobody() ? Context.ActorOf(ResponseTunnel.PropsFor(Sender, _settings.ResponseTunnelReceiveTimeout), name) : known;
    }

    private sealed class ClientsTick
    {
        public static readonly ClientsTick Instance = new();
    }

    private sealed class ServicesTick
    {
        public static readonly ServicesTick Instance = new();
    }
}
