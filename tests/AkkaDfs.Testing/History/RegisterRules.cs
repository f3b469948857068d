// A file written at offsets is a row of registers, one per byte. Operations cut it into segments within which each of them
// touches all bytes or none; a segment is then judged as one register whose values are what the writes put there, or, when a
// read found a mixture, byte by byte. Missing bytes and NUL are the same value here: lengths have rules of their own.

namespace AkkaDfs.Testing.History;

internal static class RegisterRules
{
    internal static void Check(FileHistory history, List<string> violations)
    {
        var operations = WithEnd(history).Where(o => o.IsObservation || o.MayHaveWritten || o.Kind == OperationKind.Write).ToList();
        var bounds = Bounds(history, operations);
        var segments = new List<RegisterEvent>[Math.Max(0, bounds.Count - 1)];
        foreach (var operation in operations.Where(o => o.Kind is not OperationKind.Stat))
        {
            var (from, to) = Range(operation, bounds[^1]);
            for (var i = bounds.BinarySearch(from); i >= 0 && i < segments.Length && bounds[i] < to; i++)
            {
                (segments[i] ??= []).Add(new RegisterEvent(operation, Value(operation, bounds[i], bounds[i + 1])));
            }
        }

        for (var i = 0; i < segments.Length; i++)
        {
            if (segments[i] is { } events)
            {
                CheckSegment(events, bounds[i], bounds[i + 1], violations);
            }
        }
    }

    /// <summary>What is read once all is quiet is a read like any other, and the last.</summary>
    internal static IEnumerable<ClientOperation> WithEnd(FileHistory history)
        => history.Operations.Append(new ClientOperation
        {
            Client = uint.MaxValue,
            Counter = 0,
            Kind = OperationKind.Read,
            Invoked = long.MaxValue,
            Completed = long.MaxValue,
            Outcome = Outcome.Acknowledged,
            Offset = 0,
            LengthBytes = history.Operations.Select(o => Math.Max(o.End, o.Offset + o.LengthBytes)).Append(history.FinalBytes.Length).Max() + 1,
            Data = history.FinalBytes,
        });

    private static void CheckSegment(List<RegisterEvent> events, long from, long to, List<string> violations)
    {
        var at = to - from == 1 ? $"byte {from}" : $"bytes [{from}, {to})";
        var register = new Register(events);
        if (register.HasMixture && to - from > 1)
        {
            for (var i = 0; i < to - from; i++)
            {
                var one = events.Select(e => new RegisterEvent(e.Operation, e.Value.Length == 0 ? e.Value : e.Value.Slice(i, 1))).ToList();
                CheckSegment(one, from + i, from + i + 1, violations);
            }

            return;
        }

        register.Check(at, violations);
    }

    private static List<long> Bounds(FileHistory history, List<ClientOperation> operations)
    {
        var bounds = new SortedSet<long>();
        long most = 0;
        foreach (var operation in operations.Where(o => o.Kind != OperationKind.Stat))
        {
            var from = operation.Kind == OperationKind.Truncate ? operation.LengthBytes : operation.Offset;
            var to = operation.Kind == OperationKind.Read ? operation.Offset + operation.LengthBytes : operation.End;
            bounds.Add(from);
            bounds.Add(operation.End);
            bounds.Add(to);
            most = Math.Max(most, to);
        }

        for (long chunk = 0; chunk < most; chunk += history.ChunkSizeBytes)
        {
            bounds.Add(chunk);
        }

        return [.. bounds];
    }

    private static (long From, long To) Range(ClientOperation operation, long last) => operation.Kind switch
    {
        OperationKind.Truncate => (operation.LengthBytes, last),
        OperationKind.Read => (operation.Offset, operation.Offset + operation.LengthBytes),
        _ => (operation.Offset, operation.End),
    };

    // Empty: NUL or missing.
    private static ReadOnlyMemory<byte> Value(ClientOperation operation, long from, long to)
    {
        if (operation.Kind == OperationKind.Truncate || from >= operation.End)
        {
            return default;
        }

        var value = operation.Data.Slice((int)(from - operation.Offset), (int)(to - from));
        return value.Span.IndexOfAnyExcept((byte)0) < 0 ? default : value;
    }
}

/// <summary>An operation and what it wrote to a register, or saw there; empty for NUL.</summary>
internal readonly record struct RegisterEvent(ClientOperation Operation, ReadOnlyMemory<byte> Value)
{
    internal bool IsRead => Operation.Kind == OperationKind.Read;

    internal string Key => Convert.ToHexString(Value.Span);
}
