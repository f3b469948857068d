// What a folder does at its start: lists the replicas, replays the log, puts on record how it came to terms with it, brings
// the data files up to date, and checkpoints whatever the log had touched. Every step may be interrupted and begun anew.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Storage;

/// <param name="folder">The folder.</param>
/// <param name="table">Receives its replicas.</param>
/// <param name="discardOther">Deletes a replica of another folder: this one has a newer one of the same chunk.</param>
internal sealed class FolderRecovery(DataFolder folder, ReplicaTable table, Action<ReplicaInfo> discardOther)
{
    private readonly IFileSystem _files = folder.Files;
    private readonly string _logDirectory = $"{folder.Path}/{DataFolder.LogDirectory}";
    private readonly Dictionary<ChunkId, ReplicaReplay> _touched = [];
    private readonly List<ChunkId> _superseded = [];

    internal DfsError? Run()
    {
        var id = folder.Stamp!.Value.FolderId;
        var state = LogState.Read(_files, _logDirectory, id);
        var reader = state is { IsClean: true } ? null : new LogReader(_files, _logDirectory, id);
        if (state is { IsClean: true } last && LastSegment() > last.LastNumber)
        {
            // A start that was cut short left an empty segment behind; anything in it means that the state is not of the last life.
            reader = new LogReader(_files, _logDirectory, id);
            if (reader.Needed.Any(n => n > last.LastNumber))
            {
                state = null;
            }
            else
            {
                reader = null;
            }
        }

        if (reader?.ForeignVersion is { } version)
        {
            return new DfsError(DfsErrorCode.VersionMismatch, $"The log in {_logDirectory} is of version {version}. Use the program that wrote it, or a newer one.");
        }

        var damage = state is null ? $"{LogState.FileName} is missing, damaged or older than the log"
            : reader?.Damage ?? (reader is { EndLsn: 0 } ? "it is missing" : null);
        if (reader is not null)
        {
            Replay(reader);
        }

        var scan = new FolderScan(folder, state is { IsClean: true } clean ? TryReadIndex(id, clean.LastNumber) : null);
        scan.Run(_touched.ContainsKey, Put);
        if (damage is not null)
        {
            Doubt(reader);
        }

        var number = Math.Max(Math.Max(state?.LastNumber ?? 0, LastSegment()), WriteAheadLog.SegmentOf(scan.LargestLsn)) + 1;
        var log = folder.OpenLog(number, reader?.Needed ?? [], reader?.EndLsn ?? 0);
        PutOnRecord(log, reader?.EndLsn ?? 0);
        if (log.CommitNow() is { } failed)
        {
            return failed;
        }

        DropSegments([.. reader?.Needed ?? [], number]);
        foreach (var replay in _touched.Values)
        {
            Restore(replay);
        }

        DropSuperseded(log);
        DropCopies();
        folder.Upkeep.Checkpoint();
        if (damage is not null)
        {
            folder.Settings.OnEvent(new StoreEvent.LogDamaged(folder.Number, StoreErrors.LogDamaged(folder.Path, damage)));
        }

        return null;
    }

    private FolderIndex? TryReadIndex(Guid id, uint lastNumber)
    {
        try
        {
            return FolderIndex.Read(_files, _logDirectory, id, lastNumber);
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            folder.TellTrouble(failure, $"read {FolderIndex.FileName} in {_logDirectory}");
            return null;
        }
    }

    private void Replay(LogReader reader)
    {
        reader.ForEach((in FrameHead frame, ReadOnlySpan<byte> head, ReadOnlySpan<byte> _) =>
        {
            if (frame.Chunk != ChunkId.None)
            {
                ReplayOf(frame.Chunk).Survey(frame, head[FrameHead.Bytes..]);
            }
        });
        foreach (var replay in _touched.Values)
        {
            Prepare(replay, reader);
        }

        reader.ForEach((in FrameHead frame, ReadOnlySpan<byte> head, ReadOnlySpan<byte> payload) =>
        {
            if (_touched.TryGetValue(frame.Chunk, out var replay))
            {
                Redo(replay, frame, head[FrameHead.Bytes..], payload, reader.IsOfThisBoot(frame.Lsn));
            }
        });
    }

