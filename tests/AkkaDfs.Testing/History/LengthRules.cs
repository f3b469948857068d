// The length of a file written at offsets: behind every byte acknowledged or seen before, unless a truncation may have come in
// between; never behind what was ever written; and, after a truncation, not longer than what was written since.

namespace AkkaDfs.Testing.History;

internal static class LengthRules
{
    internal static void Check(FileHistory history, List<string> violations)
    {
        var all = RegisterRules.WithEnd(history).ToList();
        var changes = all.Where(o => o.MayHaveWritten).ToList();
        var cuts = changes.Where(o => o.Kind == OperationKind.Truncate).ToList();
        var seen = all.Where(o => o.IsObservation && Length(o) is not null).ToList();
        var longest = changes.Where(o => o.Outcome == Outcome.Acknowledged).Concat(seen).OrderBy(o => o.Completed).ToList();
        foreach (var observation in seen)
        {
            CheckLower(observation, longest, cuts, violations);
            CheckUpper(observation, changes, cuts, history.ChunkSizeBytes, violations);
        }

        foreach (var read in all.Where(o => o.IsObservation && Length(o) is null))
        {
            CheckLower(read, longest, cuts, violations);
        }
    }

    // A read that came back short tells the length, unless it began behind the end.
    private static long? Length(ClientOperation observation) => observation.Kind == OperationKind.Stat
        ? observation.LengthBytes
        : observation.Data.Length > 0 && observation.Data.Length < observation.LengthBytes ? observation.End
        : observation.Data.Length == 0 && observation.Offset == 0 ? 0
        : null;

    private static void CheckLower(
        ClientOperation seen, List<ClientOperation> longest, List<ClientOperation> cuts, List<string> violations)
    {
        var isStat = seen.Kind == OperationKind.Stat;
        var end = isStat ? seen.LengthBytes : seen.End;
        foreach (var before in longest)
        {
            if (before.Completed >= seen.Invoked)
            {
                break;
            }

            var was = before.IsObservation ? Length(before)!.Value : before.End;
            var least = isStat ? was : Math.Min(was, seen.Offset + seen.LengthBytes);
            if (end < least && !cuts.Any(c => c.LengthBytes < was && !c.Precedes(before) && !seen.Precedes(c) && c != before))
            {
                violations.Add($"{seen} is stale: the file ended at {end}, although {before} had shown {was} bytes before and nobody had cut it since");
                return;
            }
        }
    }

    private static void CheckUpper(
        ClientOperation seen, List<ClientOperation> changes, List<ClientOperation> cuts, int chunkSizeBytes, List<string> violations)
    {
        var length = Length(seen)!.Value;

        // What spans several chunks is done chunk by chunk, so that the file may end at a chunk's end meanwhile.
        var isChunkEnd = length % chunkSizeBytes == 0;
        if (length > 0 && !changes.Any(c => (c.End == length || (isChunkEnd && c.End > length)) && !seen.Precedes(c)))
        {
            violations.Add($"{seen} saw a length of {length}, to which nothing begun by then had brought the file");
            return;
        }

        foreach (var cut in cuts.Where(c => c.Outcome == Outcome.Acknowledged && c.Precedes(seen) && c.LengthBytes < length))
        {
            if (!changes.Any(c => c != cut && c.End >= length && !c.Precedes(cut) && !seen.Precedes(c)))
            {
                violations.Add($"{seen} saw a length of {length}, although {cut} had ended before and nothing has made the file longer since");
                return;
            }
        }
    }
}
