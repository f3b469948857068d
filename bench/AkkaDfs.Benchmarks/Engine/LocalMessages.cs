// Messages within one process.

using System.Diagnostics;
using Akka.Actor;
using AkkaDfs.Engine.TestHost;

namespace AkkaDfs.Benchmarks.Engine;

/// <summary>Local Tell and Ask.</summary>
internal static class LocalMessages
{
    private const int Batch = 100_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Messages a second from one sender to one receiver, in batches.</summary>
    public static Task<EngineFigure> TellAsync(string name, TimeSpan length) => MeasureAsync(name, "messages/s", length, async actor =>
    {
        for (var i = 0; i < Batch; i++)
            actor.Tell("x", ActorRefs.NoSender);
        await actor.Ask<string>("done", Patience);
        return Batch;
    });

    /// <summary>Questions a second, one at a time.</summary>
    public static Task<EngineFigure> AskAsync(string name, TimeSpan length) => MeasureAsync(name, "round trips/s", length, async actor =>
    {
        await actor.Ask<string>("x", Patience);
        return 1;
    });

    private static async Task<EngineFigure> MeasureAsync(string name, string unit, TimeSpan length, Func<IActorRef, Task<int>> work)
    {
        var system = Systems.Start("local", "local");
        var actor = system.ActorOf(Props.Create(() => new Echo()));
        await RepeatAsync(actor, TimeSpan.FromSeconds(1), work);
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        var count = await RepeatAsync(actor, length, work);
        var seconds = clock.Elapsed.TotalSeconds;
        process.Refresh();
        var spent = process.TotalProcessorTime - before;
        await system.Terminate();
        return new EngineFigure(name, unit, count / seconds, spent.TotalMicroseconds / count);
    }

    private static async Task<long> RepeatAsync(IActorRef actor, TimeSpan length, Func<IActorRef, Task<int>> work)
    {
        var clock = Stopwatch.StartNew();
        long count = 0;
        while (clock.Elapsed < length)
            count += await work(actor);
        return count;
    }
}
