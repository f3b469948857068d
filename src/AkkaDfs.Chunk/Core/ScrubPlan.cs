// Decides what the scrub looks at next, how fast, and what it may call a pass. Chunks are visited in the order of their ids, so
// that a position is one number, whatever is made or deleted meanwhile, and a restart goes on where the last run was.

using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.Core;

/// <summary>How far the scrub is. Times are Unix milliseconds, 0 for never.</summary>
/// <param name="After">The last chunk that was looked at in the pass under way; None at its start.</param>
/// <param name="PassStartedMs">When the pass under way began.</param>
/// <param name="PassBytes">Bytes verified in it.</param>
/// <param name="PassReplicas">Replicas verified in it.</param>
/// <param name="PassBadBlocks">Bad blocks found in it.</param>
/// <param name="LastPassStartedMs">When the last complete pass began.</param>
/// <param name="LastPassEndedMs">When it ended: every block that was there all the time was good or reported by then.</param>
/// <param name="LastPassBytes">Bytes verified in it.</param>
/// <param name="LastPassBadBlocks">Bad blocks found in it.</param>
/// <param name="Passes">Complete passes.</param>
public sealed record ScrubProgress(
    ChunkId After,
    long PassStartedMs,
    long PassBytes,
    long PassReplicas,
    long PassBadBlocks,
    long LastPassStartedMs,
    long LastPassEndedMs,
    long LastPassBytes,
    long LastPassBadBlocks,
    long Passes)
{
    /// <summary>Before the first pass.</summary>
    public static readonly ScrubProgress None = new(ChunkId.None, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}

/// <summary>The rules of the scrub.</summary>
public static class ScrubPlan
{
    /// <summary>Most blocks verified in one step, so that a replica is not held up for long.</summary>
    public const int StepBlocks = 16;

    /// <summary>Begins a pass, or goes on with the one that is under way.</summary>
    public static ScrubProgress Begin(ScrubProgress progress, long nowMs)
        => progress.PassStartedMs != 0 ? progress : progress with { PassStartedMs = nowMs };

    /// <summary>The chunks to look at next, in order.</summary>
    /// <param name="progress">How far it is.</param>
    /// <param name="chunks">All chunks, in any order.</param>
    /// <param name="count">Most to return.</param>
    public static IReadOnlyList<ChunkId> Next(ScrubProgress progress, IEnumerable<ChunkId> chunks, int count)
    {
        // The smallest ids behind the position: a heap of that many, so that a million chunks are never sorted.
        var smallest = new PriorityQueue<ChunkId, ulong>(count + 1, Comparer<ulong>.Create(static (a, b) => b.CompareTo(a)));
        foreach (var chunk in chunks)
        {
            if (chunk.Value <= progress.After.Value || (smallest.Count == count && chunk.Value >= smallest.Peek().Value))
            {
                continue;
            }

            smallest.Enqueue(chunk, chunk.Value);
            if (smallest.Count > count)
            {
                smallest.Dequeue();
            }
        }

        var next = new ChunkId[smallest.Count];
        for (var i = next.Length - 1; i >= 0; i--)
        {
            next[i] = smallest.Dequeue();
        }

        return next;
    }

    /// <summary>A replica has been looked at, or was not there any more.</summary>
    public static ScrubProgress Visited(ScrubProgress progress, ChunkId chunk, long bytes, int badBlocks, bool wasThere) => progress with
    {
        After = chunk,
        PassBytes = progress.PassBytes + bytes,
        PassReplicas = progress.PassReplicas + (wasThere ? 1 : 0),
        PassBadBlocks = progress.PassBadBlocks + badBlocks,
    };

    /// <summary>Nothing is behind the position: the pass is over.</summary>
    public static ScrubProgress End(ScrubProgress progress, long nowMs) => new(
        ChunkId.None, 0, 0, 0, 0, progress.PassStartedMs, nowMs, progress.PassBytes, progress.PassBadBlocks, progress.Passes + 1);

    /// <summary>How long to wait after some bytes, so that the rate is not exceeded.</summary>
    /// <param name="bytes">Bytes just verified.</param>
    /// <param name="bytesPerSecond">The rate; at least 1.</param>
    public static TimeSpan Pause(long bytes, long bytesPerSecond) => TimeSpan.FromSeconds(bytes / (double)Math.Max(1, bytesPerSecond));

    /// <summary>When the next pass may begin: not before the interval has gone by since the last one began.</summary>
    public static TimeSpan UntilNextPass(ScrubProgress progress, long nowMs, TimeSpan interval)
    {
        var dueMs = progress.LastPassStartedMs + (long)interval.TotalMilliseconds;

        // A pass that began in the future: the clock was set back since, and how long ago it was nobody knows.
        var isInFuture = nowMs < progress.LastPassStartedMs;
        return progress.Passes == 0 || dueMs <= nowMs || isInFuture ? TimeSpan.Zero : TimeSpan.FromMilliseconds(dueMs - nowMs);
    }
}
