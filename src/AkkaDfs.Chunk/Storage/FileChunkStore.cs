// IChunkStore over ordinary files: opens the data folders, spreads replicas over them, and keeps the table of all replicas.
// What happens within a folder is DataFolder's, within a replica Replica's. docs/formats/ has the files.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Storage;

/// <summary>The replicas of one chunk server, in files.</summary>
public sealed partial class FileChunkStore : IChunkStore
{
    private const int SampleSize = 256;
    private readonly IFileSystem _files;
    private readonly ReplicaTable _table = new();
    private readonly List<DataFolder> _folders = [];
    private readonly Lock _lock = new();
    private IEnumerator<ReplicaInfo>? _sample;

    private FileChunkStore(ChunkStoreSettings settings, IFileSystem files, ILanes lanes, TimeProvider time)
    {
        _files = files;
        OpenFiles = new OpenFiles(settings.MaxOpenFiles);
        foreach (var path in settings.Folders)
        {
            _folders.Add(new DataFolder(_folders.Count, path, settings, files, _table, lanes, time) { OpenFiles = OpenFiles });
        }
    }

    /// <inheritdoc/>
    public Guid ClusterId => StampedFolder?.ClusterId ?? Guid.Empty;

    /// <inheritdoc/>
    public ServerId Server => StampedFolder?.Server ?? ServerId.None;

    /// <inheritdoc/>
    public IReadOnlyList<FolderStatus> Folders
    {
        get
        {
            var counts = new long[_folders.Count];
            foreach (var replica in _table.List())
            {
                counts[replica.Folder]++;
            }

            return [.. _folders.Select(f => new FolderStatus(f.Number, f.Path, f.IsNew, f.Error, counts[f.Number], f.UsedBytes, f.Error is null ? f.Free() : 0))];
        }
    }

    /// <inheritdoc/>
    public long ReplicaCount => _table.Count;

    /// <inheritdoc/>
    public long CapacityBytes => UsedBytes + FreeBytes;

    /// <inheritdoc/>
    public long UsedBytes => _folders.Sum(f => f.UsedBytes);

    /// <inheritdoc/>
    public long FreeBytes => _folders.Where(f => f.Error is null).Sum(f => f.Free());

    /// <summary>The data files that replicas hold open.</summary>
    internal OpenFiles OpenFiles { get; }

    /// <summary>The turns of all folders, for tests that stop a disk.</summary>
    internal IEnumerable<FolderTurn> Turns => _folders.Select(f => f.Turn);

    private FolderStamp? StampedFolder => _folders.Find(f => f.Stamp is not null && (f.Error is null || f.IsNew))?.Stamp
        ?? _folders.Find(f => f.Stamp is not null)?.Stamp;

    /// <summary>Opens the store: takes the folders' locks, reads their stamps, and recovers those that have one.</summary>
    /// <param name="settings">Folders and limits.</param>
    /// <param name="files">The disk; <see cref="DiskFileSystem.Instance"/> outside tests.</param>
    /// <param name="lanes">Where background work runs; <see cref="ThreadLanes.Instance"/> outside tests.</param>
    /// <param name="time">For delays of background work.</param>
    /// <returns>
    /// The store, also when some folders are out of use (see <see cref="Folders"/>); FolderLocked when another process has one;
    /// WrongCluster when the stamps of two folders differ; a folder's own error when none works; InvalidArgument.
    /// </returns>
    public static Result<FileChunkStore> Open(ChunkStoreSettings settings, IFileSystem files, ILanes lanes, TimeProvider time)
    {
        if (settings.Folders.Count is < 1 or > 64)
        {
            return StoreErrors.Invalid($"A chunk server has 1 to 64 data folders, not {settings.Folders.Count}.");
        }

        var store = new FileChunkStore(settings, files, lanes, time);
        if (store.Start() is { } error)
        {
            store.Dispose();
            return error;
        }

        return store;
    }

