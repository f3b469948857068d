// Appends: to the last chunk if there is room, to the next one if not. The ticket remembers which chunk an operation went to:
// it moves to another chunk only after this one has refused it for certain, so no record can end up in both.

using AkkaDfs.Client.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Files;

/// <summary>Appends to one file. Thread-safe; a ticket is not.</summary>
internal sealed class FileAppender(
    ClientContext context, FileLocations locations, ChunkWriter writer, FileStatus status, string name)
{
    private int ChunkSizeBytes => status.Layout.ChunkSizeBytes;

    public async Task<long> RecordAppendAsync(
        ReadOnlyMemory<byte> record, AppendTicket ticket, CallOptions options, Deadline deadline, CancellationToken cancellationToken)
    {
        var most = WritePlan.MaxRecordBytes(ChunkSizeBytes, DataPlaneLimits.MaxPayloadBytes);
        if (record.Length == 0 || record.Length > most)
        {
            throw new DfsException(
                record.Length == 0 ? DfsErrorCode.InvalidArgument : DfsErrorCode.RecordTooLarge,
                $"A record of {record.Length} bytes cannot be appended to {name}: records there are of 1 to {most} bytes, a quarter of the chunk size. Nothing was written; make records smaller, or create the file with a larger chunk size.");
        }

        Begin(ticket);
        while (true)
        {
            var operation = new ChunkOperation(ticket.ChunkIndex, WriteMode.Record, 0, ticket.Operation, record, ticket.IsSent, ticket.After);
            ticket.IsSent = true;
            var result = await writer.WriteAsync(operation, options, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            if (result.IsOk)
            {
                ticket.BytesDone = record.Length;
                return ((long)ticket.ChunkIndex * ChunkSizeBytes) + result.Value.Offset;
            }

            await NextChunkAfterAsync(result.Error, ticket, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }
    }

    public async Task<long> AppendAsync(
        ReadOnlyMemory<byte> data, AppendTicket ticket, CallOptions options, Deadline deadline, CancellationToken cancellationToken)
    {
        if (data.IsEmpty)
        {
            throw new DfsException(DfsErrorCode.InvalidArgument, $"Nothing to append to {name}: give at least one byte.");
        }

        Begin(ticket);
        while (ticket.BytesDone < data.Length)
        {
            if (ticket.PartBytes == 0)
            {
                // Optimistic: as much as the chunk could take at best. ChunkFull tells that it was too much.
                ticket.PartBytes = WritePlan.AppendPart(0, ChunkSizeBytes, data.Length - ticket.BytesDone, context.Settings.RequestBytes);
                ticket.NextOperation();
            }

            var payload = data.Slice(ticket.BytesDone, ticket.PartBytes);
            var operation = new ChunkOperation(ticket.ChunkIndex, WriteMode.Append, 0, ticket.Operation, payload, ticket.IsSent, ticket.After);
            ticket.IsSent = true;
            var result = await writer.WriteAsync(operation, options, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            if (result.IsOk)
            {
                if (ticket.FirstOffset < 0)
                {
                    ticket.FirstOffset = ((long)ticket.ChunkIndex * ChunkSizeBytes) + result.Value.Offset;
                }

                ticket.BytesDone += ticket.PartBytes;
                ticket.PartBytes = 0;
            }
            else
            {
                await ShrinkOrGoOnAsync(result.Error, ticket, data.Length, options, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            }
        }

        return ticket.FirstOffset;
    }

    // The part did not fit: what does fit goes into this chunk, so that no gap is left, and the rest into the next.
    private async Task ShrinkOrGoOnAsync(
        DfsError error, AppendTicket ticket, int totalBytes, CallOptions options, Deadline deadline, CancellationToken cancellationToken)
    {
        if (error.Code != DfsErrorCode.ChunkFull)
        {
            await NextChunkAfterAsync(error, ticket, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            ticket.PartBytes = 0;
            return;
        }

        var chunk = await locations.ForWriteAsync(ticket.ChunkIndex, ticket.After, options.OnReplicaDown, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        var known = await LengthAsync(chunk, options, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        var fits = WritePlan.AppendPart(known, ChunkSizeBytes, totalBytes - ticket.BytesDone, context.Settings.RequestBytes);
        if (fits == 0)
        {
            await NextChunkAfterAsync(error, ticket, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }

        ticket.PartBytes = fits;
        ticket.NextOperation();
    }

    private async Task<long> LengthAsync(ChunkLocation chunk, CallOptions options, Deadline deadline, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var primary = chunk.Replicas.Count > 0 ? chunk.Replicas[0] : null;
            Result<ReplicaStatus> result = new DfsError(DfsErrorCode.NoReplicaAvailable, $"Chunk {chunk.Chunk} of {name} has no replica.");
            if (primary is not null)
            {
                using var scope = new AttemptScope(context.Time, deadline.Attempt(context.Options.WriteAttemptTimeout), cancellationToken);
                result = await context.Data.StatAsync(primary.Endpoint, chunk.Chunk, primary.Server, scope.Token).ConfigureAwait(Surroundings.HoldAwaits);
            }

            if (result.IsOk)
            {
                return result.Value.LengthBytes;
            }

            var step = context.Retry.Next(attempt, result.Error, deadline.Remaining, context.Entropy.NextDouble());
            if (step.Action == RetryAction.GiveUp)
            {
                throw result.Error.ToException();
            }

            await Task.Delay(step.Delay, context.Time, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            chunk = await locations.ReopenAsync(chunk, ServerId.None, result.Error.Code, options.OnReplicaDown, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }
    }

    private async Task NextChunkAfterAsync(DfsError error, AppendTicket ticket, Deadline deadline, CancellationToken cancellationToken)
    {
        if (error.Code == DfsErrorCode.ChunkNotFound)
        {
            // The chunk was cut off, and with it whatever this operation may have done there: it begins anew at the file's end.
            var growth = locations.Growth;
            var cut = await context.AskAsync<MetaProtocol.ChunksReply>(
                new MetaProtocol.GetChunks(PathRef.Of(status.Inode), -1, 1), deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            locations.Cut(cut.Status, growth);
            locations.Learn(cut.Status, cut.Chunks);
            ticket.ChunkIndex = Math.Max(0, locations.LastIndex);
            ticket.After = ChunkId.None;
            ticket.IsSent = false;
            return;
        }

        if (error.Code != DfsErrorCode.ChunkFull)
        {
            throw error.ToException();
        }

        // Others may have gone on far ahead: ask for the last chunk rather than find each one full.
        if (ticket.ChunkIndex >= locations.LastIndex)
        {
            var last = await context.AskAsync<MetaProtocol.ChunksReply>(
                new MetaProtocol.GetChunks(PathRef.Of(status.Inode), -1, 1), deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            locations.Learn(last.Status, last.Chunks);
        }

        // The refusal was certain, and the next chunk has never heard of this operation.
        ticket.After = locations.LastIndex <= ticket.ChunkIndex ? locations.Known(ticket.ChunkIndex) : ChunkId.None;
        ticket.ChunkIndex = Math.Max(ticket.ChunkIndex + 1, locations.LastIndex);
        ticket.IsSent = false;
    }

    private void Begin(AppendTicket ticket)
    {
        if (ticket.File != status.Inode && ticket.ChunkIndex >= 0)
        {
            throw new DfsException(DfsErrorCode.InvalidArgument, $"The ticket belongs to another file than {name}. Use a new one.");
        }

        if (ticket.ChunkIndex < 0)
        {
            ticket.File = status.Inode;
            ticket.ChunkIndex = Math.Max(0, locations.LastIndex);
            ticket.NextOperation();
        }
    }
}
