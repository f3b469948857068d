// Which transport a system uses, and where it listens.
using Akka.Actor;
using Akka.Configuration;
using Akka.Embedded.Simulation;

namespace Akka.Embedded.Remote;

internal static class TransportFactory
{
    public static ITransport Create(ExtendedActorSystem system, Config config, RemotingOptions options)
    {
        var network = system.Settings.Setup.Get<SimulatedNetworkSetup>();
        if (network.HasValue)
            return network.Value.Network.CreateTransport(system, options.TransportLimits);
        if (EngineEnvironment.Of(system) is SimulatedEnvironment simulated)
            return SimulatedNetwork.In(simulated.Scheduler).CreateTransport(system, options.TransportLimits);
        if (config.GetBoolean("enable-ssl", false))
        {
            throw new ConfigurationException(
                "enable-ssl = true, but the embedded engine has no TLS: build with -p:AkkaEngine=nuget, or use a private network.");
        }

        return new TcpTransport(options.TransportLimits, new TcpOptions(
            config.GetBoolean("tcp-nodelay", true),
            config.GetBoolean("tcp-keepalive", true),
            config.GetInt("backlog", 4096),
            (int)(config.GetByteSize("send-buffer-size") ?? 0),
            (int)(config.GetByteSize("receive-buffer-size") ?? 0)));
    }
}

/// <summary>Where a system listens, and what it tells others about that.</summary>
internal sealed class ListenSettings
{
    public ListenSettings(Config config, string systemName)
    {
        var host = config.GetString("hostname", string.Empty)!;
        var port = config.GetInt("port", 0);
        PublicPort = config.GetInt("public-port", 0);
        if (port is < 0 or > 65535 || PublicPort is < 0 or > 65535)
            throw new ConfigurationException($"{systemName}: port and public-port must be 0 to 65535.");
        Bind = new TransportEndpoint(host.Trim('[', ']'), port);
        var publicHost = config.GetString("public-hostname", string.Empty)!.Trim('[', ']');
        PublicHost = publicHost.Length > 0 ? publicHost : Bind.Host.Length > 0 ? Bind.Host : System.Net.Dns.GetHostName();
    }

    public TransportEndpoint Bind { get; }

    public string PublicHost { get; }

    /// <summary>0: the port in use.</summary>
    public int PublicPort { get; }
}
