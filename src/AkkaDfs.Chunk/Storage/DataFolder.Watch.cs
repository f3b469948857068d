// Looks whether the folder is still the one that was opened, and takes it back into use when it can be.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

internal sealed partial class DataFolder
{
    /// <summary>
    /// Takes a folder that is out of use back when nothing stands against it any more: its disk was full at the start and has
    /// space again, or it was deleted under the server and is empty, on the same disk (an empty mount point is not).
    /// </summary>
    internal void TryRestore(Action<ReplicaInfo> discardOther)
    {
        if (Error is not { } error || Stamp is not { } stamp)
        {
            return;
        }

        var hadNoSpace = _hasNotStarted && error.Code == DfsErrorCode.DiskFull;
        try
        {
            if (hadNoSpace && Files.FreeBytes(Path) > Settings.FreeSpaceReserveBytes)
            {
                CloseParts();
                (Error, _usedBytes) = (null, 0);
                Start(discardOther);
            }
            else if (_isGone && !Files.Exists($"{Path}/{FolderStamp.FileName}") && !HasLeftovers() && Files.DeviceOf(Path) == _device)
            {
                _ = Reset(stamp.ClusterId, stamp.Server, discardOther);
            }
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            TellTrouble(failure, $"take the data folder {Path} back into use");
        }

        if (Error is null)
        {
            Settings.OnEvent(new StoreEvent.FolderRestored(Number));
        }
    }

    /// <summary>Puts everything aside and makes the folder an empty one of this server.</summary>
    internal DfsError? Reset(Guid clusterId, ServerId server, Action<ReplicaInfo> discardOther)
    {
        try
        {
            CloseParts();
            Files.CreateDirectory(Path);
            var aside = $"{Path}/aside-{Surroundings.NewId():N}";
            Files.CreateDirectory(aside);
            foreach (var name in new[] { FolderStamp.FileName, ChunkFileName.Root, LogDirectory, IncomingDirectory })
            {
                if (Files.Exists($"{Path}/{name}"))
                {
                    Files.Move($"{Path}/{name}", $"{aside}/{name}");
                }
            }

            // The lock's file may have been deleted, and another may have been made since.
            _osLock?.Dispose();
            _osLock = Files.TryLock($"{Path}/{LockFile}");
            if (_osLock is null)
            {
                return new DfsError(DfsErrorCode.FolderLocked, $"The data folder {Path} is in use by another process by now. Stop that one.");
            }

            (Error, IsNew, _usedBytes, _isGone) = (null, true, 0, false);
            return Initialize(clusterId, server, discardOther);
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            return StoreErrors.Disk(failure, $"reset the data folder {Path}");
        }
    }

    /// <summary>Looks whether the folder is still the one that was opened.</summary>
    internal void Check()
    {
        if (Error is not null || Stamp is null)
        {
            return;
        }

        try
        {
            var why = !Files.Exists($"{Path}/{FolderStamp.FileName}") ? $"{FolderStamp.FileName} is gone."
                : ReadRunning() != _run ? $"its file '{RunningFile}' is gone or of another run."
                : !Files.Exists($"{Path}/{LogDirectory}/{SegmentHead.FileName(WriteAheadLog.SegmentOf(Log.EndLsn))}") ? "its log is gone."
                : Enumerable.Range(0, 256).Any(i => !Files.Exists($"{Path}/{ChunkFileName.RelativeDirectory(new ChunkId((ulong)i))}"))
                    ? "directories of replicas are gone."
                    : null;
            if (why is not null)
            {
                _isGone = true;
                Fail(StoreErrors.FolderGone(Path, why));
            }
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            Fail(StoreErrors.Disk(failure, $"look at the data folder {Path}"));
        }
    }

    private void CloseParts()
    {
        _upkeep?.Dispose();
        _commitLane?.Dispose();
        _log?.Dispose();
        (_upkeep, _commitLane, _log) = (null, null, null);
    }

    private void WriteRunning()
    {
        using var file = Files.Open($"{Path}/{RunningFile}", FileOpen.CreateOrTruncate);
        file.Write(_run.ToByteArray(), 0);
    }

    private Guid ReadRunning()
    {
        if (!Files.Exists($"{Path}/{RunningFile}"))
        {
            return Guid.Empty;
        }

        using var file = Files.Open($"{Path}/{RunningFile}", FileOpen.Read);
        Span<byte> id = stackalloc byte[16];
        return file.Read(id, 0) == id.Length ? new Guid(id) : Guid.Empty;
    }
}
