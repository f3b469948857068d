// The `dfs` command line: all verbs, and the one place where errors become texts and exit codes.

using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Output;
using AkkaDfs.Shared;

namespace AkkaDfs.Client.Commands;

/// <summary>Builds and runs the command line.</summary>
internal static class DfsCommand
{
    /// <summary>All verbs.</summary>
    public static RootCommand Build(CommandContext context)
    {
        var root = new RootCommand("AkkaDfs: a distributed file system of actors. Try: dfs up, and in another terminal: dfs put -r FOLDER /.");

        // The usual help option also answers to /h, which is a path here.
        root.Options.Remove(root.Options.OfType<HelpOption>().Single());
        root.Options.Add(new HelpOption("--help", "-h", "-?"));
        context.Options.AddTo(root);
        foreach (var verb in Verbs(context))
        {
            root.Subcommands.Add(verb);
        }

        root.SetAction(_ =>
        {
            context.Error.WriteLine("dfs: a verb is missing. Try dfs --help, or dfs demo for a first look.");
            return ExitCodes.Usage;
        });
        return root;
    }

    /// <summary>Runs this process's command line: Ctrl+C and SIGTERM end it with exit code 130.</summary>
    public static async Task<int> RunProcessAsync(string[] args)
    {
        using var signals = new TerminationSignals();
        var context = ProcessContext.Create(signals);
        var exitCode = await RunAsync(args, context, signals.Token).ConfigureAwait(false);
        await context.Out.FlushAsync().ConfigureAwait(false);
        return exitCode;
    }

    /// <summary>Runs one command line; never throws.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CommandContext context, CancellationToken cancellationToken)
    {
        var parse = context.Root.Parse(args, new ParserConfiguration { EnablePosixBundling = true });
        var errors = parse.Errors.Select(e => e.Message).Concat(UnknownOptions(parse, args)).ToArray();
        if (errors.Length > 0)
        {
            return Usage(parse, context, errors);
        }

        var configuration = new InvocationConfiguration
        {
            Output = context.Out, Error = context.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null,
        };
        try
        {
            return await parse.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        }
        catch (DfsException e)
        {
            return Fail(parse, context, e.Error);
        }
        catch (AggregateException e) when (e.InnerException is DfsException inner)
        {
            return Fail(parse, context, inner.Error);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            context.EndProgress();
            context.Error.WriteLine("dfs: interrupted.");
            return ExitCodes.Interrupted;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail(parse, context, new DfsError(DfsErrorCode.LocalFileError, e.Message));
        }
    }

    private static IEnumerable<Command> Verbs(CommandContext context) =>
    [
        UpVerb.Create(context),
        DemoVerb.Create(context),
        PutVerb.Create(context),
        GetVerb.Create(context),
        CatVerb.Create(context),
        AppendVerb.Create(context),
        TruncateVerb.Create(context),
        LsVerb.Create(context),
        StatVerb.Create(context),
        MkdirVerb.Create(context),
        RmVerb.Create(context),
        MvVerb.Create(context),
        TrashVerb.Create(context),
        TrashVerb.CreateUndelete(context),
        QuotaVerb.Create(context),
        SnapshotVerb.Create(context),
        LeaseVerb.Create(context),
        LeaseVerb.CreateEnd(context),
        MountVerb.Create(context),
        MountVerb.CreateEnd(context),
        NodesVerb.Create(context),
        DrainVerb.Create(context),
        MaintenanceVerb.Create(context),
        TrackerVerb.Create(context),
        FsckVerb.Create(context),
        ExplainVerb.Create(context),
        LogVerb.Create(context),
        MetaVerb.Create(context),
        CorruptVerb.Create(context),
        SimulateVerb.Create(context),
        ShellVerb.Create(context),
        VersionVerb.Create(context),
        NodeVerb.Create(context),
    ];

    // The parser takes an option it does not know for an argument.
    private static IEnumerable<string> UnknownOptions(ParseResult parse, IReadOnlyList<string> args)
        => args.Contains("--") || !parse.CommandResult.Command.TreatUnmatchedTokensAsErrors
            ? []
            : parse.CommandResult.Children
                .OfType<ArgumentResult>()
                .SelectMany(a => a.Tokens)
                .Where(t => t.Value.Length > 1 && t.Value[0] == '-')
                .Select(t => $"There is no option {t.Value}. A name that begins with a dash goes after --.");

    private static int Usage(ParseResult parse, CommandContext context, string[] errors)
    {
        var verb = CommandPath(parse);
        foreach (var error in errors)
        {
            context.Error.WriteLine($"{verb}: {error}");
        }

        context.Error.WriteLine($"Try {verb} --help.");
        return ExitCodes.Usage;
    }

    private static int Fail(ParseResult parse, CommandContext context, DfsError error)
    {
        context.EndProgress();
        var exitCode = ExitCodes.Of(error.Code);
        if (parse.GetValue(context.Options.Json))
        {
            JsonText.Print(context.Error, error, exitCode);
        }
        else
        {
            context.Error.WriteLine($"{CommandPath(parse)}: {error.Message} [{Names.Upper(error.Code)} {(int)error.Code}]");
        }

        return exitCode;
    }

    private static string CommandPath(ParseResult parse)
    {
        var names = new List<string>();
        for (SymbolResult? at = parse.CommandResult; at is CommandResult command; at = at.Parent)
        {
            names.Insert(0, command.Command is RootCommand ? "dfs" : command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
