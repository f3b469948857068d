// Finds a folder's replicas at its start. Every directory is listed. After a stop in good order the index says what the replicas
// are, and no file is opened; what the index does not have, or has as damaged, and everything after a crash, is read from the
// heads of the meta files, several at a time.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Storage;

/// <param name="folder">The folder.</param>
/// <param name="index">What its last life left behind; null when it did not end in good order.</param>
internal sealed class FolderScan(DataFolder folder, FolderIndex? index)
{
    /// <summary>From this many heads in one directory on they are read by several threads.</summary>
    private const int ManyHeads = 256;

    private readonly IFileSystem _files = folder.Files;

    /// <summary>Largest position of the log that any meta file mentions.</summary>
    internal ulong LargestLsn { get; private set; }

    /// <summary>Enters all replicas.</summary>
    /// <param name="isKnown">True for those that the log has brought up already.</param>
    /// <param name="enter">Receives each of the others.</param>
    internal void Run(Func<ChunkId, bool> isKnown, Action<ReplicaInfo> enter)
    {
        var found = new Dictionary<ChunkId, Names>();
        var unread = new List<(ChunkId Chunk, Names Names)>();
        for (var i = 0; i < 256; i++)
        {
            var directory = $"{folder.Path}/{ChunkFileName.RelativeDirectory(new ChunkId((ulong)i))}";
            List(directory, found);
            unread.Clear();
            foreach (var (chunk, names) in found)
            {
                if (names == Names.Both && index is not null && index.TryGet(chunk, out var info) && !isKnown(chunk))
                {
                    enter(info with { Folder = (byte)folder.Number });
                }
                else
                {
                    unread.Add((chunk, names));
                }
            }

            Read(unread, isKnown, enter);
        }
    }

    /// <summary>A replica of which nothing is left to go by.</summary>
    internal static ReplicaInfo Damaged(DataFolder folder, ChunkId chunk)
        => new(chunk, default, 0, 0, 0, (byte)folder.Number, ServerProtocol.ReplicaFlags.Damaged);

    /// <summary>Length of a data file; -1 when it cannot be had.</summary>
    internal static long LengthOf(DataFolder folder, ChunkId chunk)
    {
        try
        {
            using var file = folder.Files.Open(ChunkFileName.DataPath(folder.Path, chunk), FileOpen.Read);
            return file.Length;
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            folder.TellTrouble(failure, $"look at the data file of chunk {chunk}");
            return -1;
        }
    }

    private void List(string directory, Dictionary<ChunkId, Names> found)
    {
        found.Clear();
        foreach (var name in _files.ListFiles(directory))
        {
            if (ChunkFileName.TryParse(name, out var chunk, out var isMeta))
            {
                found[chunk] = found.GetValueOrDefault(chunk) | (isMeta ? Names.Meta : Names.Data);
            }
            else if (name.EndsWith(".tmp", StringComparison.Ordinal))
            {
                _files.Delete($"{directory}/{name}");
            }
        }
    }

    private void Read(List<(ChunkId Chunk, Names Names)> unread, Func<ChunkId, bool> isKnown, Action<ReplicaInfo> enter)
    {
        var heads = new ReplicaMetaHead?[unread.Count];
        if (unread.Count >= ManyHeads && folder.Settings.ScanThreads > 1)
        {
            Parallel.For(0, heads.Length, new ParallelOptions { MaxDegreeOfParallelism = folder.Settings.ScanThreads }, ReadOne);
        }
        else
        {
            for (var i = 0; i < heads.Length; i++)
            {
                ReadOne(i);
            }
        }

        for (var i = 0; i < heads.Length; i++)
        {
            LargestLsn = Math.Max(LargestLsn, heads[i]?.Lsn ?? 0);
            if (!isKnown(unread[i].Chunk))
            {
                Enter(unread[i].Chunk, unread[i].Names, heads[i], enter);
            }
        }

        void ReadOne(int i) => heads[i] = (unread[i].Names & Names.Meta) != 0 ? TryReadHead(unread[i].Chunk) : null;
    }

    private void Enter(ChunkId chunk, Names names, ReplicaMetaHead? head, Action<ReplicaInfo> enter)
    {
        if ((names & Names.Meta) == 0 && LengthOf(folder, chunk) == 0)
        {
            // Made by a Create that a crash cut short before anything was on record.
            _files.Delete(ChunkFileName.DataPath(folder.Path, chunk));
            return;
        }

        var flags = (names & Names.Data) != 0 ? ServerProtocol.ReplicaFlags.None : ServerProtocol.ReplicaFlags.Damaged;
        enter(head is { } good
            ? new ReplicaInfo(chunk, good.Role, good.Sequence, good.LengthBytes, good.ChunkSizeBytes, (byte)folder.Number, flags)
            : Damaged(folder, chunk));
    }

    private ReplicaMetaHead? TryReadHead(ChunkId chunk)
    {
        try
        {
            return ReplicaFiles.ReadMetaHead(_files, $"{folder.Path}/{ChunkFileName.RelativeMetaPath(chunk)}", chunk);
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            // One sector that cannot be read costs one replica, not the folder.
            folder.TellTrouble(failure, $"read the meta file of chunk {chunk}");
            return null;
        }
    }

    [Flags]
    private enum Names : byte
    {
        None = 0,
        Data = 1,
        Meta = 2,
        Both = 3,
    }
}
