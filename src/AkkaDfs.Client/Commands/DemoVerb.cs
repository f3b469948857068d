// dfs demo [PATH]

using System.CommandLine;
using AkkaDfs.Client.Demo;
using AkkaDfs.Client.Hosting;

namespace AkkaDfs.Client.Commands;

/// <summary>Shows on a cluster of its own what the file system does: store, append, lose a server, repair, read back.</summary>
internal static class DemoVerb
{
    public static Command Create(CommandContext context)
    {
        var path = new Argument<string?>("PATH") { Description = "A folder to store; a part of the .NET SDK's own when there is none.", Arity = ArgumentArity.ZeroOrOne };
        var servers = new Option<int>("--chunk-servers", "-n") { Description = "Number of chunk servers, 4 to 100.", HelpName = "N", DefaultValueFactory = _ => DfsClusterOptions.DefaultChunkServers };
        LayoutOptions.InRange(servers, 4, 100);
        var command = new Command("demo", "See it work: a cluster of processes, real files, a killed server, and every byte back.") { path, servers };
        command.SetAction(async (parse, cancellationToken) =>
        {
            NodeLog.Silence();
            var began = context.Time.GetTimestamp();
            var folder = parse.GetValue(path);
            var run = new DemoRun(context, folder ?? DemoFolder.Default(), limited: folder is null, parse.GetValue(servers), context.Options.Node(parse));
            var good = await run.RunAsync(cancellationToken).ConfigureAwait(false);
            DemoTable.Print(context.Out, run.Steps, context.Time.GetElapsedTime(began), good, context.OutIsTerminal);
            return good ? ExitCodes.Ok : ExitCodes.ContentDiffers;
        });
        return command;
    }
}
