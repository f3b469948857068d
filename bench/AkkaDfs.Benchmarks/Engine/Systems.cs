// Actor systems for measurements: quiet, on the loopback address.

using Akka.Actor;
using Akka.Configuration;
using AkkaDfs.Engine.TestHost;

namespace AkkaDfs.Benchmarks.Engine;

/// <summary>Makes actor systems.</summary>
internal static class Systems
{
    /// <summary>What the nodes of the file system set, see hocon/meta.conf; everything else is the engine's default.</summary>
    public const string NodeSettings =
        """
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        akka.cluster {
          seed-node-timeout = 1s
          failure-detector.acceptable-heartbeat-pause = 3s
          unreachable-nodes-reaper-interval = 500ms
          leader-actions-interval = 500ms
          downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
          split-brain-resolver { active-strategy = keep-majority, stable-after = 2s }
          down-removal-margin = 0s
        }
        """;

    /// <summary>Starts one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="provider">local, remote or cluster.</param>
    /// <param name="hocon">More settings.</param>
    public static ActorSystem Start(string name, string provider, string hocon = "") => ActorSystem.Create(name, ConfigurationFactory.ParseString(
        $$"""
        akka.loglevel = WARNING
        akka.stdout-loglevel = OFF
        akka.loggers = []
        akka.log-dead-letters = off
        akka.actor.provider = {{provider}}
        akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
        akka.remote.dot-netty.tcp.port = 0
        {{hocon}}
        """).WithFallback(ConfigurationFactory.ParseString(SpecSerializer.Hocon)));

    /// <summary>Its address.</summary>
    public static Address AddressOf(ActorSystem system) => ((ExtendedActorSystem)system).Provider.DefaultAddress;

    /// <summary>Looks often until something holds; gives the seconds that took.</summary>
    public static async Task<double> UntilAsync(Func<Task<bool>> condition)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > TimeSpan.FromMinutes(2))
                throw new TimeoutException("It did not happen within two minutes.");
            await Task.Delay(10);
        }

        return clock.Elapsed.TotalSeconds;
    }
}
