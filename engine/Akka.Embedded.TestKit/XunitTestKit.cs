// The test kit for xunit 2: one actor system per test object, ended when xunit disposes the object.
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit.Xunit2.Internals;
using Xunit.Abstractions;

namespace Akka.TestKit.Xunit2;

/// <summary>Base of xunit test classes that test actors.</summary>
public class TestKit : TestKitBase, IDisposable
{
    /// <summary>Where log events are shown; null if not given.</summary>
    protected readonly ITestOutputHelper? Output;

    private bool _disposed;

    /// <param name="system">The tested system; null makes one with the kit's defaults.</param>
    /// <param name="output">Where log events are shown.</param>
    public TestKit(ActorSystem? system = null, ITestOutputHelper? output = null)
        : base(Assertions, system)
    {
        Output = output;
        InitializeLogger(Sys);
    }

    /// <param name="config">Settings of the system to make.</param>
    /// <param name="actorSystemName">Its name; null for a default.</param>
    /// <param name="output">Where log events are shown.</param>
    public TestKit(ActorSystemSetup config, string? actorSystemName = null, ITestOutputHelper? output = null)
        : base(Assertions, config, actorSystemName)
    {
        Output = output;
        InitializeLogger(Sys);
    }

    /// <param name="config">Configuration of the system to make, over the kit's defaults.</param>
    /// <param name="actorSystemName">Its name; null for a default.</param>
    /// <param name="output">Where log events are shown.</param>
    public TestKit(Config config, string? actorSystemName = null, ITestOutputHelper? output = null)
        : base(Assertions, config, actorSystemName)
    {
        Output = output;
        InitializeLogger(Sys);
    }

    /// <param name="config">HOCON of the system to make, over the kit's defaults.</param>
    /// <param name="output">Where log events are shown.</param>
    public TestKit(string config, ITestOutputHelper? output = null)
        : base(Assertions, ConfigurationFactory.ParseString(config))
    {
        Output = output;
        InitializeLogger(Sys);
    }

    /// <summary>Logs everything there is.</summary>
    public static new Config FullDebugConfig => TestKitBase.FullDebugConfig;

    /// <summary>The kit's defaults.</summary>
    public static new Config DefaultConfig => TestKitBase.DefaultConfig;

    /// <summary>xunit's way of failing.</summary>
    protected static XunitAssertions Assertions { get; } = new();

    /// <summary>Ends the tested system.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Called before the system is ended.</summary>
    protected virtual void AfterAll()
    {
    }

    /// <summary>Ends the tested system, once.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (_disposed || !disposing)
            return;
        _disposed = true;
        try
        {
            AfterAll();
        }
        finally
        {
            Shutdown();
            ForgetImplicitSender();
        }
    }

    /// <summary>Shows a system's log events in the test's output.</summary>
    protected void InitializeLogger(ActorSystem system) => InitializeLogger(system, null);

    /// <summary>Shows a system's log events in the test's output.</summary>
    /// <param name="system">Whose.</param>
    /// <param name="prefix">Before every line; null for nothing.</param>
    protected void InitializeLogger(ActorSystem system, string? prefix)
    {
        if (Output is not { } output)
            return;
        var shown = prefix is null ? output : new PrefixedOutput(output, prefix);
        var logger = ((ExtendedActorSystem)system).SystemActorOf(Props.Create(() => new TestOutputLogger(shown)), "log-test");
        logger.Ask<LoggerInitialized>(new InitializeLogger(system.EventStream), TimeSpan.FromSeconds(10)).GetAwaiter().GetResult();
    }
}