    private static void Redo(ReplicaReplay replay, in FrameHead frame, ReadOnlySpan<byte> body, ReadOnlySpan<byte> payload, bool isSafe)
    {
        try
        {
            replay.Redo(frame, body, payload, isSafe);
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            replay.GiveUp($"its data file could not be read: {failure.Message}");
        }
    }

    private ReplicaReplay ReplayOf(ChunkId chunk)
    {
        if (!_touched.TryGetValue(chunk, out var replay))
        {
            _touched.Add(chunk, replay = new ReplicaReplay(chunk, folder.Settings.RememberedOperations));
        }

        return replay;
    }

    // Finishes an adoption, loads the base, opens the data file.
    private void Prepare(ReplicaReplay replay, LogReader reader)
    {
        var data = ChunkFileName.DataPath(folder.Path, replay.Chunk);
        var meta = $"{folder.Path}/{ChunkFileName.RelativeMetaPath(replay.Chunk)}";
        if (replay.Reset == FrameKind.Adopt)
        {
            var copy = IncomingReplica.PathOf(folder, replay.CopyNumber);
            MoveIfThere(copy + ChunkFileName.DataSuffix, data);
            MoveIfThere(copy + ChunkFileName.MetaSuffix, meta);
            folder.Upkeep.AddUnsyncedDirectory($"{folder.Path}/{ChunkFileName.RelativeDirectory(replay.Chunk)}");
            folder.Upkeep.AddUnsyncedDirectory($"{folder.Path}/{DataFolder.IncomingDirectory}");
        }

        replay.Base(TryReadMeta(meta, replay));
        if (replay.Reset == FrameKind.Delete && replay.Image is null)
        {
            return;
        }

        // Only a name that was never synced may be missing.
        var mayBeMissing = replay.Image is null && replay.Reset == FrameKind.Create && !reader.IsOfThisBoot(replay.ResetLsn);
        if (_files.Exists(data) || mayBeMissing)
        {
            Try(replay, "opened", r => r.File = _files.Open(data, FileOpen.OpenOrCreate));
        }
        else
        {
            replay.GiveUp("its data file is missing.");
        }
    }

    // A data file that fails costs one replica, not the folder.
    private static bool Try(ReplicaReplay replay, string done, Action<ReplicaReplay> work)
    {
        try
        {
            work(replay);
            return true;
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            replay.GiveUp($"its data file could not be {done}: {failure.Message}");
            return false;
        }
    }

    private ReplicaImage? TryReadMeta(string path, ReplicaReplay replay)
    {
        try
        {
            return ReplicaFiles.ReadMeta(_files, path, replay.Chunk, folder.Settings.RememberedOperations);
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            replay.GiveUp($"its meta file cannot be read: {failure.Message}");
            return null;
        }
    }

    private void MoveIfThere(string from, string to)
    {
        if (_files.Exists(from))
        {
            _files.Move(from, to);
        }
    }

    private ReplicaInfo Damaged(ChunkId chunk) => FolderScan.Damaged(folder, chunk);

    private void Put(ReplicaInfo info)
    {
        if (Supersedes(info))
        {
            table.Put(info);
            folder.Account(info.LengthBytes);
        }
    }

    // False when another folder has a newer replica of the chunk; an older one there is deleted.
    private bool Supersedes(ReplicaInfo info)
    {
        if (!table.TryGet(info.Chunk, out var other) || other.Folder == info.Folder)
        {
            return true;
        }

        if ((info.Role.Generation, info.Sequence).CompareTo((other.Role.Generation, other.Sequence)) <= 0)
        {
            _superseded.Add(info.Chunk);
            return false;
        }

        discardOther(other);
        return true;
    }

    private void DropSuperseded(WriteAheadLog log)
    {
        foreach (var chunk in _superseded)
        {
            var lsn = log.Append(new LogFrame().Simple(FrameKind.Delete, chunk));
            folder.Upkeep.QueueUnlink(
                chunk, lsn, ChunkFileName.DataPath(folder.Path, chunk), $"{folder.Path}/{ChunkFileName.RelativeMetaPath(chunk)}");
        }
    }

