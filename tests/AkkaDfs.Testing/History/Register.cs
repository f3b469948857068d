// One register: who wrote which value, who saw it, and whether some order of instants within the operations explains it.
// Values written once are judged exactly, by their zones (Gibbons and Korach, "Testing shared memories"): the stretch of time in
// which a value must have been the current one. Values written by several operations, NUL above all, are judged by what is certain:
// a write that had ended before another began, which had itself ended before the read began, cannot be what was read.

namespace AkkaDfs.Testing.History;

internal sealed class Register
{
    private readonly Dictionary<string, List<ClientOperation>> _writers = new(StringComparer.Ordinal);
    private readonly List<RegisterEvent> _reads = [];
    private readonly List<ClientOperation> _acknowledged;
    private readonly ClientOperation?[] _latestInvoked;

    internal Register(List<RegisterEvent> events)
    {
        foreach (var happened in events)
        {
            if (happened.IsRead)
            {
                _reads.Add(happened);
            }
            else if (_writers.TryGetValue(happened.Key, out var same))
            {
                same.Add(happened.Operation);
            }
            else
            {
                _writers[happened.Key] = [happened.Operation];
            }
        }

        HasMixture = _reads.Any(r => r.Value.Length > 1 && !_writers.ContainsKey(r.Key));
        _acknowledged = [.. events.Where(e => !e.IsRead && e.Operation.Outcome == Outcome.Acknowledged).Select(e => e.Operation).OrderBy(o => o.Completed)];
        _latestInvoked = new ClientOperation?[_acknowledged.Count + 1];
        for (var i = 0; i < _acknowledged.Count; i++)
        {
            _latestInvoked[i + 1] = _latestInvoked[i] is { } before && before.Invoked >= _acknowledged[i].Invoked ? before : _acknowledged[i];
        }
    }

    /// <summary>A read saw a value that no write put here in one piece.</summary>
    internal bool HasMixture { get; }

    internal void Check(string at, List<string> violations)
    {
        var before = violations.Count;
        foreach (var read in _reads)
        {
            CheckRead(read, at, violations);
        }

        if (violations.Count == before)
        {
            CheckZones(at, violations);
        }
    }

    private void CheckRead(RegisterEvent read, string at, List<string> violations)
    {
        var writers = _writers.GetValueOrDefault(read.Key) ?? [];
        var isInitial = read.Value.IsEmpty;
        var possible = writers.Where(w => w.Outcome != Outcome.Failed).ToList();
        if (possible.Count == 0 && !isInitial)
        {
            violations.Add(writers.Count > 0
                ? $"{at}: {read.Operation} saw what {writers[0]} was to write, which failed"
                : $"{at}: {read.Operation} saw {Short(read.Key)}, which nobody ever wrote there");
            return;
        }

        var begun = possible.Where(w => w.Invoked <= read.Operation.Completed).ToList();
        if (begun.Count == 0 && !isInitial)
        {
            violations.Add($"{at}: {read.Operation} saw what {possible[0]} wrote only later");
            return;
        }

        // The last write to begin among those that had ended before the read began: what had ended before that one is gone.
        if (LatestBefore(read.Operation.Invoked) is { } latest && !begun.Any(w => !w.Precedes(latest)))
        {
            var stale = begun.Count > 0 ? begun[^1].ToString() : "nothing yet written";
            violations.Add($"{at}: {read.Operation} is stale: it saw {stale}, although {latest} had been acknowledged before");
        }
    }

    private ClientOperation? LatestBefore(long time)
    {
        var (low, high) = (0, _acknowledged.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _acknowledged[middle].Completed < time ? (middle + 1, high) : (low, middle);
        }

        return _latestInvoked[low];
    }

    private void CheckZones(string at, List<string> violations)
    {
        var reads = _reads.ToLookup(r => r.Key, r => r.Operation, StringComparer.Ordinal);
        var zones = _writers
            .Where(w => w.Key.Length > 0 && w.Value.Count == 1 && (w.Value[0].Outcome == Outcome.Acknowledged || reads[w.Key].Any()))
            .Select(w => Zone.Of(w.Value[0], reads[w.Key]))
            .ToList();
        var forward = zones.Where(z => z.IsForward).OrderBy(z => z.From.Completed).ToList();
        for (var i = 1; i < forward.Count; i++)
        {
            if (forward[i].From.Completed < forward[i - 1].To.Invoked)
            {
                violations.Add($"{at}: the values of {forward[i - 1].Write} and of {forward[i].Write} were current in turns: {forward[i - 1]}, but {forward[i]}");
            }
        }

        foreach (var inner in zones.Where(z => !z.IsForward))
        {
            var outer = forward.FindLast(f => f.From.Completed < inner.To.Invoked);
            if (outer is not null && inner.From.Completed < outer.To.Invoked)
            {
                violations.Add($"{at}: {inner.Write} came and went while the value of {outer.Write} stayed: {outer}, but {inner}");
            }
        }
    }

    private static string Short(string hex) => hex.Length <= 32 ? hex : hex[..32] + "…";

    /// <summary>The first to end and the last to begin of a write and the reads of its value.</summary>
    private sealed record Zone(ClientOperation Write, ClientOperation From, ClientOperation To)
    {
        internal bool IsForward => From.Completed < To.Invoked;

        internal static Zone Of(ClientOperation write, IEnumerable<ClientOperation> reads)
        {
            var (from, to) = (write, write);
            foreach (var read in reads)
            {
                from = read.Completed < from.Completed ? read : from;
                to = read.Invoked > to.Invoked ? read : to;
            }

            return new Zone(write, from, to);
        }

        public override string ToString() => IsForward ? $"it was there from the end of {From} to the beginning of {To}" : $"it was there between {To} and {From}";
    }
}
