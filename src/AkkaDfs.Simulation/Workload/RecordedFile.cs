// One open file whose every operation goes into the history: with its retries under the same ticket, and its honest outcome.

using AkkaDfs.Client;
using AkkaDfs.Shared;
using AkkaDfs.Testing.History;

namespace AkkaDfs.Simulation.Workload;

/// <summary>A file, recorded.</summary>
internal sealed class RecordedFile(DfsFile file, string path, uint client, WorkloadLog log)
{
    private const int UnknownRetries = 3;

    public int ChunkSizeBytes => file.Status.Layout.ChunkSizeBytes;

    public ValueTask CloseAsync() => file.DisposeAsync();

    public Task RecordAsync(int lengthBytes, CallOptions options, CancellationToken stop)
        => AppendAsync(OperationKind.Record, lengthBytes, file.RecordAppendAsync, options, stop);

    public Task AppendAsync(int lengthBytes, CallOptions options, CancellationToken stop)
        => AppendAsync(OperationKind.Append, lengthBytes, file.AppendAsync, options, stop);

    public Task WriteAsync(long offset, byte[] data, CallOptions options, CancellationToken stop)
        => DoAsync(Begin(OperationKind.Write) with { Offset = offset, Data = data, LengthBytes = data.Length }, async begun =>
        {
            try
            {
                await file.WriteAsync(offset, data, options, stop);
                return begun;
            }
            catch (DfsException e) when (offset / ChunkSizeBytes != (offset + data.Length - 1) / ChunkSizeBytes)
            {
                // A write to several chunks is several writes: one may have failed for certain, and another one not.
                throw new DfsException(DfsErrorCode.OutcomeUnknown, e.Message);
            }
        });

    public Task TruncateAsync(long lengthBytes, CallOptions options, CancellationToken stop)
        => DoAsync(Begin(OperationKind.Truncate) with { LengthBytes = lengthBytes }, async begun =>
        {
            await file.SetLengthAsync(lengthBytes, options, stop);
            return begun;
        });

    public Task ReadAsync(long offset, int wantedBytes, CallOptions options, CancellationToken stop)
        => DoAsync(Begin(OperationKind.Read) with { Offset = offset, LengthBytes = wantedBytes }, async begun =>
        {
            var buffer = new byte[wantedBytes];
            var got = await file.ReadAsync(offset, buffer, options, stop);
            return begun with { Data = buffer.AsMemory(0, got) };
        });

    /// <summary>Asks for the length and gives it; -1 when nobody told.</summary>
    public async Task<long> StatAsync(CallOptions options, CancellationToken stop)
    {
        var ended = await DoAsync(Begin(OperationKind.Stat), async begun => begun with { LengthBytes = await file.GetLengthAsync(options, stop) });
        return ended.Outcome == Outcome.Acknowledged ? ended.LengthBytes : -1;
    }

    private Task AppendAsync(
        OperationKind kind,
        int lengthBytes,
        Func<ReadOnlyMemory<byte>, AppendTicket?, CallOptions?, CancellationToken, Task<long>> append,
        CallOptions options,
        CancellationToken stop)
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
                    return begun with { Offset = await append(data, ticket, options, stop) };
                }
                catch (DfsException e) when (e.Code == DfsErrorCode.OutcomeUnknown && attempt <= UnknownRetries)
                {
                    log.Count("retries with the same id");
                }
                catch (DfsException e) when (ticket.BytesDone > 0)
                {
                    throw new DfsException(DfsErrorCode.OutcomeUnknown, $"{ticket.BytesDone} bytes were appended, then: {e.Message}");
                }
            }
        });
    }

    private ClientOperation Begin(OperationKind kind) => new() { Client = client, Counter = log.Next(client), Kind = kind, Invoked = log.Now };

    private async Task<ClientOperation> DoAsync(ClientOperation begin, Func<ClientOperation, Task<ClientOperation>> act)
    {
        var place = log.Begin(path, begin);
        ClientOperation end;
        try
        {
            var done = await act(begin);
            end = done with { Completed = log.Now, Outcome = Outcome.Acknowledged };
        }
        catch (DfsException e)
        {
            var isUnknown = e.Code == DfsErrorCode.OutcomeUnknown;
            end = begin with { Completed = isUnknown ? long.MaxValue : log.Now, Outcome = isUnknown ? Outcome.Unknown : Outcome.Failed, Error = $"{e.Code}: {e.Message}" };
        }
        catch (OperationCanceledException)
        {
            end = begin with { Outcome = Outcome.Unknown, Error = "cancelled" };
        }

        log.End(path, place, end);
        return end;
    }
}
