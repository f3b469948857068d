// What chunk servers say about single chunks.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Takes in facts about replicas.</summary>
internal sealed class ReplicaCommands(MetaState state)
{
    private readonly ServerTable _servers = state.Durable.Servers;
    private readonly ChunkTable _chunks = state.Durable.Chunks;
    private readonly ReplicaBook _book = state.Book;

    /// <summary>A primary asks for the right to acknowledge writes.</summary>
    internal ServerProtocol.ChunkReopened Reopen(ServerProtocol.ReopenChunk message)
    {
        var chunk = _chunks.Find(message.Chunk);
        var error = chunk is null ? Errors.ChunkNotFound(message.Chunk) : WhyNotReopen(chunk, message);
        if (error is null && !chunk!.IsOpen)
        {
            error = WhyHeld(chunk, message) ?? state.Copies.WhyNotOpen(chunk);
        }

        if (error is null && (!chunk!.IsOpen || chunk.Written != chunk.Generation))
        {
            _book.RequireRetirement(chunk);
            state.Emit(new ChunkOpened(chunk.Id, chunk.Generation, chunk.ChainLength));
        }

        if (error is null)
        {
            chunk!.IsGranted = true;
        }

        return new ServerProtocol.ChunkReopened(message.Chunk, message.Generation, error) { Epoch = state.Durable.Epoch, Ask = message.Ask };
    }

    /// <summary>A primary gives the right back: the chunk's length stands still.</summary>
    internal void Quiesced(ServerProtocol.ChunkQuiesced message)
    {
        var chunk = _chunks.Find(message.Chunk);
        if (chunk is null || chunk.IsChanging || chunk.Generation != message.Generation || _book.PrimaryOf(chunk)?.Id != message.Server
            || message.Sequence < chunk.Sequence || message.LengthBytes < 0 || message.LengthBytes > chunk.File.Layout.ChunkSizeBytes)
        {
            return;
        }

        if (chunk.IsOpen || message.Sequence > chunk.Sequence)
        {
            state.Emit(new ChunkMeasured(chunk.Id, message.Sequence, message.LengthBytes, true, state.Now.UnixNs));
        }

        chunk.WasSeen |= message.Sequence > 0;
        _book.Recount(chunk);
    }

    /// <summary>A primary cannot get through its chain.</summary>
    internal void Broken(ServerProtocol.ChainBroken message)
    {
        var chunk = _chunks.Find(message.Chunk);
        if (chunk is null || chunk.Generation != message.Generation || !IsMember(chunk, message.Server) || state.SafeMode.IsActive)
        {
            return;
        }

        chunk.WasSeen = true;
        var suspect = IsMember(chunk, message.Suspect) && message.Suspect != message.Server ? _servers[message.Suspect] : null;
        state.Changes.Complain(chunk, suspect, isFromPeer: true);
    }

    /// <summary>A replica is damaged or lost.</summary>
    internal void Failed(ServerProtocol.ReplicaFailed message)
    {
        var chunk = _chunks.Find(message.Chunk);
        var at = chunk?.Replicas.IndexOf(message.Server) ?? -1;
        if (at < 0 || message.Generation < chunk!.Generation)
        {
            return;
        }

        var replica = chunk.Replicas[at];
        state.Inform($"server {message.Server} says that its replica of chunk {chunk.Id} has failed: {message.Error.Message}");
        _book.Put(chunk, replica with { Flags = replica.Flags | ReplicaMarks.Damaged });
        chunk.WasSeen = true;
        _book.Recount(chunk);
        if (message.Error.Code == DfsErrorCode.ReplicaLost)
        {
            state.Blocks.GiveUp(chunk, message.Server);
        }
        else
        {
            // Also when no member is without damage: each may have right what is wrong elsewhere.
            state.Blocks.TryStart(chunk);
        }

        state.Repair.Pump();
    }

    /// <summary>A server has put its damaged blocks right.</summary>
    internal void Repaired(ServerProtocol.ReplicaRepaired message)
    {
        if (_chunks.Find(message.Chunk) is not { } chunk || !state.Blocks.End(chunk, message.Server, message.Generation))
        {
            return;
        }

        // Whole blocks are no help to a replica that lacks operations.
        var at = chunk.Replicas.IndexOf(message.Server);
        if (at < 0 || message.Generation != chunk.Generation || (!chunk.IsOpen && message.Sequence < chunk.Sequence))
        {
            state.Blocks.GiveUp(chunk, message.Server);
        }
        else
        {
            state.Inform($"server {message.Server} has repaired its replica of chunk {chunk.Id}: {message.RepairedBytes} bytes of damaged blocks were rewritten");
            var replica = chunk.Replicas[at];
            _book.Put(chunk, replica with { Flags = replica.Flags & ~ReplicaMarks.Damaged });
            _book.Recount(chunk);
        }

        state.Repair.Pump();
    }

