// dfs simulate: a program of its own (src/AkkaDfs.Simulation), as it needs this library as much as it is needed here. It is looked for
// beside dfs, and in a checkout where it is built.

using System.CommandLine;
using System.Diagnostics;
using AkkaDfs.Shared;

namespace AkkaDfs.Client.Commands;

/// <summary>Runs simulations.</summary>
internal static class SimulateVerb
{
    private const string Program = "AkkaDfs.Simulation.dll";

    public static Command Create(CommandContext context)
    {
        var rest = new Argument<string[]>("options")
        {
            Description = "--seed N, --seeds COUNT, --hours H, --profile swarm|calm|disk|net, --trace FILE, --without NUMBERS, --threads N, --no-shrink.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new Command("simulate", "Run a whole cluster on one thread in virtual time, with faults from a seed, and check it.") { rest };
        command.TreatUnmatchedTokensAsErrors = false;

        // As they were typed: --seed and --profile mean something else to every other verb, and would not arrive.
        command.SetAction((parse, cancellationToken) => RunAsync(Arguments(parse), cancellationToken));
        _ = context;
        return command;
    }

    /// <summary>What stands behind the verb.</summary>
    internal static IReadOnlyList<string> Arguments(ParseResult parse) => [.. parse.Tokens.Select(t => t.Value).SkipWhile(v => v != "simulate").Skip(1)];

    private static async Task<int> RunAsync(IReadOnlyList<string> args, CancellationToken cancellationToken)
    {
        var beside = Path.Combine(AppContext.BaseDirectory, Program);
        var built = Path.Combine(AppContext.BaseDirectory.Replace("AkkaDfs.Client", "AkkaDfs.Simulation", StringComparison.Ordinal), Program);
        var program = File.Exists(beside) ? beside : File.Exists(built) ? built : throw new DfsException(
            DfsErrorCode.NotSupported,
            $"The simulation is not part of this installation: neither {beside} nor {built} is there. Build it with: dotnet build src/AkkaDfs.Simulation");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. args]) { UseShellExecute = false })
            ?? throw new DfsException(DfsErrorCode.NotSupported, "dotnet could not be started. The simulation needs the .NET runtime in the path.");
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return process.ExitCode;
    }
}
