// The world of a real process: its standard streams, its environment, and a real cluster.

using System.Text;
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
            Connect = (options, _) => throw new InvalidOperationException(options.ToString()),
        };
    }
}
