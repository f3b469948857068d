// Holds a history of record appends and reads against what an append-only file may show:
// acknowledged records exactly once at their offsets, unknown ones at most once, failed ones never; one order that respects
// real time; reads that are prefixes of the history, fresh, and never go back; NUL padding at chunk ends only; equal replicas.

namespace AkkaDfs.Testing.History;

/// <summary>Finds what a history must not have.</summary>
public static class HistoryChecker
{
    /// <summary>Every violation, one sentence each; empty when the history is clean.</summary>
    public static IReadOnlyList<string> Check(FileHistory history)
    {
        var violations = new List<string>();
        var placed = ParseFile(history, violations);
        CheckAppends(history, placed, violations);
        CheckRealTimeOrder(history, placed, violations);
        CheckReads(history, violations);
        CheckReplicas(history, violations);
        return violations;
    }

    private static Dictionary<(uint Client, uint Counter), long> ParseFile(FileHistory history, List<string> violations)
    {
        var placed = new Dictionary<(uint Client, uint Counter), long>();
        var bytes = history.FinalBytes.Span;
        for (long start = 0; start < bytes.Length; start += history.ChunkSizeBytes)
        {
            var end = (int)Math.Min(bytes.Length, start + history.ChunkSizeBytes);
            var at = (int)start;
            while (HistoryRecord.TryParse(bytes[at..end], out var record))
            {
                if (!placed.TryAdd((record.Client, record.Counter), at))
                {
                    violations.Add($"record {record.Client}/{record.Counter} stands twice: at {placed[(record.Client, record.Counter)]} and at {at}");
                }

                at += record.LengthBytes;
            }

            var rest = bytes[at..end];
            if (rest.IndexOfAnyExcept((byte)0) is var odd and >= 0)
            {
                violations.Add($"byte {at + odd} is {rest[odd]}: neither part of a whole record nor NUL padding at the end of a chunk");
            }
            else if (rest.Length > 0 && end == bytes.Length && end - start < history.ChunkSizeBytes)
            {
                violations.Add($"the last chunk ends with {rest.Length} NUL bytes but is not full: padding only fills a chunk up");
            }
        }

        return placed;
    }

    private static void CheckAppends(FileHistory history, Dictionary<(uint Client, uint Counter), long> placed, List<string> violations)
    {
        var known = new HashSet<(uint, uint)>();
        foreach (var append in history.Appends)
        {
            var id = (append.Record.Client, append.Record.Counter);
            known.Add(id);
            var there = placed.TryGetValue(id, out var offset);
            switch (append.Outcome)
            {
                case Outcome.Acknowledged when !there:
                    violations.Add($"acknowledged record {id} is lost: it should stand at {append.Offset}");
                    break;
                case Outcome.Acknowledged when offset != append.Offset:
                    violations.Add($"record {id} was acknowledged at {append.Offset} but stands at {offset}");
                    break;
                case Outcome.Failed when there:
                    violations.Add($"record {id} was reported as failed but stands at {offset}");
                    break;
                default:
                    break;
            }
        }

        foreach (var (id, offset) in placed.Where(p => !known.Contains(p.Key)))
        {
            violations.Add($"record {id} at {offset} was never appended by anyone");
        }
    }

    // In order of offsets: an append that completed before another began must stand before it.
    private static void CheckRealTimeOrder(FileHistory history, Dictionary<(uint Client, uint Counter), long> placed, List<string> violations)
    {
        var inOrder = history.Appends
            .Where(a => placed.ContainsKey((a.Record.Client, a.Record.Counter)))
            .OrderBy(a => placed[(a.Record.Client, a.Record.Counter)]);
        AppendEvent? latest = null;
        foreach (var append in inOrder)
        {
            if (latest is not null && append.Outcome == Outcome.Acknowledged && append.Completed < latest.Invoked)
            {
                violations.Add(
                    $"record {append.Record.Client}/{append.Record.Counter} was acknowledged before "
                    + $"{latest.Record.Client}/{latest.Record.Counter} began, but stands behind it");
            }

            if (latest is null || append.Invoked > latest.Invoked)
            {
                latest = append;
            }
        }
    }

    private static void CheckReads(FileHistory history, List<string> violations)
    {
        var final = history.FinalBytes.Span;
        foreach (var read in history.Reads)
        {
            var end = read.Offset + read.Bytes.Length;
            if (end > final.Length || !final[(int)read.Offset..(int)end].SequenceEqual(read.Bytes.Span))
            {
                violations.Add($"client {read.Client} read bytes at [{read.Offset}, {end}) that the file never had");
            }
        }

        CheckFreshness(history, violations);
    }

    // A read that came back short says how long the file was. It must reach behind every byte acknowledged or read before it began.
    private static void CheckFreshness(FileHistory history, List<string> violations)
    {
        var seen = history.Appends
            .Where(a => a.Outcome == Outcome.Acknowledged)
            .Select(a => (a.Completed, End: a.Offset + a.Record.LengthBytes, What: $"the ack of {a.Record.Client}/{a.Record.Counter}"))
            .Concat(history.Reads.Where(r => r.Bytes.Length > 0)
                .Select(r => (r.Completed, End: r.Offset + r.Bytes.Length, What: $"a read of client {r.Client}")))
            .OrderBy(s => s.Completed)
            .ToList();
        var next = 0;
        long longest = 0;
        var because = string.Empty;
        foreach (var read in history.Reads.OrderBy(r => r.Invoked))
        {
            for (; next < seen.Count && seen[next].Completed < read.Invoked; next++)
            {
                if (seen[next].End > longest)
                {
                    (longest, because) = (seen[next].End, seen[next].What);
                }
            }

            var end = read.Offset + read.Bytes.Length;
            if (end < Math.Min(longest, read.Offset + read.WantedBytes))
            {
                violations.Add($"client {read.Client} read a stale file: it ended at {end}, although {because} had shown {longest} bytes before");
            }
        }
    }

    private static void CheckReplicas(FileHistory history, List<string> violations)
    {
        for (var chunk = 0; chunk < history.Replicas.Count; chunk++)
        {
            var start = (long)chunk * history.ChunkSizeBytes;
            var expected = start >= history.FinalBytes.Length
                ? []
                : history.FinalBytes.Span[(int)start..(int)Math.Min(history.FinalBytes.Length, start + history.ChunkSizeBytes)];
            for (var replica = 0; replica < history.Replicas[chunk].Count; replica++)
            {
                var bytes = history.Replicas[chunk][replica].Span;
                if (!bytes.SequenceEqual(expected))
                {
                    var at = bytes.CommonPrefixLength(expected);
                    violations.Add($"replica {replica} of chunk {chunk} ({bytes.Length} bytes) differs from the file from byte {at} of the chunk on");
                }
            }
        }
    }
}