    /// <summary>A replica belongs to a generation now, or has retired.</summary>
    internal void Adopted(ServerProtocol.GenerationAdopted message)
    {
        var chunk = _chunks.Find(message.Chunk);
        if (chunk is not null && _servers.Find(message.Server) is { } server)
        {
            state.Changes.Adopted(chunk, server, message.Generation);
        }
    }

    /// <summary>A replica says how far it is.</summary>
    internal void Answered(ServerProtocol.ReplicaAnswer message)
    {
        var chunk = _chunks.Find(message.Chunk);
        var server = _servers.Find(message.Server);
        if (chunk is null || server is null || state.Changes.Answered(message))
        {
            return;
        }

        var at = chunk.Replicas.IndexOf(server.Id);
        if (at < 0 || chunk.IsChanging)
        {
            return;
        }

        var replica = chunk.Replicas[at];
        if (!message.Found && (replica.IsReported || (chunk.HasData && !chunk.IsOpen)))
        {
            ReplicaBook.Listed(server, chunk.Id, replica.Reported, Generation.Any);
            _book.Drop(chunk, server);
            _book.Recount(chunk);
            state.Repair.Pump();
        }
        else if (!message.Found && chunk is { IsOpen: true, HasData: true } && replica.InChain && (replica.Flags & ReplicaMarks.Doubted) != 0 && !state.SafeMode.IsActive)
        {
            // Others have it, and this one has lost it with its last start, before it had listed it: nobody need come to write first.
            state.Warn($"the replica of chunk {chunk.Id}, which is under write, is not on server {server.Id} any more");
            _ = state.Changes.MakeWhole(chunk);
        }
        else if (message.Found && message.Generation == chunk.Generation && !chunk.IsOpen && message.Sequence < chunk.Sequence)
        {
            state.Warn($"the replica of chunk {chunk.Id} on server {server.Id} has lost operations: it is at {message.Sequence} of {chunk.Sequence}");
            _book.Put(chunk, replica with { Flags = replica.Flags | ReplicaMarks.Damaged });
            _book.Recount(chunk);
            state.Repair.Pump();
        }
    }

    /// <summary>A server could not carry out an order.</summary>
    internal void Refused(ServerProtocol.OrderFailed message)
    {
        var chunk = _chunks.Find(message.Chunk);
        if (chunk is null || _servers.Find(message.Server) is not { } server)
        {
            return;
        }

        if (message.Order == nameof(ServerProtocol.AdoptGeneration))
        {
            state.Changes.Refused(chunk, server, message.Generation, message.Error);
        }
        else if (message.Order == nameof(ServerProtocol.QuiesceChunk))
        {
            // It has no replica. Whether that means that nothing was written yet, the others decide with it.
            if (!state.SafeMode.IsActive && chunk.Generation == message.Generation)
            {
                _ = state.Changes.MakeWhole(chunk);
            }
        }
        else if (message.Order == nameof(ServerProtocol.RepairBlocks) && state.Blocks.End(chunk, server.Id, message.Generation))
        {
            state.Inform($"server {server.Id} could not repair its replica of chunk {chunk.Id} block by block: {message.Error.Message} It is copied as a whole");
            state.Blocks.GiveUp(chunk, server.Id);
            state.Repair.Pump();
        }
    }

    private DfsError? WhyNotReopen(Chunk chunk, ServerProtocol.ReopenChunk message)
    {
        if (message.Generation != chunk.Generation || _book.PrimaryOf(chunk)?.Id != message.Server)
        {
            return new DfsError(
                DfsErrorCode.StaleGeneration, $"Chunk {chunk.Id} is at generation {chunk.Generation} with another primary. Wait for the next order.");
        }

        if (chunk.Written == chunk.Generation && !chunk.IsChanging)
        {
            return null;
        }

        if (chunk.IsChanging || !_book.HasAdopted(chunk) || _book.StaleServers(chunk, state.Now.Ms).Any())
        {
            if (!chunk.IsChanging && !state.SafeMode.IsActive)
            {
                state.Changes.MakeWhole(chunk);
            }

            return Errors.Recovering(chunk.Id, state.Policy.RetryHintMs);
        }

        return null;
    }

    private DfsError? WhyHeld(Chunk chunk, ServerProtocol.ReopenChunk message)
    {
        var held = state.Seals.WhyHeld(chunk.File);
        if (held is not null)
        {
            state.Seals.Wait(message);
        }

        return held;
    }

    private static bool IsMember(Chunk chunk, ServerId server)
        => chunk.Replicas.IndexOf(server) is >= 0 and var at && chunk.Replicas[at].InChain;
}
