// dfs append [--records | --record-size N] [--text TEXT] PATH [LOCAL]

using System.CommandLine;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Output;
using AkkaDfs.Client.Transfer;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Commands;

/// <summary>Appends bytes exactly as they are, or as records.</summary>
internal sealed class AppendVerb(CommandContext context, ParseResult parse, CallOptions call, bool printOffsets)
{
    private long _records;
    private long _bytes;
    private long _firstOffset = -1;
    private long _lastOffset = -1;

    public static Command Create(CommandContext context)
    {
        var path = new Argument<string>("PATH") { Description = "The file to append to; made if it is not there." };
        var local = new Argument<string?>("LOCAL") { Description = "A local file; standard input when there is none.", Arity = ArgumentArity.ZeroOrOne };
        var text = new Option<string?>("--text", "-t") { Description = "Append this text and a line end.", HelpName = "TEXT" };
        var records = new Option<bool>("--records") { Description = "Each line, with its line end, is one record: in one piece within one chunk." };
        var recordSize = new Option<long>("--record-size") { Description = "Each so many bytes are one record.", HelpName = "SIZE", CustomParser = CommonOptions.ParseSize };
        var offsets = new Option<bool>("--offsets") { Description = "Print the offset of each record as soon as it is acknowledged." };
        var layout = new LayoutOptions();
        var command = new Command("append", "Append standard input or a file, as it is or as records.") { path, local, text, records, recordSize, offsets };
        layout.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            var verb = new AppendVerb(context, parse, layout.Call(parse, context.Options.Call(parse)), parse.GetValue(offsets));
            var create = new CreateOptions { Disposition = MetaProtocol.Disposition.OpenOrCreate, Layout = layout.Layout(parse), ExpectsContent = false };
            await using var input = Input(context, parse.GetValue(text), parse.GetValue(local));
            var began = context.Time.GetTimestamp();
            var target = context.Remote(parse.GetRequiredValue(path));
            var file = await lease.Client.CreateAsync(target, create, verb.Call, cancellationToken).ConfigureAwait(false);
            await using (file.ConfigureAwait(false))
            {
                var size = parse.GetValue(recordSize);
                await (parse.GetValue(records) || size > 0
                    ? verb.RecordsAsync(file, new RecordReader(input, (int)size, MaxRecord(file)), cancellationToken)
                    : verb.BytesAsync(file, input, cancellationToken)).ConfigureAwait(false);
            }

            verb.Summarize(target, context.Time.GetElapsedTime(began));
            return ExitCodes.Ok;
        });
        return command;
    }

    private CallOptions Call => call;

    private static int MaxRecord(DfsFile file)
        => WritePlan.MaxRecordBytes(file.ChunkSizeBytes, Shared.DataPlane.DataPlaneLimits.MaxPayloadBytes);

    private static Stream Input(CommandContext context, string? text, string? local)
        => text is not null ? new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text + "\n"))
            : local is not null and not "-" ? new FileStream(local, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0, FileOptions.SequentialScan)
            : context.OpenInput();

    private async Task RecordsAsync(DfsFile file, RecordReader reader, CancellationToken cancellationToken)
    {
        while (await reader.NextAsync(cancellationToken).ConfigureAwait(false) is { Length: > 0 } record)
        {
            var offset = await file.RecordAppendAsync(record, null, call, cancellationToken).ConfigureAwait(false);
            Count(offset, record.Length);
        }
    }

    private async Task BytesAsync(DfsFile file, Stream input, CancellationToken cancellationToken)
    {
        var buffer = new byte[1024 * 1024];
        int read;
        while ((read = await input.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false)) > 0)
        {
            var offset = await file.AppendAsync(buffer.AsMemory(0, read), null, call, cancellationToken).ConfigureAwait(false);
            Count(offset, read);
        }
    }

    private void Count(long offset, int bytes)
    {
        _records++;
        _bytes += bytes;
        _firstOffset = _firstOffset < 0 ? offset : _firstOffset;
        _lastOffset = offset;
        if (printOffsets)
        {
            context.Out.WriteLine(offset);
            context.Out.Flush();
        }
    }

    private void Summarize(string path, TimeSpan elapsed)
    {
        if (parse.GetValue(context.Options.Json))
        {
            JsonText.Print(context.Out, new JsonAppend(path, _records, _bytes, _firstOffset, _lastOffset, Math.Round(elapsed.TotalSeconds, 3)));
        }
        else if (!printOffsets && !parse.GetValue(context.Options.Quiet))
        {
            context.Out.WriteLine(_records == 0
                ? "nothing to append"
                : $"appended {Amounts.Count(_bytes)} bytes at offset {_firstOffset}{(_records > 1 ? $" to {_lastOffset} in {Amounts.Count(_records)} appends" : string.Empty)} ({Amounts.Time(elapsed)})");
        }
    }
}
