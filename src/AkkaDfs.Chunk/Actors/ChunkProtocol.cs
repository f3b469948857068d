// What a ChunkServerActor and its ChunkActors tell each other. Requests from the data plane are messages as they are
// (ChunkRequest); orders of meta are wrapped, facts for meta pass through the ChunkServerActor, which keeps their order.

using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Actors;

/// <summary>Messages of ChunkActors.</summary>
internal static class ChunkProtocol
{
    // ---- commands ----------------------------------------------------------------------------------------------

    /// <summary>A command that was let in by the chunk's door: the actor leaves it when the command is done.</summary>
    public abstract record Command;

    /// <summary>Moves the chunk to another generation.</summary>
    public sealed record Adopt(ServerProtocol.AdoptGeneration Order) : Command;

    /// <summary>Meta's answer to ReopenChunk.</summary>
    public sealed record Reopened(ServerProtocol.ChunkReopened Answer) : Command;

    /// <summary>Deletes the replica if it is of this or an older generation and no newer one is under way.</summary>
    public sealed record Delete(Generation Generation) : Command;

    /// <summary>Serves the replica to nobody any more: its chunk is in no file.</summary>
    public sealed record Withhold : Command;

    /// <summary>Bring what is under way to its end, and give the right to acknowledge writes back.</summary>
    public sealed record Quiesce(Generation Generation) : Command;

    /// <summary>Come to rest and stop: nothing new will come.</summary>
    public sealed record Leave : Command;

    // ---- facts -------------------------------------------------------------------------------------------------

    /// <summary>Something for meta.</summary>
    public sealed record Tell(ServerProtocol.ToMeta Message);

    /// <summary>A repair of damaged blocks has ended; something for meta.</summary>
    public sealed record RepairEnded(ChunkId Chunk, ServerProtocol.ToMeta Message);

    /// <summary>What a report says of the replica has changed.</summary>
    /// <param name="Chunk">The chunk.</param>
    /// <param name="IsOpen">True while operations are under way.</param>
    public sealed record Changed(ChunkId Chunk, bool IsOpen);

    /// <summary>The actor is leaving; its door is closed.</summary>
    public sealed record Left(ChunkHandle Handle);
}
