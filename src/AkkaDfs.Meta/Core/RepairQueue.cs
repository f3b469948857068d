// Chunks with too few usable replicas, by how many they have: those with one left come first. Within a level they are taken
// in order of ids, going round, so that a chunk that cannot be repaired now does not stand in the way of the others.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>The chunks to repair.</summary>
internal sealed class RepairQueue
{
    private readonly ChunkSet[] _levels = [.. Enumerable.Range(0, FileLayout.MaxReplicas + 1).Select(_ => new ChunkSet())];
    private readonly ChunkId[] _next = new ChunkId[FileLayout.MaxReplicas + 1];

    /// <summary>Number of chunks.</summary>
    public long Count { get; private set; }

    /// <summary>Highest level: replicas that a chunk in the queue can have.</summary>
    public int Levels => _levels.Length - 1;

    /// <summary>Number of chunks with so many usable replicas.</summary>
    public long CountAt(int live) => _levels[live].Count;

    /// <summary>Puts a chunk where it belongs.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="live">Its usable replicas; 0 takes it out of the queue.</param>
    public void Set(Chunk chunk, int live)
    {
        if (chunk.QueueLevel == live)
        {
            return;
        }

        if (chunk.QueueLevel != 0)
        {
            _levels[chunk.QueueLevel].Remove(chunk.Id);
            Count--;
        }

        chunk.QueueLevel = (byte)live;
        if (live != 0)
        {
            _levels[live].Add(chunk.Id);
            Count++;
        }
    }

    /// <summary>The next chunk of a level, going round; None when the level is empty.</summary>
    public ChunkId Next(int live)
    {
        var level = _levels[live];
        var found = level.FirstFrom(_next[live]);
        if (found == ChunkId.None)
        {
            found = level.FirstFrom(ChunkId.None);
        }

        _next[live] = new ChunkId(found.Value + 1);
        return found;
    }
}
