// Five processes that append records to one file at the same time, and the proof that every acknowledged record is in it
// once, at its offset, and each process's records in order.

using System.Diagnostics;
using System.Globalization;
using System.Text;
using AkkaDfs.Client.Hosting;
using AkkaDfs.Shared;

namespace AkkaDfs.Client.Demo;

/// <summary>What one appender was told.</summary>
internal sealed record AppendedRecord(int Client, int Number, long Offset, string Text);

/// <summary>Concurrent appenders.</summary>
internal static class DemoAppenders
{
    public const int Clients = 5;
    public const int RecordsPerClient = 200;

    /// <summary>Lets all clients append; gives what was acknowledged.</summary>
    public static async Task<IReadOnlyList<AppendedRecord>> RunAsync(string path, string seed, CancellationToken cancellationToken)
    {
        var all = await Task.WhenAll(Enumerable.Range(1, Clients).Select(c => RunClientAsync(c, path, seed, cancellationToken))).ConfigureAwait(false);
        return [.. all.SelectMany(a => a)];
    }

    /// <summary>Null when a file's content agrees with what was acknowledged; otherwise what is wrong.</summary>
    public static string? Check(ReadOnlySpan<byte> content, IReadOnlyList<AppendedRecord> acknowledged)
    {
        foreach (var record in acknowledged)
        {
            var expected = Encoding.UTF8.GetBytes(record.Text);
            if (record.Offset + expected.Length > content.Length || !content.Slice((int)record.Offset, expected.Length).SequenceEqual(expected))
            {
                return $"record {record.Number} of client {record.Client} is not at offset {record.Offset}";
            }
        }

        var found = Encoding.UTF8.GetString(content).Replace("\0", string.Empty, StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (found.Length != acknowledged.Count || found.Distinct(StringComparer.Ordinal).Count() != found.Length)
        {
            return $"{acknowledged.Count} records were acknowledged, and {found.Length} are there, {found.Distinct(StringComparer.Ordinal).Count()} of them different";
        }

        var outOfOrder = acknowledged.GroupBy(r => r.Client).FirstOrDefault(g => !g.OrderBy(r => r.Number).Select(r => r.Offset).SequenceEqual(g.Select(r => r.Offset).Order()));
        return outOfOrder is null ? null : $"the records of client {outOfOrder.Key} are not in the order in which it appended them";
    }

    private static async Task<IReadOnlyList<AppendedRecord>> RunClientAsync(int client, string path, string seed, CancellationToken cancellationToken)
    {
        var texts = Enumerable.Range(1, RecordsPerClient).Select(n => Record(client, n)).ToArray();
        using var process = Process.Start(SelfProcess.StartInfo(["append", path, "--records", "--offsets", "--seed", seed]))
            ?? throw new DfsException(DfsErrorCode.ClusterStartFailed, "An appending process could not be started.");
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.StandardInput.WriteAsync(string.Concat(texts).AsMemory(), cancellationToken).ConfigureAwait(false);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            throw new DfsException(DfsErrorCode.Internal, $"Appending client {client} failed: {(await errors.ConfigureAwait(false)).Trim()}");
        }

        var offsets = (await output.ConfigureAwait(false)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. offsets.Select((o, i) => new AppendedRecord(client, i + 1, long.Parse(o, CultureInfo.InvariantCulture), texts[i]))];
    }

    // Of different lengths, so that records do not fill chunks evenly.
    private static string Record(int client, int number)
        => FormattableString.Invariant($"client {client} record {number:d4} {new string((char)('a' + client), (client * 131 + number * 37) % 900)}\n");
}
