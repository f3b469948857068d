// The client's way to the acting meta. Keeps no state of requests: each one is passed on with its asker as the sender, so the
// answer goes straight back, and retries are the asker's.
//
//   Searching: requests go through the cluster client (receptionist of a meta node); asks for the address of meta's proxy
//   Found:     requests go straight to that proxy; its end, silence, or a broken connection leads back to Searching
//
// A broken connection is the first sign of a dead node, seconds before a heartbeat is missed: the cluster client, which may hang
// on that very node, begins anew then.
//
// The proxy forwards to the acting meta wherever that moves, so a stale way costs a retry and never correctness.

using Akka.Actor;
using Akka.Cluster.Tools.Client;
using Akka.Remote;
using AkkaDfs.Shared.Hosting;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Actors;

/// <summary>What <see cref="ClientActor"/> understands besides <see cref="MetaProtocol.Request"/>.</summary>
public static class ClientProtocol
{
    /// <summary>A request was not answered in time: the direct way may be a dead end.</summary>
    public sealed record MetaWasSilent
    {
        /// <summary>The only one.</summary>
        public static readonly MetaWasSilent Instance = new();
    }
}

/// <summary>Passes requests on to meta.</summary>
public sealed class ClientActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan SearchInterval = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan RenewInterval = TimeSpan.FromMilliseconds(500);

    private readonly Props _contactProps;
    private IActorRef _contact;
    private TimeSpan _renewed;

    /// <param name="contact">Props of the cluster client.</param>
    public ClientActor(Props contact)
    {
        _contactProps = contact;
        _contact = Context.ActorOf(contact);
        Searching();
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Props for a client with a cluster client of its own.</summary>
    public static Props PropsFor(Props contact) => Props.Create(() => new ClientActor(contact));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        Search();
    }

    /// <inheritdoc/>
    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);

    private void Searching()
    {
        Receive<MetaProtocol.Request>(request => _contact.Tell(ThroughReceptionist(request), Sender));
        Receive<ActorIdentity>(
            identity => identity.Subject is not null,
            identity =>
            {
                Timers.Cancel(SearchTick.Instance);
                var meta = identity.Subject!;
                Context.Watch(meta);
                Become(() => Found(meta));
            });
        Receive<SearchTick>(_ => Search());
        Receive<DisassociatedEvent>(_ => Renew());
        Receive<ActorIdentity>(_ => { });
        Receive<Terminated>(_ => { });
        Receive<ClientProtocol.MetaWasSilent>(_ => { });
    }

    private void Found(IActorRef meta)
    {
        Receive<MetaProtocol.Request>(meta.Forward);
        Receive<Terminated>(_ => Lose(meta));
        Receive<ClientProtocol.MetaWasSilent>(_ => Lose(meta));
        Receive<DisassociatedEvent>(
            gone => gone.RemoteAddress.Equals(meta.Path.Address),
            _ =>
            {
                Renew();
                Lose(meta);
            });
        Receive<DisassociatedEvent>(_ => { });
        Receive<SearchTick>(_ => { });
        Receive<ActorIdentity>(_ => { });
    }

    private void Renew()
    {
        var now = Context.System.Scheduler.MonotonicClock;
        if (now - _renewed >= RenewInterval)
        {
            _renewed = now;
            Context.Stop(_contact);
            _contact = Context.ActorOf(_contactProps);
        }
    }

    private void Lose(IActorRef meta)
    {
        Context.Unwatch(meta);
        Become(Searching);
        Search();
    }

    private void Search()
    {
        _contact.Tell(ThroughReceptionist(new Identify(null)), Self);
        Timers.StartPeriodicTimer(SearchTick.Instance, SearchTick.Instance, SearchInterval);
    }

    private static ClusterClient.Send ThroughReceptionist(object message)
        => new(NodeBootstrap.MetaServicePath, message, localAffinity: true);

    private sealed record SearchTick
    {
        public static readonly SearchTick Instance = new();
    }
}
