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
    private ulong _largestLsn;

    internal DfsError? Run()
    {
        var id = folder.Stamp!.Value.FolderId;
        var state = LogState.Read(_files, _logDirectory, id);
        var reader = state is { IsClean: true } ? null : new LogReader(_files, _logDirectory, id);
        if (reader?.ForeignVersion is { } version)
        {
            return new DfsError(DfsErrorCode.VersionMismatch, $"The log in {_logDirectory} is of version {version}. Use the program that wrote it, or a newer one.");
        }

        var damage = state is null ? $"{LogState.FileName} is missing or damaged"
            : reader?.Damage ?? (reader is { EndLsn: 0 } ? "it is missing" : null);
        if (reader is not null)
        {
            Replay(reader);
        }

        Scan();
        if (damage is not null)
        {
            Doubt(reader);
        }

        var number = Math.Max(Math.Max(state?.LastNumber ?? 0, LastSegment()), WriteAheadLog.SegmentOf(_largestLsn)) + 1;
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
                replay.Redo(frame, head[FrameHead.Bytes..], payload, reader.IsOfThisBoot(frame.Lsn));
            }
        });
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
            replay.File = _files.Open(data, FileOpen.OpenOrCreate);
        }
        else
        {
            replay.GiveUp("its data file is missing.");
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

    private void Scan()
    {
        var found = new Dictionary<ChunkId, (bool HasData, bool HasMeta)>();
        for (var i = 0; i < 256; i++)
        {
            var directory = $"{folder.Path}/{ChunkFileName.RelativeDirectory(new ChunkId((ulong)i))}";
            found.Clear();
            foreach (var name in _files.ListFiles(directory))
            {
                if (ChunkFileName.TryParse(name, out var chunk, out var isMeta))
                {
                    var before = found.GetValueOrDefault(chunk);
                    found[chunk] = (before.HasData || !isMeta, before.HasMeta || isMeta);
                }
                else if (name.EndsWith(".tmp", StringComparison.Ordinal))
                {
                    _files.Delete($"{directory}/{name}");
                }
            }

            foreach (var (chunk, has) in found)
            {
                Enter(chunk, has.HasData, has.HasMeta);
            }
        }
    }

    private void Enter(ChunkId chunk, bool hasData, bool hasMeta)
    {
        var head = hasMeta ? TryReadHead(chunk) : null;
        _largestLsn = Math.Max(_largestLsn, head?.Lsn ?? 0);
        if (_touched.ContainsKey(chunk))
        {
            return;
        }

        if (!hasMeta)
        {
            using var file = _files.Open(ChunkFileName.DataPath(folder.Path, chunk), FileOpen.Read);
            if (file.Length == 0)
            {
                // Made by a Create that a crash cut short before anything was on record.
                _files.Delete(ChunkFileName.DataPath(folder.Path, chunk));
                return;
            }
        }

        Put(head is { } good
            ? new ReplicaInfo(
                chunk,
                good.Role,
                good.Sequence,
                good.LengthBytes,
                good.ChunkSizeBytes,
                (byte)folder.Number,
                hasData ? ServerProtocol.ReplicaFlags.None : ServerProtocol.ReplicaFlags.Damaged)
            : Damaged(chunk));
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

    private ReplicaInfo Damaged(ChunkId chunk) => new(chunk, default, 0, 0, 0, (byte)folder.Number, ServerProtocol.ReplicaFlags.Damaged);

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
            using var file = _files.Open(ChunkFileName.DataPath(folder.Path, info.Chunk), FileOpen.Read);
            if (file.Length != info.LengthBytes)
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
            replay.File?.Sync();
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
            replica.Restore(replay.Image, replay.File!, replay.Overlay, replay.FirstLsn);
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
