// What every replica of a folder was when the store was closed in good order, in one file beside the log, so that the next start
// need not open two million files. It counts only together with the `state` that was written right after it; a start makes it
// void, and so does any byte of it that does not check out: the meta files' heads say the same, only slower.

using System.Buffers.Binary;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Storage;

internal sealed class FolderIndex
{
    internal const string FileName = "index";
    private const int HeadBytes = 48;
    private const int RowBytes = 40;
    private const int PageRows = 1024;
    private const int PageBytes = (PageRows * RowBytes) + 8;
    private const ushort Version = 1;
    private readonly Dictionary<ChunkId, ReplicaInfo> _rows = [];

    private FolderIndex()
    {
    }

    private static ReadOnlySpan<byte> Magic => "ADFSINDX"u8;

    /// <summary>Finds a replica that was in order.</summary>
    internal bool TryGet(ChunkId chunk, out ReplicaInfo info) => _rows.TryGetValue(chunk, out info);

    /// <summary>Writes the index; durable when it returns, and of no account until the state says that the log is clean.</summary>
    internal static void Write(IFileSystem files, string directory, Guid folderId, uint lastNumber, IEnumerable<ReplicaInfo> replicas)
    {
        var temporary = $"{directory}/{FileName}.tmp";
        using (var file = files.Open(temporary, FileOpen.CreateOrTruncate))
        {
            var page = new byte[PageBytes];
            long at = HeadBytes, count = 0;
            var rows = 0;
            foreach (var info in replicas)
            {
                WriteRow(page.AsSpan(rows * RowBytes), info);
                count++;
                if (++rows == PageRows)
                {
                    at += WritePage(file, at, page, rows);
                    rows = 0;
                }
            }

            _ = rows > 0 ? WritePage(file, at, page, rows) : 0;
            Span<byte> head = stackalloc byte[HeadBytes];
            head.Clear();
            Magic.CopyTo(head);
            BinaryPrimitives.WriteUInt16LittleEndian(head[8..], Version);
            BinaryPrimitives.WriteUInt32LittleEndian(head[12..], lastNumber);
            folderId.TryWriteBytes(head[16..]);
            BinaryPrimitives.WriteInt64LittleEndian(head[32..], count);
            BinaryPrimitives.WriteUInt32LittleEndian(head[(HeadBytes - 4)..], Checksum.Compute(head[..(HeadBytes - 4)]));
            file.Write(head, 0);
            file.Sync();
        }

        files.Move(temporary, $"{directory}/{FileName}");
        files.SyncDirectory(directory);
    }

    /// <summary>Null when there is none, it is damaged, or it is of another life.</summary>
    internal static FolderIndex? Read(IFileSystem files, string directory, Guid folderId, uint lastNumber)
    {
        var path = $"{directory}/{FileName}";
        if (!files.Exists(path))
        {
            return null;
        }

        using var file = files.Open(path, FileOpen.Read);
        Span<byte> head = stackalloc byte[HeadBytes];
        if (file.Read(head, 0) != HeadBytes
            || !head.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(head[(HeadBytes - 4)..]) != Checksum.Compute(head[..(HeadBytes - 4)])
            || BinaryPrimitives.ReadUInt16LittleEndian(head[8..]) != Version
            || BinaryPrimitives.ReadUInt32LittleEndian(head[12..]) != lastNumber
            || new Guid(head.Slice(16, 16)) != folderId)
        {
            return null;
        }

        var index = new FolderIndex();
        return index.ReadPages(file, BinaryPrimitives.ReadInt64LittleEndian(head[32..])) ? index : null;
    }

    private bool ReadPages(IFile file, long count)
    {
        if (count < 0 || count > file.Length / RowBytes)
        {
            return false;
        }

        _rows.EnsureCapacity((int)count);
        var page = new byte[PageBytes];
        for (var at = (long)HeadBytes; count > 0;)
        {
            var rows = (int)Math.Min(count, PageRows);
            var bytes = page.AsSpan(0, (rows * RowBytes) + 8);
            if (file.Read(bytes, at) != bytes.Length || BinaryPrimitives.ReadUInt32LittleEndian(bytes[^8..]) != Checksum.Compute(bytes[..^8]))
            {
                return false;
            }

            for (var i = 0; i < rows; i++)
            {
                ReadRow(bytes[(i * RowBytes)..]);
            }

            (at, count) = (at + bytes.Length, count - rows);
        }

        return true;
    }

    private static int WritePage(IFile file, long at, byte[] page, int rows)
    {
        var bytes = page.AsSpan(0, (rows * RowBytes) + 8);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[^8..], Checksum.Compute(bytes[..^8]));
        file.Write(bytes, at);
        return bytes.Length;
    }

    private static void WriteRow(Span<byte> to, in ReplicaInfo info)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(to, info.Chunk.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(to[8..], info.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], info.LengthBytes);
        BinaryPrimitives.WriteInt32LittleEndian(to[24..], info.ChunkSizeBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(to[28..], info.Role.Generation.Value);
        to[32] = info.Role.Position;
        to[33] = info.Role.ChainLength;
        to[34] = (byte)info.Flags;
        to[35..RowBytes].Clear();
    }

    private void ReadRow(ReadOnlySpan<byte> from)
    {
        var chunk = new ChunkId(BinaryPrimitives.ReadUInt64LittleEndian(from));
        var flags = (ServerProtocol.ReplicaFlags)from[34];
        if ((flags & ServerProtocol.ReplicaFlags.Damaged) != 0)
        {
            return;
        }

        _rows[chunk] = new ReplicaInfo(
            chunk,
            new ReplicaRole(new Generation(BinaryPrimitives.ReadUInt32LittleEndian(from[28..])), from[32], from[33]),
            BinaryPrimitives.ReadUInt64LittleEndian(from[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[24..]),
            0,
            flags);
    }
}
