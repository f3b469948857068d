// The door of an active chunk: whoever sends to its actor enters here first. That bounds what waits in front of the actor, and
// lets the actor leave safely: once the door is closed with nobody inside, no message can be under way to it.

using System.Collections.Concurrent;
using Akka.Actor;
using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.DataPlane;

/// <summary>The bounded door of one chunk's actor. Thread-safe.</summary>
public sealed class ChunkHandle(ChunkId chunk, int maxRequests, long maxBytes)
{
    // Negative once closed.
    private int _requests;
    private long _bytes;
    private uint _knownChain;

    /// <summary>The chunk.</summary>
    public ChunkId Chunk => chunk;

    /// <summary>Its actor; set before the handle is published.</summary>
    public IActorRef Actor { get; set; } = ActorRefs.Nobody;

    /// <summary>Generation whose chain the actor knows: requests of that generation need not carry it.</summary>
    public Generation KnownChain
    {
        get => new(Volatile.Read(ref _knownChain));
        set => Volatile.Write(ref _knownChain, value.Value);
    }

    /// <summary>True once nobody can enter any more.</summary>
    public bool IsClosed => Volatile.Read(ref _requests) < 0;

    /// <summary>Requests inside.</summary>
    public int Requests => Math.Max(0, Volatile.Read(ref _requests));

    /// <summary>What came of trying to enter.</summary>
    public enum Entry
    {
        /// <summary>Inside: the request will leave when it is settled.</summary>
        Entered,

        /// <summary>Too many are inside already.</summary>
        Full,

        /// <summary>The actor is leaving: ask for a new one.</summary>
        Closed,
    }

    /// <summary>Lets a request in and tells it to the actor.</summary>
    /// <param name="request">The request.</param>
    /// <param name="bounded">False for requests that were bounded where they come from: they are never Full.</param>
    public Entry Tell(ChunkRequest request, bool bounded)
    {
        var entry = TryEnter(request.WindowBytes, bounded);
        if (entry == Entry.Entered)
        {
            request.AdmittedBy(this);
            Actor.Tell(request, ActorRefs.NoSender);
        }

        return entry;
    }

    /// <summary>Enters for something that is no request; leave with the same number of bytes.</summary>
    public Entry TryEnter(int bytes, bool bounded)
    {
        while (true)
        {
            var requests = Volatile.Read(ref _requests);
            if (requests < 0)
            {
                return Entry.Closed;
            }

            if (bounded && requests > 0 && (requests >= maxRequests || Interlocked.Read(ref _bytes) + bytes > maxBytes))
            {
                return Entry.Full;
            }

            if (Interlocked.CompareExchange(ref _requests, requests + 1, requests) == requests)
            {
                Interlocked.Add(ref _bytes, bytes);
                return Entry.Entered;
            }
        }
    }

    /// <summary>Leaves.</summary>
    public void Leave(int bytes)
    {
        Interlocked.Add(ref _bytes, -bytes);
        Interlocked.Decrement(ref _requests);
    }

    /// <summary>Closes the door if nobody is inside.</summary>
    public bool TryClose() => Interlocked.CompareExchange(ref _requests, int.MinValue / 2, 0) == 0;
}

/// <summary>All active chunks of a server. Thread-safe; the ChunkServerActor adds, everyone looks up.</summary>
public sealed class ChunkDirectory
{
    private readonly ConcurrentDictionary<ChunkId, ChunkHandle> _active = new();

    /// <summary>Number of active chunks.</summary>
    public int Count => _active.Count;

    /// <summary>All active chunks, as of some moment.</summary>
    public IEnumerable<ChunkHandle> All => _active.Values;

    /// <summary>Finds an active chunk.</summary>
    public ChunkHandle? Find(ChunkId chunk) => _active.GetValueOrDefault(chunk);

    /// <summary>Publishes an active chunk.</summary>
    public void Add(ChunkHandle handle) => _active[handle.Chunk] = handle;

    /// <summary>Takes an active chunk out; a newer one of the same id stays.</summary>
    public void Remove(ChunkHandle handle) => _active.TryRemove(new KeyValuePair<ChunkId, ChunkHandle>(handle.Chunk, handle));
}
