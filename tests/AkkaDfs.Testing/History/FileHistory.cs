// All that is known of one file once everything is quiet.

namespace AkkaDfs.Testing.History;

/// <summary>How a file is used, which says by which rules it is judged.</summary>
public enum FileUse
{
    /// <summary>Record appends and stream appends only; their bytes are <see cref="HistoryRecord"/>s.</summary>
    Appends,

    /// <summary>Writes at offsets and truncations only; each byte is a register.</summary>
    Registers,
}

/// <summary>A file's history and its end.</summary>
/// <param name="ChunkSizeBytes">The file's chunk size.</param>
/// <param name="Operations">Everything that was tried, in any order.</param>
/// <param name="FinalBytes">The file as read at the end.</param>
/// <param name="Replicas">For each chunk, in order, the raw bytes of each of its replicas.</param>
/// <param name="Use">By which rules.</param>
/// <param name="WantedReplicas">How many replicas each chunk must have; 0 leaves it open.</param>
/// <param name="Path">The file's name, for people.</param>
public sealed record FileHistory(
    int ChunkSizeBytes,
    IReadOnlyList<ClientOperation> Operations,
    ReadOnlyMemory<byte> FinalBytes,
    IReadOnlyList<IReadOnlyList<ReadOnlyMemory<byte>>> Replicas,
    FileUse Use = FileUse.Appends,
    int WantedReplicas = 0,
    string Path = "");
