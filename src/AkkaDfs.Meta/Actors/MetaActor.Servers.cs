// The MetaActor's ways to chunk servers: their actors, watched; probes of their addresses; copies between them.

using System.Globalization;
using Akka.Actor;
using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Hosting;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Actors;

internal sealed partial class MetaActor
{
    private readonly Dictionary<ServerId, IActorRef> _servers = [];

    private void Remember(ServerId server, IActorRef actor)
    {
        if (_servers.TryGetValue(server, out var known))
        {
            if (known.Equals(actor))
            {
                return;
            }

            Context.Unwatch(known);
        }

        _servers[server] = Context.Watch(actor);
    }

    // Servers find out by their next heartbeat that meta knows nothing of their replicas. Told at once, they report at once, and
    // writers need not wait for that. It is only a hint: a server that is not where it was before comes by itself.
    private void Invite()
    {
        foreach (var server in _state.Durable.Servers.All)
        {
            var colon = server.ControlAddress.LastIndexOf(':');
            if (colon > 0 && int.TryParse(server.ControlAddress.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            {
                var node = new Address("akka.tcp", Context.System.Name, server.ControlAddress[..colon], port);
                Context.ActorSelection(new RootActorPath(node) / "user" / NodeBootstrap.ChunkServerName)
                    .Tell(new ServerProtocol.HeartbeatAck(0, 0, false, MustRegister: true) { Epoch = _state.Durable.Epoch });
            }
        }
    }

    private IActorRef ServerAt(ServerId server) => _servers.GetValueOrDefault(server, ActorRefs.Nobody);

    private void ServerEnded(Terminated terminated)
    {
        foreach (var (server, actor) in _servers)
        {
            if (actor.Equals(terminated.ActorRef))
            {
                _servers.Remove(server);

                // An unreachable node may still run; only an actor that was seen to end has ended.
                Signal(new ServerLost(server, IsCertain: !terminated.AddressTerminated && terminated.ExistenceConfirmed));
                return;
            }
        }
    }

    private void Probe(ProbeServer probe)
        => _ = _setup.Probe(probe.Endpoint).PipeTo(
            Self,
            success: refused => new MetaNodeProtocol.ProbeOutcome(probe.Server, probe.Incarnation, refused),
            failure: _ => new MetaNodeProtocol.ProbeOutcome(probe.Server, probe.Incarnation, false));

    private void StartCopy(CopyPlan plan)
        => _copies.Tell(new MetaNodeProtocol.MakeCopy(
            plan, _state.Durable.Epoch, ServerAt(plan.Source.Server), ServerAt(plan.Destination.Server)));
}