    /// <inheritdoc/>
    public DfsError? Stamp(Guid clusterId, ServerId server)
    {
        lock (_lock)
        {
            if (StampedFolder is { } stamp && (stamp.ClusterId != clusterId || stamp.Server != server))
            {
                return WrongStamp(stamp, clusterId, server);
            }

            DfsError? failed = null;
            foreach (var folder in _folders.Where(f => f is { Stamp: null, Error: null }))
            {
                failed ??= folder.Initialize(clusterId, server, Discard);
            }

            return failed;
        }
    }

    /// <inheritdoc/>
    public void CheckFolders()
    {
        foreach (var folder in _folders)
        {
            folder.Check();
            lock (_lock)
            {
                folder.TryRestore(Discard);
            }
        }

        foreach (var replica in _table.Active())
        {
            replica.CheckFile();
        }

        lock (_lock)
        {
            CheckSample();
        }
    }

    /// <inheritdoc/>
    public DfsError? ResetFolder(int folder)
    {
        lock (_lock)
        {
            if (folder < 0 || folder >= _folders.Count || _folders[folder].Error is null || StampedFolder is not { } stamp)
            {
                return StoreErrors.Invalid($"Folder {folder} is not one that failed on a registered server.");
            }

            return _folders[folder].Reset(stamp.ClusterId, stamp.Server, Discard);
        }
    }

    /// <inheritdoc/>
    public bool TryGet(ChunkId chunk, out ReplicaInfo info) => _table.TryGet(chunk, out info);

    /// <inheritdoc/>
    public IEnumerable<ReplicaInfo> List() => _table.List();

    /// <inheritdoc/>
    public Result<IReplicaFile> Create(ChunkId chunk, ReplicaRole role, int chunkSizeBytes)
    {
        if (chunk == ChunkId.None || chunkSizeBytes is < FileLayout.MinChunkSizeBytes or > FileLayout.MaxChunkSizeBytes)
        {
            return StoreErrors.Invalid($"Chunk {chunk} of {chunkSizeBytes} bytes cannot be.");
        }

        var room = ChooseFolder(chunkSizeBytes: 0, preferred: -1);
        if (!room.IsOk)
        {
            return room.Error;
        }

        var folder = room.Value;
        var replica = new Replica(folder, chunk, ServerProtocol.ReplicaFlags.None) { Handles = 1, IsBeingMade = true };
        var info = new ReplicaInfo(chunk, role, 0, 0, chunkSizeBytes, (byte)folder.Number, ServerProtocol.ReplicaFlags.None);
        if (!_table.TryAdd(info, replica))
        {
            return StoreErrors.Exists(chunk);
        }

        // In this order: files of an earlier life may be waiting to be deleted until the name is taken.
        if ((folder.MakeRoom(1) ?? folder.Upkeep.FinishUnlinks(chunk) ?? Begin(replica, role, chunkSizeBytes)) is { } failed)
        {
            _table.Remove(chunk, replica);
            return failed;
        }

        return new ReplicaHandle(_table, replica, info);
    }

    /// <inheritdoc/>
    public Result<IReplicaFile> Open(ChunkId chunk)
    {
        ReplicaInfo info = default;
        if (_table.Acquire(chunk, row => new Replica(_folders[row.Folder], row)) is not { } replica || !_table.TryGet(chunk, out info))
        {
            return StoreErrors.NotFound(chunk);
        }

        if (replica.Load() is { } error)
        {
            _table.Release(replica);
            return error;
        }

        return new ReplicaHandle(_table, replica, info);
    }

    /// <inheritdoc/>
    public ValueTask<DfsError?> DeleteAsync(ChunkId chunk, bool durably)
    {
        if (_table.Acquire(chunk, row => new Replica(_folders[row.Folder], row)) is not { } replica)
        {
            return new(StoreErrors.NotFound(chunk));
        }

        var ended = Delete(replica);
        if (!ended.IsOk)
        {
            _table.Release(replica);
            return new(ended.Error);
        }

        return durably ? new(replica.Folder.Log.CommitAsync(ended.Value)) : new((DfsError?)null);
    }

    /// <summary>Checkpoints everything and closes: the next start has nothing to recover.</summary>
    public void Dispose()
    {
        foreach (var incoming in _incoming.Values)
        {
            incoming.Drop();
        }

        _incoming.Clear();
        foreach (var folder in _folders)
        {
            folder.Dispose();
        }
    }

