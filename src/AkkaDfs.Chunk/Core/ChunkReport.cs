// What a server has told meta about its replicas, and what it has still to tell. Meta keeps the same count and digest from what it
// was told; when they differ it asks for everything anew.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Core;

/// <summary>The part of a heartbeat that tells of changes.</summary>
/// <param name="Changed">Replicas that are new or have changed.</param>
/// <param name="Removed">Replicas that are gone.</param>
/// <param name="ReplicaCount">Number of replicas told of, after these changes.</param>
/// <param name="Digest">Digest of them.</param>
public readonly record struct ReportDelta(
    IReadOnlyList<ServerProtocol.ReplicaReport> Changed, IReadOnlyList<ChunkId> Removed, long ReplicaCount, ulong Digest);

/// <summary>Keeps a chunk report up to date, change by change.</summary>
public sealed class ChunkReport
{
    private readonly Dictionary<ChunkId, Generation> _told = [];
    private readonly Queue<ChunkId> _order = new();
    private readonly HashSet<ChunkId> _marked = [];
    private readonly Dictionary<long, List<ChunkId>> _unanswered = [];
    private ulong _digest;
    private long _count;

    /// <summary>Replicas that have changed since they were told of.</summary>
    public int MarkedCount => _marked.Count;

    /// <summary>A replica is new, has changed, or is gone.</summary>
    public void Mark(ChunkId chunk)
    {
        if (_marked.Add(chunk))
        {
            _order.Enqueue(chunk);
        }
    }

    /// <summary>Begins a full report: nothing counts as told.</summary>
    public void BeginFull()
    {
        _told.Clear();
        _unanswered.Clear();
        _digest = 0;
        _count = 0;
    }

    /// <summary>A page of the full report is on its way.</summary>
    public void Told(IReadOnlyList<ServerProtocol.ReplicaReport> page)
    {
        foreach (var replica in page)
        {
            Tell(replica.Chunk, replica.Generation);
        }
    }

    /// <summary>Takes the changes for a heartbeat, oldest first.</summary>
    /// <param name="number">The heartbeat's number.</param>
    /// <param name="limit">Most replicas to tell of.</param>
    /// <param name="find">The replica as it is now; null when it is gone.</param>
    public ReportDelta Take(long number, int limit, Func<ChunkId, ServerProtocol.ReplicaReport?> find)
    {
        var changed = new List<ServerProtocol.ReplicaReport>();
        var removed = new List<ChunkId>();
        var sent = new List<ChunkId>();
        while (sent.Count < limit && _order.TryDequeue(out var chunk))
        {
            _marked.Remove(chunk);
            sent.Add(chunk);
            if (find(chunk) is { } replica)
            {
                changed.Add(replica);
                Tell(chunk, replica.Generation);
            }
            else if (_told.Remove(chunk, out var generation))
            {
                removed.Add(chunk);
                Count(chunk, generation, -1);
            }
        }

        if (sent.Count > 0)
        {
            _unanswered.Add(number, sent);
        }

        return new ReportDelta(changed, removed, _count, _digest);
    }

    /// <summary>Meta has a heartbeat; what earlier ones carried and lost is told again.</summary>
    public void Answered(long number)
    {
        _unanswered.Remove(number);
        foreach (var lost in _unanswered.Keys.Where(n => n < number).ToList())
        {
            _unanswered.Remove(lost, out var chunks);
            chunks!.ForEach(Mark);
        }
    }

    private void Tell(ChunkId chunk, Generation generation)
    {
        if (_told.TryGetValue(chunk, out var before))
        {
            Count(chunk, before, -1);
        }

        _told[chunk] = generation;
        Count(chunk, generation, 1);
    }

    // A replica that has lost its meta file knows no generation, and to meta that is as good as not listed. Whoever counted it here
    // would be asked for a full report at every heartbeat, and be taken for just started, with the right to serve withheld, for ever.
    private void Count(ChunkId chunk, Generation generation, int sign)
    {
        if (generation != Generation.Any)
        {
            _count += sign;
            _digest = sign > 0 ? _digest + ReportDigest.Of(chunk, generation) : _digest - ReportDigest.Of(chunk, generation);
        }
    }
}
