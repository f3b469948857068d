// The way to meta through actors: a small actor system that joins nothing, with one ClientActor in it.

using Akka.Actor;
using Akka.Cluster.Tools.Client;
using AkkaDfs.Shared.Hosting;
using AkkaDfs.Shared.Protocol;
using AkkaDfs.Shared;

namespace AkkaDfs.Client.Actors;

/// <summary>Asks meta through an actor system of its own.</summary>
public sealed class ActorMetaChannel : IMetaChannel
{
    private readonly ActorSystem _system;
    private readonly IActorRef _client;

    private ActorMetaChannel(ActorSystem system, IActorRef client, IReadOnlyList<string> seeds)
    {
        _system = system;
        _client = client;
        Seeds = seeds;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Seeds { get; }

    /// <summary>Starts the actor system and begins to look for meta.</summary>
    public static ActorMetaChannel Start(NodeConfiguration configuration)
    {
        var system = NodeBootstrap.StartSystem(configuration);
        var contact = ClusterClient.Props(ClusterClientSettings.Create(system));
        var client = system.ActorOf(ClientActor.PropsFor(contact), "client");
        return new ActorMetaChannel(system, client, configuration.Settings.Seeds);
    }

    /// <inheritdoc/>
    public async Task<MetaProtocol.Reply?> AskAsync(MetaProtocol.Request request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.Ask<MetaProtocol.Reply>(request, timeout, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }
        catch (AskTimeoutException)
        {
            _client.Tell(ClientProtocol.MetaWasSilent.Instance, ActorRefs.NoSender);
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _system.Terminate().ConfigureAwait(Surroundings.HoldAwaits);
}
