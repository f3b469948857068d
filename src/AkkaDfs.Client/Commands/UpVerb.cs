// dfs up [--data DIR] [--chunk-servers N] [--port P] [--processes]

using System.CommandLine;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Hosting;
using AkkaDfs.Client.Output;
using AkkaDfs.Shared.Hosting;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Commands;

/// <summary>Starts a cluster on this machine and keeps it up until Ctrl+C.</summary>
internal static class UpVerb
{
    private const int DefaultPort = 5011;

    public static Command Create(CommandContext context)
    {
        var data = new Option<string>("--data", "-d")
        {
            Description = "Folder for everything that is stored; a next start finds it there.", HelpName = "DIR", DefaultValueFactory = _ => "dfs-data",
        };
        var servers = new Option<int>("--chunk-servers", "-n") { Description = "Number of chunk servers; as many as the folder has from before, or 7.", HelpName = "N" };
        var port = new Option<int>("--port") { Description = "Port of the meta node, the cluster's seed; 0 takes any free one.", HelpName = "P", DefaultValueFactory = _ => DefaultPort };
        var processes = new Option<bool>("--processes") { Description = "One process per node instead of one for all." };
        LayoutOptions.InRange(servers, 1, 1000);
        LayoutOptions.InRange(port, 0, 65535);
        var command = new Command("up", "Start a cluster on this machine and keep it up until Ctrl+C.") { data, servers, port, processes };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var options = new DfsClusterOptions
            {
                ChunkServers = parse.GetValue(servers),
                DataFolder = parse.GetRequiredValue(data),
                Port = parse.GetValue(port),
                SeparateProcesses = parse.GetValue(processes),
                Node = WithDrills(context.Options.Node(parse)),
            };
            return await RunAsync(context, options, parse.GetValue(context.Options.Json), cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, DfsClusterOptions options, bool json, CancellationToken cancellationToken)
    {
        var began = context.Time.GetTimestamp();
        context.Progress("starting …");
        NodeLog.RedirectTo(LogOf(options));
        var cluster = await DfsCluster.StartAsync(options, cancellationToken).ConfigureAwait(false);
        await using (cluster.ConfigureAwait(false))
        {
            context.EndProgress();
            var status = await cluster.Client.GetClusterAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            using var note = UserState.Announce(new RunningCluster(Environment.ProcessId, cluster.Seeds, "dfs", cluster.DataFolder));
            if (json)
            {
                JsonText.Print(context.Out, new JsonUp(Environment.ProcessId, cluster.Seeds, cluster.DataFolder, cluster.RunningServers.Count));
            }
            else
            {
                Greet(context, cluster, status, options, context.Time.GetElapsedTime(began));
            }

            await context.Out.FlushAsync(cancellationToken).ConfigureAwait(false);
            await UntilCancelledAsync(cancellationToken).ConfigureAwait(false);
            context.Error.WriteLine("stopping …");
        }

        return ExitCodes.Ok;
    }

    private static void Greet(CommandContext context, DfsCluster cluster, ClusterStatus status, DfsClusterOptions options, TimeSpan elapsed)
    {
        var seed = cluster.Seeds[0];
        var how = options.SeparateProcesses ? "one process each" : "all in this process";
        context.Out.WriteLine($"AkkaDfs is up: 1 meta node and {Amounts.Counted(cluster.RunningServers.Count, "chunk server")}, {how} ({Amounts.Time(elapsed)}).");
        context.Out.WriteLine();
        context.Out.WriteLine($"  data    {cluster.DataFolder}: {Amounts.Counted(status.Files, "file")}, {Amounts.Counted(status.Chunks, "chunk")}");
        context.Out.WriteLine($"  logs    {Path.GetDirectoryName(Path.GetFullPath(LogOf(options)))}");
        context.Out.WriteLine($"  seed    {seed}");
        context.Out.WriteLine();
        context.Out.WriteLine("In another terminal:");
        context.Out.WriteLine();
        context.Out.WriteLine("  dfs put -r FOLDER /docs     store a folder");
        context.Out.WriteLine("  dfs ls -l /                 look at it");
        context.Out.WriteLine("  dfs stat --chunks /FILE     see where its chunks are");
        context.Out.WriteLine("  dfs get -r /docs COPY       fetch it back");
        context.Out.WriteLine("  dfs nodes                   see the servers");
        context.Out.WriteLine("  dfs shell                   work interactively");
        context.Out.WriteLine();
        context.Out.WriteLine("Ctrl+C stops the cluster; what is stored stays.");
    }

    // A cluster to try things out, among them dfs corrupt; -D says otherwise.
    private static NodeOptions WithDrills(NodeOptions node) => node with { Overrides = ["dfs.node.chunk.allow-drills=on", .. node.Overrides] };

    private static string LogOf(DfsClusterOptions options) => Path.Combine(options.DataFolder!, "logs", "up.log");

    private static async Task UntilCancelledAsync(CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(cancelled.SetResult);
        await cancelled.Task.ConfigureAwait(false);
    }
}
