// What clients saw. Times are of one monotonic clock, in any unit, the same for all clients of a history.

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

/// <summary>One record append.</summary>
/// <param name="Record">What was appended.</param>
/// <param name="Invoked">When it began.</param>
/// <param name="Completed">When it ended; long.MaxValue when it never did.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Offset">Where it went, in the file, when acknowledged.</param>
public sealed record AppendEvent(HistoryRecord Record, long Invoked, long Completed, Outcome Outcome, long Offset);

/// <summary>One successful read of a range.</summary>
/// <param name="Client">Who read.</param>
/// <param name="Invoked">When it began.</param>
/// <param name="Completed">When it ended.</param>
/// <param name="Offset">Where, in the file.</param>
/// <param name="WantedBytes">How much was asked for.</param>
/// <param name="Bytes">What came: less than asked only at the end of the file.</param>
public sealed record ReadEvent(uint Client, long Invoked, long Completed, long Offset, long WantedBytes, ReadOnlyMemory<byte> Bytes);

/// <summary>All that is known of one append-only file once everything is quiet.</summary>
/// <param name="ChunkSizeBytes">The file's chunk size.</param>
/// <param name="Appends">Every append that was tried.</param>
/// <param name="Reads">Every read that succeeded.</param>
/// <param name="FinalBytes">The file as read at the end.</param>
/// <param name="Replicas">For each chunk, in order, the raw bytes of each of its replicas.</param>
public sealed record FileHistory(
    int ChunkSizeBytes,
    IReadOnlyList<AppendEvent> Appends,
    IReadOnlyList<ReadEvent> Reads,
    ReadOnlyMemory<byte> FinalBytes,
    IReadOnlyList<IReadOnlyList<ReadOnlyMemory<byte>>> Replicas);
