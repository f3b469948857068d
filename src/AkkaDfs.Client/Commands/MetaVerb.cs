// dfs meta verify | dump FILE | load FILE: the names of a cluster while its meta node is stopped

using System.CommandLine;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Output;
using AkkaDfs.Meta;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Hosting;

namespace AkkaDfs.Client.Commands;

/// <summary>Checks, saves and moves the operation log of a meta node that does not run.</summary>
internal static class MetaVerb
{
    public static Command Create(CommandContext context)
    {
        var data = new Option<string?>("--data")
        {
            Description = "The meta node's data folder. With -D dfs.node.meta.journal=postgres and the connection's settings: the database.", HelpName = "DIR", Recursive = true,
        };
        var verify = new Command("verify", "Read the operation log back as a start would, and check what comes out. Changes nothing.");
        verify.SetAction(parse => Run(context, parse, data, MetaMaintenance.Verify, "holds"));

        var into = new Argument<string>("FILE") { Description = "A file that does not exist yet." };
        var dump = new Command("dump", "Write everything in the operation log into one file.") { into };
        dump.SetAction(parse => Run(context, parse, data, s => MetaMaintenance.Dump(s, parse.GetRequiredValue(into)), "was dumped, with"));

        var from = new Argument<string>("FILE") { Description = "What dfs meta dump has written." };
        var load = new Command("load", "Fill a new operation log, in a folder or a database, from a dump.") { from };
        load.SetAction(parse => Run(context, parse, data, s => MetaMaintenance.Load(s, parse.GetRequiredValue(from)), "was loaded, with"));
        return new Command("meta", "Work on the names of a cluster while its meta node is stopped.") { data, verify, dump, load };
    }

    private static int Run(
        CommandContext context, ParseResult parse, Option<string?> data, Func<NodeSettings, Result<MetaSummary>> work, string did)
    {
        var options = context.Options.Node(parse) with { DataFolder = parse.GetValue(data) };
        var result = work(NodeConfiguration.Load(NodeRole.Meta, options).Settings);
        var found = result.IsOk ? result.Value : throw result.Error.ToException();
        if (parse.GetValue(context.Options.Json))
        {
            JsonText.Print(context.Out, new JsonMetaSummary(
                found.Place, found.ClusterId, found.Epoch, found.Transactions, found.Files, found.Directories, found.Chunks, found.Servers, found.CutBytes, found.Findings));
        }
        else
        {
            Print(context, found, did);
        }

        return found.Findings.Count == 0 ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static void Print(CommandContext context, MetaSummary found, string did)
    {
        context.Out.WriteLine(
            $"{found.Place} {did} {Amounts.Counted(found.Files, "file")}, {Amounts.Counted(found.Directories, "directory", "directories")}, {Amounts.Counted(found.Chunks, "chunk")} and {Amounts.Counted(found.Servers, "chunk server")} of cluster {found.ClusterId:n}, epoch {found.Epoch}, {Amounts.Counted((long)found.Transactions, "transaction")}.");
        if (found.CutBytes > 0)
        {
            context.Out.WriteLine($"Its last {Amounts.Counted(found.CutBytes, "byte")} were never confirmed: the next start cuts them off, and nothing is lost.");
        }

        foreach (var finding in found.Findings)
        {
            context.Error.WriteLine($"dfs meta: {finding}");
        }
    }
}