    private static DfsError WrongStamp(FolderStamp stamp, Guid clusterId, ServerId server) => new(
        DfsErrorCode.WrongCluster,
        $"The data folders belong to server {stamp.Server} of cluster {stamp.ClusterId}, not to server {server} of cluster {clusterId}. Use the right folders.");

    private DfsError? Start()
    {
        foreach (var folder in _folders)
        {
            if (folder.Lock() is { } locked)
            {
                return locked;
            }
        }

        var stamps = _folders.Where(f => f.Stamp is not null).Select(f => f.Stamp!.Value).ToList();
        if (stamps.Find(s => s.ClusterId != stamps[0].ClusterId || s.Server != stamps[0].Server) is { FolderId: var other } foreign && other != Guid.Empty)
        {
            return WrongStamp(stamps[0], foreign.ClusterId, foreign.Server);
        }

        foreach (var folder in _folders.Where(f => f is { Stamp: not null, Error: null }))
        {
            folder.Start(Discard);
        }

        // Folders that were added since, or whose disk was replaced, join at once: the others say whose they are.
        if (stamps.Count > 0)
        {
            foreach (var folder in _folders.Where(f => f is { Stamp: null, Error: null }))
            {
                folder.Initialize(stamps[0].ClusterId, stamps[0].Server, Discard);
            }
        }

        return _folders.TrueForAll(f => f.Error is not null) ? _folders[0].Error : null;
    }

    private static DfsError? Begin(Replica replica, ReplicaRole role, int chunkSizeBytes)
    {
        try
        {
            var file = replica.Folder.Files.Open(replica.DataPath, FileOpen.CreateOrTruncate);
            if (replica.Begin(role, chunkSizeBytes, file) is not { } failed)
            {
                return null;
            }

            file.Dispose();
            replica.Folder.Files.Delete(replica.DataPath);
            return failed;
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            return StoreErrors.Disk(failure, $"create {replica.DataPath}");
        }
    }

    private Result<DataFolder> ChooseFolder(long chunkSizeBytes, int preferred)
    {
        if (preferred >= 0 && _folders[preferred].IsUsable)
        {
            return _folders[preferred];
        }

        DataFolder? best = null;
        foreach (var folder in _folders)
        {
            if (folder.IsUsable && (best is null || folder.Free() > best.Free()))
            {
                best = folder;
            }
        }

        return best is not null
            ? best
            : StampedFolder is null
                ? StoreErrors.Invalid("The server is not registered yet: its folders bear no stamp.")
                : new DfsError(DfsErrorCode.DiskError, "No data folder of this server works. See its status for the reasons.");
    }

    private Result<ulong> Delete(Replica replica)
    {
        _table.TryGet(replica.Chunk, out var info);
        var ended = replica.End(new LogFrame().Simple(FrameKind.Delete, replica.Chunk), info.LengthBytes);
        if (ended.IsOk)
        {
            replica.Folder.Upkeep.QueueUnlink(replica.Chunk, ended.Value, replica.DataPath, replica.MetaPath);
            _table.Remove(replica.Chunk, replica);
        }

        return ended;
    }

    // Deletes a replica that a newer one in another folder has made superfluous.
    private void Discard(ReplicaInfo info)
    {
        if (_table.Acquire(info.Chunk, row => new Replica(_folders[row.Folder], row)) is { } old)
        {
            Delete(old);
        }
    }

    // A few replicas at rest with each check, so that files that vanish are missed before somebody asks for them.
    private void CheckSample()
    {
        for (var i = 0; i < SampleSize; i++)
        {
            _sample ??= _table.List().GetEnumerator();
            if (!_sample.MoveNext())
            {
                _sample.Dispose();
                _sample = null;
                return;
            }

            var info = _sample.Current;
            if (_folders[info.Folder].IsUsable
                && (info.Flags & ServerProtocol.ReplicaFlags.Damaged) == 0
                && !_files.Exists(ChunkFileName.DataPath(_folders[info.Folder].Path, info.Chunk)))
            {
                Open(info.Chunk).Match(static opened => { opened.Dispose(); return 0; }, static _ => 0);
            }
        }
    }
}
