// Base of the engine's specs: one actor system per test, patient with slow machines, quiet on success.
using Akka.Actor;
using Akka.Configuration;

namespace AkkaDfs.Engine.Specs;

/// <summary>Base of the engine's specs.</summary>
public abstract class EngineSpec : Akka.TestKit.Xunit2.TestKit
{
    /// <summary>For what must come: long enough for the slowest machine, as only a failing test waits for it.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>For what must not come and nothing tells when it could have.</summary>
    protected static readonly TimeSpan Glimpse = TimeSpan.FromMilliseconds(150);

    /// <summary>Between two looks at a condition.</summary>
    protected static readonly TimeSpan Often = TimeSpan.FromMilliseconds(10);

    protected EngineSpec(string hocon = "")
        : base(Settings(hocon))
    {
    }

    private static Config Settings(string hocon) => ConfigurationFactory.ParseString(hocon).WithFallback(ConfigurationFactory.ParseString(
        """
        akka.loglevel = WARNING
        akka.stdout-loglevel = ERROR
        akka.log-dead-letters = off
        akka.test.single-expect-default = 15s
        akka.test.filter-leeway = 15s
        akka.test.default-timeout = 15s
        """));

    /// <summary>Proves that a probe has nothing left: what it gets next is what is sent now.</summary>
    protected static void ExpectNothingBefore(Akka.TestKit.TestProbe probe)
    {
        var marker = new object();
        probe.Ref.Tell(marker, ActorRefs.NoSender);
        probe.ExpectMsg<object>(message => ReferenceEquals(message, marker), Patience, "a marker, and nothing before it");
    }
}
