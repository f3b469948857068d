// Reads and stats of an appended file: bytes that the file has, an end at which the file can have ended, nothing from the
// future, and never less than what was acknowledged or seen before.

namespace AkkaDfs.Testing.History;

internal static class AppendReads
{
    internal static void Check(FileHistory history, AppendLayout layout, List<string> violations)
    {
        var appends = history.Operations.ToLookup(o => (o.Client, o.Counter));
        var inOrder = layout.Placed.Values
            .OrderBy(p => p.Start)
            .Select(p => (Place: p, Append: appends[(p.Record.Client, p.Record.Counter)].FirstOrDefault()))
            .ToList();
        var starts = inOrder.Select(p => p.Place.Start).ToList();
        foreach (var seen in history.Operations.Where(o => o.IsObservation))
        {
            CheckBytes(history, layout, seen, violations);
            CheckFuture(seen, inOrder, starts, violations);
        }

        CheckFreshness(history, violations);
    }

    private static void CheckBytes(FileHistory history, AppendLayout layout, ClientOperation seen, List<string> violations)
    {
        var final = history.FinalBytes.Span;
        if (seen.Kind == OperationKind.Stat)
        {
            if (seen.LengthBytes > final.Length)
            {
                violations.Add($"{seen} saw a longer file than there is in the end, {final.Length} bytes");
            }
            else if (!layout.Boundaries.Contains(seen.LengthBytes))
            {
                violations.Add($"{seen} saw an end in the middle of an append");
            }

            return;
        }

        if (seen.Data.Length > 0
            && (seen.End > final.Length || !final[(int)seen.Offset..(int)seen.End].SequenceEqual(seen.Data.Span)))
        {
            var common = seen.Offset >= final.Length ? 0 : seen.Data.Span.CommonPrefixLength(final[(int)seen.Offset..]);
            violations.Add($"{seen} read bytes that the file never had, from {seen.Offset + common} on");
        }
        else if (seen.Data.Length > 0 && seen.Data.Length < seen.LengthBytes && !layout.Boundaries.Contains(seen.End))
        {
            violations.Add($"{seen} saw an end in the middle of an append, at {seen.End}");
        }
    }

    private static void CheckFuture(
        ClientOperation seen, List<(PlacedAppend Place, ClientOperation? Append)> inOrder, List<long> starts, List<string> violations)
    {
        var (from, to) = seen.Kind == OperationKind.Stat ? (seen.LengthBytes - 1, seen.LengthBytes) : (seen.Offset, seen.End);
        var index = starts.BinarySearch(from);
        for (var i = index >= 0 ? index : Math.Max(0, ~index - 1); i < inOrder.Count && starts[i] < to; i++)
        {
            var (place, append) = inOrder[i];
            if (place.End > from && append is not null && seen.Completed < append.Invoked)
            {
                violations.Add($"{seen} saw {append}, which began only later");
            }
        }
    }

    // What came back short says how long the file was. It must reach behind every byte acknowledged or seen before it began.
    private static void CheckFreshness(FileHistory history, List<string> violations)
    {
        var shown = history.Operations
            .Where(o => o.Outcome == Outcome.Acknowledged)
            .Select(o => (o.Completed, End: o.Kind == OperationKind.Stat ? o.LengthBytes : o.Data.IsEmpty ? 0 : o.End, Operation: o))
            .OrderBy(s => s.Completed)
            .ToList();
        var next = 0;
        long longest = 0;
        ClientOperation? because = null;
        foreach (var seen in history.Operations.Where(o => o.IsObservation).OrderBy(o => o.Invoked))
        {
            for (; next < shown.Count && shown[next].Completed < seen.Invoked; next++)
            {
                if (shown[next].End > longest)
                {
                    (longest, because) = (shown[next].End, shown[next].Operation);
                }
            }

            var end = seen.Kind == OperationKind.Stat ? seen.LengthBytes : seen.End;
            var wanted = seen.Kind == OperationKind.Stat ? longest : Math.Min(longest, seen.Offset + seen.LengthBytes);
            if (end < wanted)
            {
                violations.Add($"{seen} is stale: it ended at {end}, although {because} had shown {longest} bytes before");
            }
        }
    }
}
