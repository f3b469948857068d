// The way back to one client actor. It ends after a silence; the next request opens another.
using Akka.Actor;

namespace Akka.Cluster.Tools.Client;

internal sealed class ResponseTunnel : ReceiveActor
{
    public ResponseTunnel(IActorRef client, TimeSpan timeout)
    {
        Context.SetReceiveTimeout(timeout);
        Receive<ReceiveTimeout>(_ => Context.Stop(Self));
        ReceiveAny(answer => client.Tell(answer, ActorRefs.NoSender));
    }

    public static Props PropsFor(IActorRef client, TimeSpan timeout)
        => Props.Create(() => new ResponseTunnel(client, timeout)).WithDeploy(Deploy.Local);

    public static string NameFor(IActorRef client)
        => Uri.EscapeDataString(client.Path.ToSerializationFormat()).Replace("%", "-", StringComparison.Ordinal);
}
