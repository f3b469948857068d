// One open file whose every operation goes into the history: with its retries under the same ticket, and its honest outcome.

using AkkaDfs.Client;
using AkkaDfs.Shared;
using AkkaDfs.Testing.History;

namespace AkkaDfs.MultiNode.Workload;

internal sealed class RecordedFile(DfsFile file, string path, HistoryLog log)
{
    // Longer than any fault lasts: whoever gets an error within it has found one.
    private static readonly CallOptions Patient = new() { Timeout = TimeSpan.FromSeconds(60) };
    private const int UnknownRetries = 3;

    internal string Path => path;

    internal int ChunkSizeBytes => file.Status.Layout.ChunkSizeBytes;

    internal ValueTask CloseAsync() => file.DisposeAsync();

    internal Task RecordAsync(int lengthBytes) => AppendAsync(OperationKind.Record, lengthBytes, file.RecordAppendAsync);

    internal Task AppendAsync(int lengthBytes) => AppendAsync(OperationKind.Append, lengthBytes, file.AppendAsync);

    internal Task WriteAsync(long offset, byte[] data)
        => DoAsync(Begin(OperationKind.Write) with { Offset = offset, Data = data, LengthBytes = data.Length }, async begun =>
        {
            await file.WriteAsync(offset, data, Patient);
            return begun;
        });

    internal Task ReadAsync(long offset, int wantedBytes)
        => DoAsync(Begin(OperationKind.Read) with { Offset = offset, LengthBytes = wantedBytes }, async begun =>
        {
            var buffer = new byte[wantedBytes];
            var got = await file.ReadAsync(offset, buffer, Patient);
            return begun with { Data = buffer.AsMemory(0, got) };
        });

    /// <summary>Asks for the length and gives it; -1 when nobody told.</summary>
    internal async Task<long> StatAsync()
    {
        var ended = await DoAsync(Begin(OperationKind.Stat), async begun => begun with { LengthBytes = await file.GetLengthAsync(Patient) });
        return ended.Outcome == Outcome.Acknowledged ? ended.LengthBytes : -1;
    }

    private Task AppendAsync(
        OperationKind kind, int lengthBytes, Func<ReadOnlyMemory<byte>, AppendTicket?, CallOptions?, CancellationToken, Task<long>> append)
    {
        var begin = Begin(kind);
        var data = new HistoryRecord(begin.Client, begin.Counter, lengthBytes).ToBytes();
        var ticket = file.NewTicket();
        return DoAsync(begin with { Data = data, LengthBytes = lengthBytes }, async begun =>
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return begun with { Offset = await append(data, ticket, Patient, CancellationToken.None) };
                }
                catch (DfsException e) when (e.Code == DfsErrorCode.OutcomeUnknown && attempt <= UnknownRetries)
                {
                    await Console.Out.WriteLineAsync($"{begun} again after {e.Error}");
                }
                catch (DfsException e) when (ticket.BytesDone > 0)
                {
                    throw new DfsException(DfsErrorCode.OutcomeUnknown, $"{ticket.BytesDone} bytes were appended, then: {e.Message}");
                }
            }
        });
    }

    private ClientOperation Begin(OperationKind kind)
        => new() { Client = log.Client, Counter = log.Next(), Kind = kind, Invoked = HistoryLog.Now };

    private async Task<ClientOperation> DoAsync(ClientOperation begin, Func<ClientOperation, Task<ClientOperation>> act)
    {
        begin = begin with { Invoked = HistoryLog.Now };
        log.Begin(path, begin);
        ClientOperation end;
        try
        {
            var done = await act(begin);
            end = done with { Completed = HistoryLog.Now, Outcome = Outcome.Acknowledged };
        }
        catch (DfsException e)
        {
            var outcome = e.Code == DfsErrorCode.OutcomeUnknown ? Outcome.Unknown : Outcome.Failed;
            end = begin with
            {
                Completed = outcome == Outcome.Unknown ? long.MaxValue : HistoryLog.Now, Outcome = outcome, Error = $"{e.Code}: {e.Message}",
            };
            await Console.Out.WriteLineAsync($"error: {end}: {e.Error}");
        }

        log.End(path, end);
        return end;
    }
}
