// Reading a replica's meta file, whole or only its head.

using System.Buffers;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

internal static class ReplicaFiles
{
    /// <summary>Longest meta file: the blocks of the largest chunk and the most outcomes.</summary>
    private const int MaxMetaBytes = 16 << 20;

    /// <summary>Null when the file is missing or damaged; throws when the disk fails.</summary>
    internal static ReplicaImage? ReadMeta(IFileSystem files, string path, ChunkId chunk, int rememberedOperations)
    {
        if (!files.Exists(path))
        {
            return null;
        }

        using var file = files.Open(path, FileOpen.Read);
        var length = file.Length;
        if (length is < ReplicaMetaHead.Bytes or > MaxMetaBytes)
        {
            return null;
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            var bytes = buffer.AsSpan(0, file.Read(buffer.AsSpan(0, (int)length), 0));
            return ReplicaMetaFile.Read(bytes, chunk, rememberedOperations);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Null when the file is missing or its head damaged; throws when the disk fails.</summary>
    internal static ReplicaMetaHead? ReadMetaHead(IFileSystem files, string path, ChunkId chunk)
    {
        using var file = files.Open(path, FileOpen.Read);
        Span<byte> head = stackalloc byte[ReplicaMetaHead.Bytes];
        return ReplicaMetaHead.Read(head[..file.Read(head, 0)], chunk);
    }

    /// <summary>Writes an image to a file of its own, without syncing it; the caller closes it.</summary>
    internal static IFile WriteMeta(IFileSystem files, string path, ReplicaImage image)
    {
        var length = ReplicaMetaFile.BytesFor(image);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            ReplicaMetaFile.Write(image, buffer);
            return Write(files, path, buffer.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes a small file in one step that a crash cannot split; durable when it returns.</summary>
    internal static void WriteAtomically(IFileSystem files, string directory, string name, ReadOnlySpan<byte> bytes)
    {
        var temporary = $"{directory}/{name}.tmp";
        using (var file = Write(files, temporary, bytes))
        {
            file.Sync();
        }

        files.Move(temporary, $"{directory}/{name}");
        files.SyncDirectory(directory);
    }

    private static IFile Write(IFileSystem files, string path, ReadOnlySpan<byte> bytes)
    {
        var file = files.Open(path, FileOpen.CreateOrTruncate);
        try
        {
            file.Write(bytes, 0);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
