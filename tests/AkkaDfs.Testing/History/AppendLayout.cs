// Which append put which bytes of an appended file where, read from the bytes alone: whole records, the parts of a stream
// append that a chunk's end has cut, and padding. What fits none of them is a violation.

namespace AkkaDfs.Testing.History;

/// <summary>Where an append's bytes stand.</summary>
/// <param name="Record">The append.</param>
/// <param name="Start">Offset of its first byte.</param>
/// <param name="End">Offset behind the last byte found.</param>
/// <param name="Found">How many of its bytes were found.</param>
internal sealed record PlacedAppend(HistoryRecord Record, long Start, long End, int Found)
{
    internal bool IsWhole => Found == Record.LengthBytes;
}

/// <summary>Bytes at a chunk's end that pad it.</summary>
internal readonly record struct Padding(int Chunk, int LengthBytes);

/// <summary>An appended file, taken apart.</summary>
internal sealed class AppendLayout
{
    // A fragment that is cut behind these bytes names its append: magic, client, counter.
    private const int NamingBytes = 12;

    private readonly FileHistory _history;
    private readonly List<string> _violations;
    private readonly Dictionary<(uint, uint), ClientOperation> _operations;
    private readonly List<Head> _open = [];

    private AppendLayout(FileHistory history, List<string> violations)
    {
        _history = history;
        _violations = violations;
        _operations = new Dictionary<(uint, uint), ClientOperation>();
        foreach (var operation in history.Operations)
        {
            _operations.TryAdd((operation.Client, operation.Counter), operation);
        }
    }

    /// <summary>Every append found, by client and counter.</summary>
    internal Dictionary<(uint Client, uint Counter), PlacedAppend> Placed { get; } = [];

    internal List<Padding> Paddings { get; } = [];

    /// <summary>Offsets at which the file may have ended at some time.</summary>
    internal HashSet<long> Boundaries { get; } = [0];

    internal static AppendLayout Parse(FileHistory history, List<string> violations)
    {
        var layout = new AppendLayout(history, violations);
        var length = history.FinalBytes.Length;
        for (long start = 0; start < length; start += history.ChunkSizeBytes)
        {
            layout.ParseChunk((int)start, (int)Math.Min(length, start + history.ChunkSizeBytes));
        }

        foreach (var head in layout._open.OrderBy(h => h.Owners.Count))
        {
            var free = head.Owners.Find(o => !layout.Placed.ContainsKey((o.Client, o.Counter)));
            if (free is not null || head.Found >= NamingBytes)
            {
                layout.Place(head.Of(free ?? head.Owners[0]));
            }
        }

        return layout;
    }

    private void ParseChunk(int start, int end)
    {
        var bytes = _history.FinalBytes.Span;
        var at = start;
        while (at < end)
        {
            if (HistoryRecord.TryParse(bytes[at..end], out var record))
            {
                Place(new PlacedAppend(record, at, at + record.LengthBytes, record.LengthBytes));
                at += record.LengthBytes;
            }
            else if (TakeRest(at, end) is var rest and > 0)
            {
                at += rest;
            }
            else
            {
                break;
            }

            Boundaries.Add(at);
        }

        Boundaries.Add(end);
        if (at < end)
        {
            TakeEnd(start, at, end);
        }
    }

    private void TakeEnd(int start, int at, int end)
    {
        var rest = _history.FinalBytes.Span[at..end];
        var isFull = end - start == _history.ChunkSizeBytes;
        if (rest.IndexOfAnyExcept((byte)0) is var odd and >= 0)
        {
            if (!TakeHead(at, rest))
            {
                _violations.Add($"byte {at + odd} is {rest[odd]}: neither part of a whole record nor NUL padding at the end of a chunk");
            }
        }
        else if (!isFull)
        {
            _violations.Add($"the last chunk ends with {rest.Length} NUL bytes but is not full: padding only fills a chunk up");
        }
        else
        {
            Paddings.Add(new Padding(start / _history.ChunkSizeBytes, rest.Length));
        }
    }

    // The first part of a stream append: the chunk, or the whole file, ends within it. A few bytes may fit several appends;
    // which one it was shows in the part that follows.
    private bool TakeHead(int at, ReadOnlySpan<byte> rest)
    {
        var owners = new List<ClientOperation>();
        foreach (var operation in _operations.Values)
        {
            if (operation.Kind == OperationKind.Append
                && operation.Data.Length > rest.Length
                && operation.Data.Span.StartsWith(rest)
                && (operation.Outcome != Outcome.Acknowledged || operation.Offset == at || rest.Length >= NamingBytes)
                && !Placed.ContainsKey((operation.Client, operation.Counter)))
            {
                owners.Add(operation);
            }
        }

        if (owners.Count == 0)
        {
            return false;
        }

        owners = [.. owners.OrderByDescending(o => o.Offset == at).ThenByDescending(o => o.Outcome == Outcome.Unknown).ThenBy(o => o.Outcome == Outcome.Failed)];
        _open.Add(new Head(at, at + rest.Length, rest.Length, owners));
        return true;
    }

    // The next part of a stream append whose first part ended an earlier chunk, most likely the one before; gives its length, 0
    // when there is none here.
    private int TakeRest(int at, int end)
    {
        var bytes = _history.FinalBytes.Span[at..end];
        foreach (var head in Enumerable.Reverse(_open))
        {
            foreach (var owner in head.Owners)
            {
                var missing = owner.Data.Span[head.Found..];
                var part = Math.Min(missing.Length, bytes.Length);
                if (bytes[..part].SequenceEqual(missing[..part]))
                {
                    Grow(head, owner, at + part, part);
                    return part;
                }
            }
        }

        return 0;
    }

    private void Grow(Head head, ClientOperation owner, int end, int part)
    {
        _open.Remove(head);
        var grown = new Head(head.Start, end, head.Found + part, [owner]);
        if (grown.Found == owner.Data.Length)
        {
            Place(grown.Of(owner));
        }
        else
        {
            _open.Add(grown);
        }
    }

    private void Place(PlacedAppend append)
    {
        var id = (append.Record.Client, append.Record.Counter);
        if (!Placed.TryAdd(id, append))
        {
            _violations.Add($"record {id.Client}/{id.Counter} stands twice: at {Placed[id].Start} and at {append.Start}");
        }
    }

    private sealed record Head(int Start, int End, int Found, List<ClientOperation> Owners)
    {
        internal PlacedAppend Of(ClientOperation owner)
            => new(new HistoryRecord(owner.Client, owner.Counter, owner.Data.Length), Start, End, Found);
    }
}
