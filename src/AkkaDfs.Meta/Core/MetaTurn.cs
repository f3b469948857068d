// What one command led to: events for the journal, then what follows from them. Nothing of Reply and Effects may leave the
// node before the events, and all events before them, are durable. One instance is reused for every command.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Outcome of one command.</summary>
internal sealed class MetaTurn
{
    /// <summary>Changes of the durable state, one transaction; empty when nothing changed.</summary>
    public List<MetaEvent> Events { get; } = [];

    /// <summary>What to do, in order.</summary>
    public List<MetaEffect> Effects { get; } = [];

    /// <summary>Answer to the sender of the command (a <see cref="MetaProtocol.Reply"/> or a <see cref="ServerProtocol.ToServer"/>), or null.</summary>
    public object? Reply { get; set; }

    /// <summary>True when nothing was done, because others have to give back first what it would change: to be tried again, later.</summary>
    public bool MustWait { get; set; }

    internal void Clear()
    {
        MustWait = false;
        Events.Clear();
        Effects.Clear();
        Reply = null;
    }
}

/// <summary>Something to do outside the state machine.</summary>
internal abstract record MetaEffect;

/// <summary>Send an order to a chunk server; lost orders are sent again by later commands.</summary>
internal sealed record SendOrder(ServerId Server, ServerProtocol.ToServer Order) : MetaEffect;

/// <summary>Try whether anything listens at the server's data plane, and say so with <see cref="ServerProbed"/>.</summary>
internal sealed record ProbeServer(ServerId Server, Guid Incarnation, DataEndpoint Endpoint) : MetaEffect;

/// <summary>Have a copy made, and say how it ended with <see cref="CopyEnded"/>.</summary>
internal sealed record StartCopy(CopyPlan Plan) : MetaEffect;

/// <summary>Answer a client that waits for what meta wants back.</summary>
internal sealed record TellDrops(Guid Session, MetaProtocol.Drops Drops) : MetaEffect;

/// <summary>Forget a copy: its outcome no longer matters.</summary>
internal sealed record AbandonCopy(CopyPlan Plan) : MetaEffect;

/// <summary>Something for the log.</summary>
internal sealed record Note(bool IsWarning, string Text) : MetaEffect;

/// <summary>One copy of a chunk from a server to another.</summary>
internal sealed record CopyPlan(ChunkId Chunk, Generation Generation, int ChunkSizeBytes, ReplicaLocation Source, ReplicaLocation Destination)
{
    /// <summary>Set when the chunk is a new one that begins with the bytes of another.</summary>
    public ServerProtocol.CopiedChunk? Of { get; init; }
}

/// <summary>What happens to meta besides messages from clients and servers.</summary>
internal abstract record MetaSignal;

/// <summary>The journal has been read and the epoch is taken: meta begins to act.</summary>
internal sealed record Started : MetaSignal;

/// <summary>Some time has passed; due several times a second.</summary>
internal sealed record Tick : MetaSignal;

/// <summary>A chunk server's actor has ended, or its node cannot be reached.</summary>
/// <param name="Server">The server.</param>
/// <param name="IsCertain">True when the process is known to have ended it.</param>
internal sealed record ServerLost(ServerId Server, bool IsCertain) : MetaSignal;

/// <summary>Answer to <see cref="ProbeServer"/>.</summary>
/// <param name="Server">The server.</param>
/// <param name="Incarnation">The run of its process that was probed.</param>
/// <param name="IsRefused">True when nothing listens there.</param>
internal sealed record ServerProbed(ServerId Server, Guid Incarnation, bool IsRefused) : MetaSignal;

/// <summary>A copy is done, or has failed.</summary>
internal sealed record CopyEnded(CopyPlan Plan, DfsError? Error) : MetaSignal;

/// <summary>Whoever makes copies has lost track of them.</summary>
internal sealed record CopiesLost : MetaSignal;
