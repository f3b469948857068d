// The MetaActor's ways to chunk servers: their actors, watched; probes of their addresses; copies between them.

using Akka.Actor;
using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;

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
