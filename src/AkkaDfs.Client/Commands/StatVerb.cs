// dfs stat [--chunks] PATH…

using System.CommandLine;
using System.Globalization;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Output;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Commands;

/// <summary>Shows everything about one node, and where its chunks are.</summary>
internal static class StatVerb
{
    public static Command Create(CommandContext context)
    {
        var paths = new Argument<string[]>("PATH") { Description = "Files or directories.", Arity = ArgumentArity.OneOrMore };
        var chunks = new Option<bool>("--chunks") { Description = "Also each chunk with its replicas: server, address, path on that server, state." };
        var command = new Command("stat", "Show everything about files: length, layout, chunks and replicas.") { paths, chunks };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var options = context.Options.Call(parse);
            foreach (var path in parse.GetRequiredValue(paths).Select(context.Remote))
            {
                var status = await lease.Client.StatAsync(path, options, cancellationToken).ConfigureAwait(false);
                var found = parse.GetValue(chunks) && status.Kind == NodeKind.File
                    ? await lease.Client.GetChunksAsync(path, options, cancellationToken).ConfigureAwait(false)
                    : null;
                if (parse.GetValue(context.Options.Json))
                {
                    JsonText.Print(context.Out, JsonText.Node(path, found?.Status ?? status, found?.Chunks, withLayout: true));
                }
                else
                {
                    Print(context.Out, path, found?.Status ?? status, found?.Chunks);
                }
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static void Print(TextWriter output, string path, FileStatus s, IReadOnlyList<ChunkLocation>? chunks)
    {
        output.WriteLine($"    path  {path}");
        output.WriteLine($"    kind  {Names.Kebab(s.Kind)}, inode {s.Inode}, {Amounts.Counted(s.LinkCount, "link")}");
        output.WriteLine($"    mode  {ModeText.Of(s.Kind, s.Mode)} ({ModeText.Octal(s.Mode)}), user {s.Uid}, group {s.Gid}");
        if (s.Kind == NodeKind.SymbolicLink)
        {
            output.WriteLine($"  target  {s.LinkTarget}");
        }

        output.WriteLine($"modified  {Time(s.ModifiedUnixNs)}");
        output.WriteLine($" changed  {Time(s.ChangedUnixNs)}");
        if (s.Kind != NodeKind.File)
        {
            return;
        }

        var exact = s.LengthIsExact ? string.Empty : " or more (no replica of the last chunk answers)";
        output.WriteLine($"  length  {Amounts.Count(s.LengthBytes)} bytes{exact}");
        output.WriteLine(
            $"  layout  chunks of {Amounts.Bytes(s.Layout.ChunkSizeBytes)}, {Amounts.Counted(s.Layout.Replicas, "replica")}, placement {Names.Kebab(s.Layout.Placement)}, ack {Names.Kebab(s.Layout.Ack)}, on replica down {Names.Kebab(s.Layout.OnReplicaDown)}");
        output.WriteLine($"  chunks  {Amounts.Count(s.ChunkCount)}, mapping last updated {Time(s.MappingUpdatedUnixNs)}");
        if (chunks is not null)
        {
            Print(output, chunks);
        }
    }

    private static void Print(TextWriter output, IReadOnlyList<ChunkLocation> chunks)
    {
        var table = new TextTable(">index", "chunk", ">generation", ">length", "server", "address", "state", "path on the server");
        foreach (var chunk in chunks)
        {
            if (chunk.Chunk == ChunkId.None)
            {
                table.Add(Text(chunk.Index), "(hole)", "-", "-", "-", "-", "reads as NUL", string.Empty);
                continue;
            }

            var label = new[] { Text(chunk.Index), chunk.Chunk.ToString(), chunk.Generation.ToString(), Amounts.Count(chunk.LengthBytes) };
            if (chunk.Replicas.Count == 0)
            {
                table.Add([.. label, "-", "-", "missing", string.Empty]);
            }

            foreach (var replica in chunk.Replicas)
            {
                table.Add([.. label, replica.Server.ToString(), replica.Endpoint.ToString(), Names.Kebab(replica.State), replica.Path]);
                label = [string.Empty, string.Empty, string.Empty, string.Empty];
            }
        }

        output.WriteLine();
        table.Print(output);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Time(long unixNs)
        => JsonText.Time(unixNs).ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss.fff zzz", CultureInfo.InvariantCulture);
}