    // The log is damaged: gives up every replica that may lack an operation.
    private void Doubt(LogReader? reader)
    {
        const string Why = "the write-ahead log is damaged, and its last operations may be missing.";
        foreach (var chunk in reader?.Behind ?? [])
        {
            ReplayOf(chunk).GiveUp(Why);
            table.Remove(chunk);
        }

        foreach (var info in table.List().Where(r => r.Folder == folder.Number && (r.Flags & ServerProtocol.ReplicaFlags.Damaged) == 0).ToList())
        {
            if (FolderScan.LengthOf(folder, info.Chunk) != info.LengthBytes)
            {
                ReplayOf(info.Chunk).GiveUp(Why);
                table.Remove(info.Chunk);
                folder.Account(-info.LengthBytes);
            }
        }
    }

    private uint LastSegment()
    {
        uint last = 0;
        foreach (var name in _files.ListFiles(_logDirectory))
        {
            last = SegmentHead.TryParse(name, out var number) ? Math.Max(last, number) : last;
        }

        return last;
    }

    // From here on a second restart comes to the same end, whatever happens to the data files meanwhile.
    private void PutOnRecord(WriteAheadLog log, ulong end)
    {
        var frame = new LogFrame();
        SyncTouched();
        foreach (var replay in _touched.Values)
        {
            if (replay.Lost is not null)
            {
                log.Append(frame.Simple(FrameKind.Lost, replay.Chunk));
            }
            else if (replay.Image is not null)
            {
                replay.Image.Lsn = log.Append(frame.Settled(replay.Chunk, replay.Outcome with { UpTo = end }));
            }
        }

        log.Append(frame.Simple(FrameKind.Recovered, ChunkId.None));
    }

    // What was found good in the data files is durable, names included, before the log says so.
    private void SyncTouched()
    {
        if (_touched.Count >= FolderUpkeep.SyncAllFrom)
        {
            _files.SyncAll(folder.Path);
            return;
        }

        foreach (var replay in _touched.Values)
        {
            Try(replay, "synced", static r => r.File?.Sync());
        }

        foreach (var directory in _touched.Keys.Select(ChunkFileName.RelativeDirectory).Distinct())
        {
            _files.SyncDirectory($"{folder.Path}/{directory}");
        }
    }

    private void Restore(ReplicaReplay replay)
    {
        var info = replay.Image?.ToInfo((byte)folder.Number, ServerProtocol.ReplicaFlags.None) ?? Damaged(replay.Chunk);
        var meta = $"{folder.Path}/{ChunkFileName.RelativeMetaPath(replay.Chunk)}";
        if (replay.Lost is { } why)
        {
            replay.File?.Dispose();
            Put(Damaged(replay.Chunk) with { Role = info.Role });
            folder.Upkeep.QueueUnlink(replay.Chunk, 0, meta);
            folder.Settings.OnEvent(new StoreEvent.ReplicaLost(replay.Chunk, info.Role.Generation, StoreErrors.Lost(replay.Chunk, why)));
        }
        else if (replay.Image is null)
        {
            replay.File?.Dispose();
            folder.Upkeep.QueueUnlink(replay.Chunk, 0, ChunkFileName.DataPath(folder.Path, replay.Chunk), meta);
        }
        else if (!Supersedes(info))
        {
            replay.File!.Dispose();
        }
        else
        {
            var replica = new Replica(folder, replay.Chunk, ServerProtocol.ReplicaFlags.None);
            if (!Try(replay, "brought up to date", r => replica.Restore(r.Image!, r.File!, r.Overlay, r.FirstLsn)))
            {
                folder.MarkClean(replica);
                Restore(replay);
                return;
            }

            table.TryAdd(info, replica);
            folder.Account(info.LengthBytes);
            _ = replica.SettleDurable();
        }
    }

    private void DropCopies()
    {
        var directory = $"{folder.Path}/{DataFolder.IncomingDirectory}";
        foreach (var name in _files.ListFiles(directory))
        {
            _files.Delete($"{directory}/{name}");
        }
    }

    private void DropSegments(HashSet<uint> butThese)
    {
        foreach (var name in _files.ListFiles(_logDirectory))
        {
            if (SegmentHead.TryParse(name, out var number) && !butThese.Contains(number))
            {
                _files.Delete($"{_logDirectory}/{name}");
            }
        }
    }
}
