// The world of a real process: its standard streams, its environment, and a real cluster.

using System.Text;
using AkkaDfs.Client.Actors;
using AkkaDfs.Client.Hosting;

namespace AkkaDfs.Client.Commands;

/// <summary>Makes the context of this process.</summary>
internal static class ProcessContext
{
    public static CommandContext Create(TerminationSignals signals)
    {
        var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 16 * 1024) { AutoFlush = !Console.IsOutputRedirected };
        return new CommandContext
        {
            Out = output,
            Error = Console.Error,
            OpenInput = Console.OpenStandardInput,
            OpenOutput = () =>
            {
                output.Flush();
                return Console.OpenStandardOutput();
            },
            OutIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            InputIsTerminal = !Console.IsInputRedirected,
            Signals = signals,
            RunningCluster = () => UserState.FindRunning()?.Seeds ?? [],
            Connect = ConnectAsync,
        };
    }

    private static async Task<IDfsClient> ConnectAsync(DfsClientOptions options, CancellationToken cancellationToken)
    {
        var level = Environment.GetEnvironmentVariable("DFS_LOG");
        NodeLog.RedirectToError();
        await SeedProbe.WaitAsync(options.Seeds, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        string[] quiet = level is { Length: > 0 } ? [$"akka.loglevel={level}"] : ["akka.loglevel=OFF", "akka.stdout-loglevel=OFF"];
        return DfsClient.Start(options with { Node = options.Node with { Overrides = [.. quiet, .. options.Node.Overrides] } });
    }
}
