// A few bytes beside the log that say whether it was closed in good order: then nothing in it is needed. Without it, or with
// an unclean one and no log, operations are missing.

using System.Buffers.Binary;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

/// <summary>Content of <c>wal/state</c>.</summary>
/// <param name="FolderId">The data folder.</param>
/// <param name="IsClean">True when every replica was checkpointed and the log closed.</param>
/// <param name="LastNumber">Largest segment number used when it was written.</param>
internal readonly record struct LogState(Guid FolderId, bool IsClean, uint LastNumber)
{
    internal const string FileName = "state";
    private const int Bytes = 40;
    private const ushort Version = 1;

    private static ReadOnlySpan<byte> Magic => "ADFSLOGS"u8;

    internal void Write(IFileSystem files, string directory)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        bytes.Clear();
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[8..], Version);
        bytes[10] = IsClean ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], LastNumber);
        FolderId.TryWriteBytes(bytes[16..]);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[(Bytes - 4)..], Checksum.Compute(bytes[..(Bytes - 4)]));
        ReplicaFiles.WriteAtomically(files, directory, FileName, bytes);
    }

    /// <summary>Null when missing, damaged, or of another folder.</summary>
    internal static LogState? Read(IFileSystem files, string directory, Guid folderId)
    {
        var path = $"{directory}/{FileName}";
        if (!files.Exists(path))
        {
            return null;
        }

        using var file = files.Open(path, FileOpen.Read);
        Span<byte> bytes = stackalloc byte[Bytes];
        return file.Read(bytes, 0) == Bytes
            && bytes.StartsWith(Magic)
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes[(Bytes - 4)..]) == Checksum.Compute(bytes[..(Bytes - 4)])
            && BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]) == Version
            && new Guid(bytes.Slice(16, 16)) == folderId
                ? new LogState(folderId, bytes[10] != 0, BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]))
                : null;
    }
}
