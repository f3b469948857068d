// dfs cat [--offset N] [--length N] [--no-padding] PATH…

using System.CommandLine;
using AkkaDfs.Shared;

namespace AkkaDfs.Client.Commands;

/// <summary>Prints files to standard output.</summary>
internal static class CatVerb
{
    public static Command Create(CommandContext context)
    {
        var paths = new Argument<string[]>("PATH") { Description = "Files.", Arity = ArgumentArity.OneOrMore };
        var offset = new Option<long>("--offset") { Description = "First byte; negative counts from the end.", HelpName = "BYTES" };
        var length = new Option<long?>("--length") { Description = "Bytes at most.", HelpName = "BYTES" };
        var noPadding = new Option<bool>("--no-padding") { Description = "Leave out the NUL bytes that record appends pad chunks with." };
        var command = new Command("cat", "Print files to standard output.") { paths, offset, length, noPadding };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var lease = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
            await using var output = context.OpenOutput();
            var call = context.Options.Call(parse);
            foreach (var path in parse.GetRequiredValue(paths))
            {
                var file = await lease.Client.OpenAsync(context.Remote(path), call, cancellationToken).ConfigureAwait(false);
                if (parse.GetResult(offset) is null && parse.GetResult(length) is null && !parse.GetValue(noPadding))
                {
                    await using var stream = file.OpenReadStream(call);
                    await stream.CopyToAsync(output, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                var total = await file.GetLengthAsync(call, cancellationToken).ConfigureAwait(false);
                var from = parse.GetValue(offset) is var o && o < 0 ? Math.Max(0, total + o) : Math.Min(o, total);
                var end = Math.Min(total, parse.GetValue(length) is { } l ? from + l : long.MaxValue);
                await PrintAsync(file, from, end, parse.GetValue(noPadding), output, call, cancellationToken).ConfigureAwait(false);
            }

            await output.FlushAsync(cancellationToken).ConfigureAwait(false);
            return ExitCodes.Ok;
        });
        return command;
    }

    // Chunk by chunk: padding is at the ends of chunks only, and never at the end of the last.
    private static async Task PrintAsync(
        DfsFile file, long from, long end, bool noPadding, Stream output, CallOptions call, CancellationToken cancellationToken)
    {
        const int Most = 4 * 1024 * 1024;
        var pending = 0L;
        var buffer = new byte[(int)Math.Min(Most, Math.Max(1, end - from))];
        for (var at = from; at < end;)
        {
            var chunkEnd = ((at / file.ChunkSizeBytes) + 1) * file.ChunkSizeBytes;
            var take = (int)Math.Min(Math.Min(buffer.Length, end - at), chunkEnd - at);
            var read = await file.ReadAsync(at, buffer.AsMemory(0, take), call, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                break;
            }

            at += read;
            var kept = noPadding ? buffer.AsSpan(0, read).TrimEnd((byte)0).Length : read;
            if (kept > 0)
            {
                await WriteZerosAsync(output, pending, cancellationToken).ConfigureAwait(false);
                await output.WriteAsync(buffer.AsMemory(0, kept), cancellationToken).ConfigureAwait(false);
                pending = 0;
            }

            // NULs inside a chunk are content; they are padding only when nothing but NUL follows up to the chunk's end.
            pending = at == chunkEnd ? 0 : pending + read - kept;
        }

        await WriteZerosAsync(output, pending, cancellationToken).ConfigureAwait(false);
    }

    private static async Task WriteZerosAsync(Stream output, long count, CancellationToken cancellationToken)
    {
        var zeros = new byte[Math.Min(count, 64 * 1024)];
        for (; count > 0; count -= zeros.Length)
        {
            await output.WriteAsync(zeros.AsMemory(0, (int)Math.Min(count, zeros.Length)), cancellationToken).ConfigureAwait(false);
        }
    }
}
