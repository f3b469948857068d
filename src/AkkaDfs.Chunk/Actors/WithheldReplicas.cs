// Replicas that are on this server's disks and in no file: meta has said so. They are kept until it orders their deletion, in
// case it is mistaken, and served to nobody, in case a client still believes in them.

using System.Collections.Concurrent;
using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.Actors;

/// <summary>Replicas that are not to be served. Thread-safe; forgotten at the end of the process, after which meta says it again.</summary>
public sealed class WithheldReplicas
{
    private readonly ConcurrentDictionary<ChunkId, bool> _chunks = new();

    /// <summary>Withholds one.</summary>
    public void Add(ChunkId chunk) => _chunks[chunk] = true;

    /// <summary>One was deleted.</summary>
    public void Remove(ChunkId chunk) => _chunks.TryRemove(chunk, out _);

    /// <summary>True when it is not to be served.</summary>
    public bool Contains(ChunkId chunk) => !_chunks.IsEmpty && _chunks.ContainsKey(chunk);
}
