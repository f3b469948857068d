// Holds a history against what the file system promises. Appended files: acknowledged appends exactly once at their offsets,
// unknown ones at most once, failed ones never; one order that respects real time; reads that are prefixes of the history,
// fresh, and never go back; NUL padding at chunk ends only, and only for a record that went on to a later chunk. Files written
// at offsets: each byte a linearizable register, and a length to match. Both: equal replicas, as many as asked.

namespace AkkaDfs.Testing.History;

/// <summary>Finds what a history must not have.</summary>
public static class HistoryChecker
{
    /// <summary>Every violation, one sentence each, with the operations concerned; empty when the history is clean.</summary>
    public static IReadOnlyList<string> Check(FileHistory history)
    {
        var violations = new List<string>();
        CheckTimes(history, violations);
        if (history.Use == FileUse.Appends)
        {
            var layout = AppendLayout.Parse(history, violations);
            AppendRules.Check(history, layout, violations);
            AppendReads.Check(history, layout, violations);
        }
        else
        {
            RegisterRules.Check(history, violations);
            LengthRules.Check(history, violations);
        }

        CheckReplicas(history, violations);
        return history.Path.Length == 0 ? violations : [.. violations.Select(v => $"{history.Path}: {v}")];
    }

    // What contradicts itself proves nothing about the file system: better said than trusted.
    private static void CheckTimes(FileHistory history, List<string> violations)
    {
        var seen = new HashSet<(uint, uint)>();
        foreach (var operation in history.Operations)
        {
            if (operation.Completed < operation.Invoked)
            {
                violations.Add($"{operation} ended before it began: the history itself is wrong");
            }

            if (!seen.Add((operation.Client, operation.Counter)))
            {
                violations.Add($"{operation} stands twice in the history, or its name was given twice: the history itself is wrong");
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
            var replicas = history.Replicas[chunk];
            if (history.WantedReplicas > 0 && expected.Length > 0 && replicas.Count != history.WantedReplicas)
            {
                violations.Add($"chunk {chunk} has {replicas.Count} replicas instead of {history.WantedReplicas}");
            }

            for (var replica = 0; replica < replicas.Count; replica++)
            {
                CheckReplica(history, chunk, replica, expected, violations);
            }
        }
    }

    private static void CheckReplica(FileHistory history, int chunk, int replica, ReadOnlySpan<byte> expected, List<string> violations)
    {
        var bytes = history.Replicas[chunk][replica].Span;

        // Where nothing was ever written a chunk of a file written at offsets may end early: what is missing reads as NUL. But
        // then it ends early on all replicas.
        var same = history.Use == FileUse.Appends
            ? bytes.SequenceEqual(expected)
            : bytes.Length <= expected.Length && bytes.SequenceEqual(expected[..bytes.Length])
                && expected[bytes.Length..].IndexOfAnyExcept((byte)0) < 0 && bytes.Length == history.Replicas[chunk][0].Length;
        if (!same)
        {
            var at = bytes.CommonPrefixLength(expected);
            violations.Add($"replica {replica} of chunk {chunk} ({bytes.Length} bytes) differs from the file or from the first replica, from byte {at} of the chunk on");
        }
    }
}
