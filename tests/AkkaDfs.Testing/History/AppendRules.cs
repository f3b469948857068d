// Appends against where they stand: exactly once, at most once, never; bytes as sent; one order that respects real time;
// padding for a record that did not fit, which then stands in a later chunk.

namespace AkkaDfs.Testing.History;

internal static class AppendRules
{
    internal static void Check(FileHistory history, AppendLayout layout, List<string> violations)
    {
        CheckOutcomes(history, layout, violations);
        CheckOrder(history, layout, violations);
        CheckPadding(history, layout, violations);
    }

    private static void CheckOutcomes(FileHistory history, AppendLayout layout, List<string> violations)
    {
        var known = new HashSet<(uint, uint)>();
        foreach (var append in Appends(history))
        {
            var id = (append.Client, append.Counter);
            known.Add(id);
            var placed = layout.Placed.GetValueOrDefault(id);
            if (append.Outcome == Outcome.Failed && placed is not null)
            {
                violations.Add($"{append} was reported as failed but stands at {placed.Start}");
            }
            else if (append.Outcome == Outcome.Acknowledged)
            {
                CheckAcknowledged(append, placed, violations);
            }

            if (placed is { IsWhole: false } && append.Kind == OperationKind.Record)
            {
                violations.Add($"{append} is cut at {placed.End}: records stand in one piece");
            }

            if (placed is not null && placed.Record.LengthBytes != append.Data.Length)
            {
                violations.Add($"{append} stands at {placed.Start} with {placed.Record.LengthBytes} bytes");
            }
        }

        foreach (var (id, placed) in layout.Placed.Where(p => !known.Contains(p.Key)))
        {
            violations.Add($"record {id.Client}/{id.Counter} at {placed.Start} was never appended by anyone");
        }
    }

    private static void CheckAcknowledged(ClientOperation append, PlacedAppend? placed, List<string> violations)
    {
        if (placed is null)
        {
            violations.Add($"acknowledged {append} is lost: it should stand at {append.Offset}");
        }
        else if (placed.Start != append.Offset)
        {
            violations.Add($"{append} was acknowledged at {append.Offset} but stands at {placed.Start}");
        }
        else if (!placed.IsWhole)
        {
            violations.Add($"acknowledged {append} is lost in part: {placed.Found} of {append.Data.Length} bytes are there");
        }
    }

    // In order of offsets: an append that completed before another began must stand before it.
    private static void CheckOrder(FileHistory history, AppendLayout layout, List<string> violations)
    {
        ClientOperation? latest = null;
        var inOrder = Appends(history)
            .Where(a => layout.Placed.ContainsKey((a.Client, a.Counter)))
            .Select(a => (Append: a, Place: layout.Placed[(a.Client, a.Counter)]))
            .OrderBy(p => p.Place.Start)
            .ToList();
        foreach (var (append, _) in inOrder)
        {
            if (latest is not null && append.Outcome == Outcome.Acknowledged && append.Precedes(latest))
            {
                violations.Add($"{append} was acknowledged before {latest} began, but stands behind it");
            }

            if (latest is null || append.Invoked > latest.Invoked)
            {
                latest = append;
            }
        }

        // A stream append that was cut: all of it was there before the other began.
        foreach (var (cut, place) in inOrder.Where(p => p.Place.End - p.Place.Start > p.Place.Found && p.Append.Outcome == Outcome.Acknowledged))
        {
            foreach (var (other, _) in inOrder.Where(p => p.Place.Start > place.Start && p.Place.Start < place.End && cut.Precedes(p.Append)))
            {
                violations.Add($"{cut} was acknowledged before {other} began, but its last part stands behind it");
            }
        }
    }

    private static void CheckPadding(FileHistory history, AppendLayout layout, List<string> violations)
    {
        foreach (var padding in layout.Paddings)
        {
            var next = (padding.Chunk + 1L) * history.ChunkSizeBytes;

            // One that failed may have padded the chunk, and then have run out of time before it got a place in the next.
            var hasReason = Appends(history).Any(a =>
                a.Kind == OperationKind.Record
                && a.Data.Length > padding.LengthBytes
                && (!layout.Placed.TryGetValue((a.Client, a.Counter), out var place) || place.Start >= next));
            if (!hasReason)
            {
                violations.Add(
                    $"chunk {padding.Chunk} ends with {padding.LengthBytes} NUL bytes of padding, but no record that did not fit there stands in a later chunk");
            }
        }
    }

    private static IEnumerable<ClientOperation> Appends(FileHistory history)
        => history.Operations.Where(o => o.Kind is OperationKind.Record or OperationKind.Append);
}
