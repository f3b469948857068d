// Questions and answers of a small protobuf message between two processes.

using System.Diagnostics;
using Akka.Actor;
using AkkaDfs.Engine.TestHost;
using Google.Protobuf;

namespace AkkaDfs.Benchmarks.Engine;

/// <summary>Remote Ask.</summary>
internal static class RemoteAsk
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    /// <summary>Round trips a second, and processor time of both processes per round trip.</summary>
    public static async Task<EngineFigure> RunAsync(string name, int outstanding, TimeSpan length)
    {
        await using var host = await HostProcess.StartAsync();
        var system = Systems.Start("asker", "remote");
        var echo = await system.ActorSelection(new RootActorPath(host.Address) / "user" / "echo").ResolveOne(Patience);
        await AskForAsync(echo, outstanding, WarmUp);
        var before = Spent(host);
        var clock = Stopwatch.StartNew();
        var trips = await AskForAsync(echo, outstanding, length);
        var seconds = clock.Elapsed.TotalSeconds;
        var spent = Spent(host) - before;
        await system.Terminate();
        return new EngineFigure(name, "round trips/s", trips / seconds, spent.TotalMicroseconds / trips);
    }

    private static async Task<long> AskForAsync(IActorRef echo, int outstanding, TimeSpan length)
    {
        var message = new Numbered { Source = 1, Number = 2, Payload = ByteString.CopyFrom(new byte[32]) };
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, outstanding).Select(_ => Task.Run(async () =>
        {
            long count = 0;
            while (clock.Elapsed < length)
            {
                await echo.Ask<Numbered>(message, Patience);
                count++;
            }

            return count;
        })));
        return counts.Sum();
    }

    private static TimeSpan Spent(HostProcess host)
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime + host.ProcessorTime;
    }
}
