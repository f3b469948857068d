// From a checked configuration to a running actor system, the same way for every role.

using System.Net.Sockets;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster;
using Akka.Cluster.Tools.Client;
using Akka.Cluster.Tools.Singleton;

namespace AkkaDfs.Shared.Hosting;

/// <summary>Starts actor systems and the ways to meta that every node offers.</summary>
public static class NodeBootstrap
{
    /// <summary>Name of the singleton manager below /user on meta nodes.</summary>
    public const string MetaSingletonName = "meta-singleton";

    /// <summary>Name of the proxy to the acting meta below /user on every member.</summary>
    public const string MetaProxyName = "meta";

    /// <summary>Name of a chunk server's actor below /user on its node.</summary>
    public const string ChunkServerName = "chunk-server";

    /// <summary>Path that cluster clients send to.</summary>
    public const string MetaServicePath = "/user/" + MetaProxyName;

    /// <summary>Starts the node's actor system and lets it look for its cluster.</summary>
    /// <remarks>A meta node without seeds starts a cluster of its own. A client's system joins nothing.</remarks>
    /// <exception cref="DfsException">InvalidConfiguration when a chunk server has no seeds; AddressUnavailable when it cannot listen.</exception>
    public static ActorSystem StartSystem(NodeConfiguration configuration)
    {
        if (configuration.Role == NodeRole.Chunk && configuration.Settings.Seeds.Count == 0)
        {
            throw new DfsException(
                DfsErrorCode.InvalidConfiguration,
                "A chunk server needs at least one seed to find its cluster. Give --seed HOST:PORT of a meta node.");
        }

        var system = Create(configuration);
        if (configuration.Role == NodeRole.Meta && configuration.Settings.Seeds.Count == 0)
        {
            var cluster = Cluster.Get(system);
            cluster.Join(cluster.SelfAddress);
        }

        return system;
    }

    private static ActorSystem Create(NodeConfiguration configuration)
    {
        try
        {
            var setup = configuration.Setups.Aggregate(
                ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(configuration.Config)), (all, one) => all.And(one));
            return ActorSystem.Create(configuration.Settings.Cluster.Name, setup);
        }
        catch (Exception e) when (SocketErrorIn(e) is { } reason)
        {
            const string tcp = "akka.remote.dot-netty.tcp";
            throw new DfsException(
                DfsErrorCode.AddressUnavailable,
                $"Cannot listen on {configuration.Config.GetString($"{tcp}.hostname")}:{configuration.Config.GetInt($"{tcp}.port")}: {reason.Message}. Does a node run there already? Give another --port or --hostname.",
                e);
        }
    }

    private static SocketException? SocketErrorIn(Exception? e) => e switch
    {
        null => null,
        SocketException found => found,
        AggregateException many => many.InnerExceptions.Select(SocketErrorIn).FirstOrDefault(s => s is not null),
        _ => SocketErrorIn(e.InnerException),
    };

    /// <summary>Starts the proxy to the acting meta on a member.</summary>
    public static IActorRef StartMetaProxy(ActorSystem system)
    {
        var settings = ClusterSingletonProxySettings.Create(system).WithRole("meta");
        return system.ActorOf(ClusterSingletonProxy.Props($"/user/{MetaSingletonName}", settings), MetaProxyName);
    }

    /// <summary>Offers the proxy on a meta node to clients.</summary>
    /// <remarks>
    /// On meta nodes alone: a client that has learned of several contacts never goes back to those it was given, and chunk servers
    /// may all have other addresses after a restart.
    /// </remarks>
    public static void OfferToClients(ActorSystem system, IActorRef proxy) => ClusterClientReceptionist.Get(system).RegisterService(proxy);

    /// <summary>Lets a node that is no meta stop when its cluster has been without one for so long.</summary>
    public static void WatchForMeta(ActorSystem system, TimeSpan patience) => system.ActorOf(MetaWatch.PropsFor(patience), "meta-watch");

    /// <summary>host:port of a system's own address.</summary>
    public static string AddressOf(ActorSystem system)
    {
        var address = ((ExtendedActorSystem)system).Provider.DefaultAddress;
        return $"{address.Host}:{address.Port}";
    }

    /// <summary>The port that an actor system listens on.</summary>
    public static int PortOf(ActorSystem system) => ((ExtendedActorSystem)system).Provider.DefaultAddress.Port ?? 0;
}
