// Brings the writers below a directory to a stop, so that a snapshot of it can be taken. Every chunk below it that is open gives back the
// right to acknowledge writes, and while that goes on nobody below it is given the right, and no chunk is allocated there. A chunk
// whose primary does not answer is moved to another one by the usual change, and asked again.
//
// All open chunks are gone through in turns, in rounds, until a round has found none below the directory: those that it has passed
// cannot have opened since. Whoever asked for the snapshot asks again and again; when he does not, writers go on.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Stops writers.</summary>
internal sealed class SnapshotSeals(MetaState state)
{
    private const int MostAtOnce = 16;
    private const int ChunksPerTurn = 10_000;
    private const int MostAsked = 2_048;
    private const int AsksBeforeChange = 3;
    private const int MostWaiting = 4_096;
    private const int PatienceMs = 10_000;
    private const int AgainMs = 10;

    private readonly Dictionary<InodeId, Seal> _seals = [];
    private readonly Dictionary<ChunkId, ServerProtocol.ReopenChunk> _waiting = [];

    /// <summary>Null when no writer below the directory has the right to acknowledge anything; to be called again until then.</summary>
    internal DfsError? WhyNotSealed(DirectoryInode directory)
    {
        if (!_seals.TryGetValue(directory.Id, out var seal))
        {
            if (_seals.Count >= MostAtOnce)
            {
                return new DfsError(DfsErrorCode.Busy, $"{MostAtOnce} snapshots are being taken already. Try again shortly.", 100);
            }

            _seals.Add(directory.Id, seal = new Seal(directory));
        }

        seal.UntilMs = state.Now.Ms + PatienceMs;
        return Walk(seal) ? null : Errors.SnapshotUnderWay(Namespace.PathOf(directory), AgainMs);
    }

    /// <summary>The snapshot is taken, or given up: who has waited is answered.</summary>
    internal void Release(DirectoryInode directory)
    {
        if (_seals.Remove(directory.Id))
        {
            foreach (var (chunk, message) in _waiting.OrderBy(w => w.Key).ToList())
            {
                if (state.Durable.Chunks.Find(chunk) is not { } known || WhyHeld(known.File) is null)
                {
                    _waiting.Remove(chunk);
                    state.Send(message.Server, state.Reopen(message));
                }
            }
        }
    }

    /// <summary>Why nobody may write to a file at this moment, or null.</summary>
    internal DfsError? WhyHeld(Inode node)
    {
        foreach (var seal in _seals.Values)
        {
            if (state.Durable.Names.HasNameBelow(node, seal.Directory))
            {
                return Errors.SnapshotUnderWay(Namespace.PathOf(seal.Directory), AgainMs);
            }
        }

        return null;
    }

    /// <summary>A primary asks for the right to write, and has to wait: it is answered again when the snapshot is taken.</summary>
    internal void Wait(ServerProtocol.ReopenChunk message)
    {
        if (_waiting.Count < MostWaiting)
        {
            _waiting[message.Chunk] = message;
        }
    }

    /// <summary>Something was given a name: what is below a directory may be more than before.</summary>
    internal void Moved()
    {
        foreach (var seal in _seals.Values)
        {
            seal.Begin();
        }
    }

    internal void Tick()
    {
        foreach (var seal in _seals.Count > 0 ? _seals.Values.ToList() : [])
        {
            if (state.Now.Ms >= seal.UntilMs || !state.Durable.Names.IsAttached(seal.Directory))
            {
                Release(seal.Directory);
            }
            else
            {
                Walk(seal);
            }
        }
    }

    /// <summary>A chunk is closed, or gone.</summary>
    internal void Closed(ChunkId chunk)
    {
        foreach (var seal in _seals.Values)
        {
            seal.Asked.Remove(chunk);
        }
    }

    // True at the end of a round that has found nothing.
    private bool Walk(Seal seal)
    {
        var open = state.Durable.Chunks.Open;
        var next = open.FirstFrom(seal.Next);
        for (var left = ChunksPerTurn; left > 0 && next != ChunkId.None; left--)
        {
            var chunk = state.Durable.Chunks.Find(next)!;
            if (state.Durable.Names.HasNameBelow(chunk.File, seal.Directory))
            {
                seal.IsClean &= TryClose(seal, chunk);
                if (seal.Asked.Count >= MostAsked)
                {
                    // Those that were asked come first.
                    seal.Begin();
                    return false;
                }
            }

            next = open.FirstFrom(new ChunkId(next.Value + 1));
        }

        seal.Next = next;
        if (next != ChunkId.None)
        {
            return false;
        }

        var isDone = seal.IsClean;
        seal.Begin();
        return isDone;
    }

    // True when it is closed at once: nobody can have been given it to write to.
    private bool TryClose(Seal seal, Chunk chunk)
    {
        if (chunk.IsChanging)
        {
            return false;
        }

        if (state.Book.IsNowhere(chunk) && state.Now.Ms >= state.StartedMs + state.Policy.ServeMs)
        {
            state.Emit(new ChunkMeasured(chunk.Id, chunk.Sequence, chunk.LengthBytes, true, state.Now.UnixNs));
            return true;
        }

        seal.Asked.TryGetValue(chunk.Id, out var asked);
        if (state.Book.PrimaryOf(chunk) is not { IsUsable: true } primary || primary.Doubtful.Contains(chunk.Id) || (asked.Generation == chunk.Generation && asked.Times >= AsksBeforeChange))
        {
            seal.Asked.Remove(chunk.Id);
            _ = state.Changes.MakeWhole(chunk);
        }
        else if (asked.Generation != chunk.Generation || state.Now.Ms - asked.AtMs >= state.Policy.ResendMs)
        {
            seal.Asked[chunk.Id] = (chunk.Generation, state.Now.Ms, asked.Generation == chunk.Generation ? asked.Times + 1 : 1);
            state.Send(primary.Id, new ServerProtocol.QuiesceChunk(chunk.Id, chunk.Generation) { Epoch = state.Durable.Epoch });
        }

        return false;
    }

    private sealed class Seal(DirectoryInode directory)
    {
        internal DirectoryInode Directory { get; } = directory;

        internal Dictionary<ChunkId, (Generation Generation, long AtMs, int Times)> Asked { get; } = [];

        internal long UntilMs { get; set; }

        internal ChunkId Next { get; set; }

        internal bool IsClean { get; set; } = true;

        /// <summary>A new round.</summary>
        internal void Begin() => (Next, IsClean) = (ChunkId.None, true);
    }
}
