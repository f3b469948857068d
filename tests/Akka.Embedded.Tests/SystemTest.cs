// A base for tests that need an actor system of their own: made with a configuration, ended with the test.
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Embedded.Tests;

public abstract class SystemTest : IAsyncLifetime
{
    /// <summary>Long enough for any machine; no test waits for it unless it fails.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    protected SystemTest(string hocon = "")
    {
        var config = ConfigurationFactory.ParseString(hocon + "\nakka.loglevel = OFF\nakka.stdout-loglevel = OFF\nakka.log-dead-letters = off");
        Sys = ActorSystem.Create(GetType().Name, config);
    }

    protected ActorSystem Sys { get; }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => Sys.Terminate();

    /// <summary>Looks until a condition holds; fails after <see cref="Patience"/>.</summary>
    protected static async Task Eventually(Func<bool> condition, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, $"Not within {Patience}: {what}");
            await Task.Delay(5);
        }
    }
}

/// <summary>An actor made of a function.</summary>
public sealed class Does(Action<object, IUntypedActorContext> handle) : UntypedActor
{
    public static Props With(Action<object, IUntypedActorContext> handle) => Props.Create(() => new Does(handle));

    protected override void OnReceive(object message) => handle(message, Context);
}
