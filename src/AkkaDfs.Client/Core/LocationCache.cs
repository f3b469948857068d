// What a client believes about the chunks of one file. Bounded: the entries used longest ago are forgotten first.
// An entry is never replaced by an older generation, and a failure removes only the generation that failed.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Core;

/// <summary>One entry.</summary>
/// <param name="Chunk">Where the chunk is.</param>
/// <param name="OpenForWriting">True when meta gave it as the answer to a request to write.</param>
public readonly record struct CachedChunk(ChunkLocation Chunk, bool OpenForWriting);

/// <summary>Chunk locations of one file, by index. Not thread-safe.</summary>
public sealed class LocationCache
{
    private readonly int _capacity;
    private readonly Dictionary<int, LinkedListNode<CachedChunk>> _byIndex = [];
    private readonly LinkedList<CachedChunk> _byUse = [];

    /// <summary>Makes an empty cache.</summary>
    /// <param name="capacity">Most entries, 1 and up.</param>
    public LocationCache(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
    }

    /// <summary>Number of entries.</summary>
    public int Count => _byIndex.Count;

    /// <summary>The entry at an index, which counts as used now.</summary>
    public bool TryGet(int index, out CachedChunk cached)
    {
        if (!_byIndex.TryGetValue(index, out var node))
        {
            cached = default;
            return false;
        }

        _byUse.Remove(node);
        _byUse.AddFirst(node);
        cached = node.Value;
        return true;
    }

    /// <summary>
    /// Takes in what meta said, unless something newer is known. A right to write outlasts a mere look, and with it the whole chain:
    /// a look leaves out the members that are away at the moment.
    /// </summary>
    public void Put(ChunkLocation chunk, bool openForWriting)
    {
        if (_byIndex.TryGetValue(chunk.Index, out var node))
        {
            var known = node.Value;
            if (known.Chunk.Chunk == chunk.Chunk)
            {
                if (chunk.Generation < known.Chunk.Generation)
                {
                    return;
                }

                if (known.OpenForWriting && !openForWriting && known.Chunk.Generation == chunk.Generation)
                {
                    (chunk, openForWriting) = (known.Chunk, true);
                }
            }

            _byUse.Remove(node);
        }
        else if (_byIndex.Count == _capacity)
        {
            var oldest = _byUse.Last!;
            _byUse.RemoveLast();
            _byIndex.Remove(oldest.Value.Chunk.Index);
        }

        _byIndex[chunk.Index] = _byUse.AddFirst(new CachedChunk(chunk, openForWriting));
    }

    /// <summary>Forgets the entry at an index if it is of that generation or an older one.</summary>
    /// <returns>True when something was forgotten.</returns>
    public bool Forget(int index, Generation failed)
    {
        if (!_byIndex.TryGetValue(index, out var node) || failed < node.Value.Chunk.Generation)
        {
            return false;
        }

        _byUse.Remove(node);
        return _byIndex.Remove(index);
    }

    /// <summary>Forgets all entries from an index on.</summary>
    public void ForgetFrom(int index)
    {
        foreach (var gone in _byIndex.Keys.Where(i => i >= index).ToArray())
        {
            _byUse.Remove(_byIndex[gone]);
            _byIndex.Remove(gone);
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _byIndex.Clear();
        _byUse.Clear();
    }
}
