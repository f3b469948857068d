// What one client did and saw. Times are of one monotonic clock, in any unit, the same for all clients of a history.

using System.Globalization;

namespace AkkaDfs.Testing.History;

/// <summary>How an operation ended.</summary>
public enum Outcome
{
    /// <summary>Acknowledged.</summary>
    Acknowledged,

    /// <summary>Failed for certain: nothing was written.</summary>
    Failed,

    /// <summary>Not known: at most once.</summary>
    Unknown,
}

/// <summary>What a client asked for.</summary>
public enum OperationKind
{
    /// <summary>Append a record in one piece; what does not fit pads the chunk.</summary>
    Record,

    /// <summary>Append exact bytes; what does not fit goes on in the next chunk.</summary>
    Append,

    /// <summary>Write at an offset.</summary>
    Write,

    /// <summary>Set the length.</summary>
    Truncate,

    /// <summary>Read a range.</summary>
    Read,

    /// <summary>Ask for the length.</summary>
    Stat,
}

/// <summary>One operation of one client.</summary>
public sealed record ClientOperation
{
    /// <summary>Who asked.</summary>
    public required uint Client { get; init; }

    /// <summary>Which of the client's operations, all its retries included.</summary>
    public required uint Counter { get; init; }

    /// <summary>What was asked.</summary>
    public required OperationKind Kind { get; init; }

    /// <summary>When it began.</summary>
    public required long Invoked { get; init; }

    /// <summary>When it ended; long.MaxValue when it never did.</summary>
    public long Completed { get; init; } = long.MaxValue;

    /// <summary>How it ended.</summary>
    public Outcome Outcome { get; init; } = Outcome.Unknown;

    /// <summary>Write, read: where. Appends: where the first byte went, once acknowledged; -1 before.</summary>
    public long Offset { get; init; } = -1;

    /// <summary>Read: bytes asked for. Truncate: the new length. Stat: the length that was answered.</summary>
    public long LengthBytes { get; init; }

    /// <summary>The bytes written, or the bytes that came: fewer than asked only at the end of the file.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Why it failed, for people.</summary>
    public string? Error { get; init; }

    /// <summary>Offset behind the bytes written or read; for a truncation the new length.</summary>
    public long End => Kind == OperationKind.Truncate ? LengthBytes : Offset + Data.Length;

    /// <summary>True for a read or stat that was answered.</summary>
    public bool IsObservation => Kind is OperationKind.Read or OperationKind.Stat && Outcome == Outcome.Acknowledged;

    /// <summary>True for what may have changed the file.</summary>
    public bool MayHaveWritten => Kind is not (OperationKind.Read or OperationKind.Stat) && Outcome != Outcome.Failed;

    /// <summary>True when this one had ended before the other began.</summary>
    public bool Precedes(ClientOperation other) => Completed < other.Invoked;

    /// <inheritdoc/>
    public override string ToString()
    {
        var what = Kind switch
        {
            OperationKind.Record => $"record of {Data.Length} bytes at {Where()}",
            OperationKind.Append => $"append of {Data.Length} bytes at {Where()}",
            OperationKind.Write => $"write [{Offset}, {End})",
            OperationKind.Truncate => $"truncate to {LengthBytes}",
            OperationKind.Read => $"read [{Offset}, {Offset + LengthBytes}) that gave {Data.Length} bytes",
            _ => $"stat that said {LengthBytes}",
        };
        var ended = Completed == long.MaxValue ? "…" : Completed.ToString(CultureInfo.InvariantCulture);
        return $"{Client}/{Counter} ({what}, {Outcome}, {Invoked.ToString(CultureInfo.InvariantCulture)} to {ended})";
    }

    private string Where() => Offset < 0 ? "?" : Offset.ToString(CultureInfo.InvariantCulture);
}
