// What every ChunkActor of a server shares.

using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Chunk.Actors;

/// <summary>Collaborators of the ChunkActors of one server.</summary>
public sealed record ChunkEnvironment
{
    private ulong _asks;

    /// <summary>All replicas.</summary>
    public required IChunkStore Store { get; init; }

    /// <summary>Work that blocks.</summary>
    public required IDiskQueue Disk { get; init; }

    /// <summary>The way to other chunk servers.</summary>
    public required IChainPeers Peers { get; init; }

    /// <summary>Settings.</summary>
    public required ChunkSettings Settings { get; init; }

    /// <summary>Time for one member to come to a new primary's state.</summary>
    public TimeSpan JoinTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Memory for bytes on their way.</summary>
    public BlockPool Pool { get; init; } = BlockPool.Shared;

    /// <summary>The right to serve.</summary>
    public required ServingRight Serving { get; init; }

    /// <summary>The newest term of meta.</summary>
    public required EpochGate Epochs { get; init; }

    /// <summary>Chunks whose first write needs no leave of meta.</summary>
    public FreshChunks Fresh { get; init; } = new();

    /// <summary>Replicas that are not to be served.</summary>
    public WithheldReplicas Withheld { get; init; } = new();

    /// <summary>Active chunks.</summary>
    public required ChunkDirectory Directory { get; init; }

    /// <summary>Limits what copies take.</summary>
    public required RateLimit CopyRate { get; init; }

    /// <summary>How far the background scrub is.</summary>
    public Func<Core.ScrubProgress> Scrub { get; init; } = static () => Core.ScrubProgress.None;

    /// <summary>Number of the next asking for the right to write; see <see cref="Shared.Protocol.ServerProtocol.ReopenChunk"/>.</summary>
    public ulong NextAsk() => Interlocked.Increment(ref _asks);

    /// <summary>Where this server's data plane listens and who it is.</summary>
    public required Func<ChainMember> Self { get; init; }
}
