// Which chunks a primary may begin without asking meta. A chunk can be cut off its file before its first write comes, and whoever
// still believes in it must not get an acknowledgement for bytes that nobody will ever find again. A chunk that was allocated
// since this server registered, and later than any that it has been told to give up, cannot be one of those: meta would have told.

using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.Actors;

/// <summary>Tells chunks that are certainly still wanted. Thread-safe.</summary>
public sealed class FreshChunks
{
    private ulong _floor = ulong.MaxValue;
    private bool _isRegistered;
    private readonly Lock _gate = new();

    /// <summary>True when the first write to a chunk may be acknowledged without leave of meta.</summary>
    public bool Contains(ChunkId chunk)
    {
        lock (_gate)
        {
            return chunk.Value >= _floor;
        }
    }

    /// <summary>Meta has said, at a registration, which id comes next.</summary>
    public void Registered(ChunkId next)
    {
        lock (_gate)
        {
            _floor = _isRegistered ? Math.Max(_floor, next.Value) : next.Value;
            _isRegistered = true;
        }
    }

    /// <summary>Meta has had a chunk given up here.</summary>
    public void GivenUp(ChunkId chunk)
    {
        lock (_gate)
        {
            _floor = Math.Max(_floor, chunk.Value + 1);
        }
    }
}
