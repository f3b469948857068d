// How put and get show what they do: a line of progress while they do it, a summary at the end.

using System.CommandLine;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Output;
using AkkaDfs.Client.Transfer;

namespace AkkaDfs.Client.Commands;

/// <summary>Progress and summary of transfers.</summary>
internal static class TransferReport
{
    private const int MostSkippedShown = 20;

    public static TransferProgress Start(CommandContext context, ParseResult parse, long totalBytes, long totalFiles)
    {
        var show = context.ErrorIsTerminal && !parse.GetValue(context.Options.Quiet) ? context.Progress : (Action<string>?)null;
        return new TransferProgress(totalBytes, totalFiles, context.Time, show);
    }

    public static async Task<int> EndAsync(
        CommandContext context, ParseResult parse, string verb, TransferProgress progress, int directories, IReadOnlyList<string> skipped, bool verified)
    {
        var elapsed = progress.Elapsed;
        await progress.DisposeAsync().ConfigureAwait(false);
        context.EndProgress();
        foreach (var left in skipped.Take(MostSkippedShown))
        {
            context.Warn($"dfs: left out {left}");
        }

        if (skipped.Count > MostSkippedShown)
        {
            context.Warn($"dfs: left out {skipped.Count - MostSkippedShown} more");
        }

        if (parse.GetValue(context.Options.Json))
        {
            var seconds = Math.Round(elapsed.TotalSeconds, 3);
            var rate = elapsed > TimeSpan.Zero ? Math.Round(progress.Bytes / elapsed.TotalSeconds) : 0;
            JsonText.Print(context.Out, new JsonTransfer(progress.Files, directories, progress.Bytes, seconds, rate, skipped, verified));
        }
        else if (!parse.GetValue(context.Options.Quiet))
        {
            var folders = directories > 0 ? $" in {Amounts.Counted(directories, "folder")}" : string.Empty;
            context.Out.WriteLine(
                $"{verb} {Amounts.Counted(progress.Files, "file")}{folders}, {Amounts.Bytes(progress.Bytes)} in {Amounts.Time(elapsed)} ({Amounts.Rate(progress.Bytes, elapsed)}){(verified ? ", verified" : string.Empty)}");
        }

        return ExitCodes.Ok;
    }
}
