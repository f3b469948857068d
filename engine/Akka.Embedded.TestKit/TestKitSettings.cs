// Settings under akka.test.
using Akka.Actor;
using Akka.Configuration;

namespace Akka.TestKit;

/// <summary>Settings of the test kit.</summary>
public class TestKitSettings : IExtension
{
    /// <param name="config">A whole configuration.</param>
    /// <exception cref="ConfigurationException">There is no section akka.test in it.</exception>
    public TestKitSettings(Config config)
    {
        var section = config.GetConfig("akka.test");
        if (section.IsNullOrEmpty())
            throw ConfigurationException.NullOrEmptyConfig<TestKitSettings>("akka.test");
        DefaultTimeout = section.GetTimeSpan("default-timeout", allowInfinite: false);
        SingleExpectDefault = section.GetTimeSpan("single-expect-default", allowInfinite: false);
        TestEventFilterLeeway = section.GetTimeSpan("filter-leeway", allowInfinite: false);
        TestTimeFactor = section.GetDouble("timefactor");
        LogTestKitCalls = config.GetBoolean("akka.test.testkit.debug");
        if (TestTimeFactor <= 0)
            throw new ConfigurationException($"akka.test.timefactor is {TestTimeFactor}: it must be positive.");
    }

    /// <summary>For Ask in tests.</summary>
    public TimeSpan DefaultTimeout { get; }

    /// <summary>How long an expectation waits outside of Within.</summary>
    public TimeSpan SingleExpectDefault { get; }

    /// <summary>How long an event filter waits for what is missing after the tested code has run.</summary>
    public TimeSpan TestEventFilterLeeway { get; }

    /// <summary>All time-outs are multiplied by this: more than 1 on slow machines.</summary>
    public double TestTimeFactor { get; }

    /// <summary>If calls of the kit are logged.</summary>
    public bool LogTestKitCalls { get; }
}

/// <summary>Identifies <see cref="TestKitSettings"/>.</summary>
public class TestKitExtension : ExtensionIdProvider<TestKitSettings>
{
    /// <summary>The system's settings.</summary>
    public static TestKitSettings For(ActorSystem system) => system.GetExtension<TestKitSettings>();

    /// <inheritdoc/>
    public override TestKitSettings CreateExtension(ExtendedActorSystem system) => new(system.Settings.Config);
}
