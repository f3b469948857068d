// The journal in a folder, at rest. Its lock is taken, so that no meta node starts meanwhile.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Meta.Journal.Offline;

/// <summary>A journal in files.</summary>
internal sealed class FileOfflineJournal(string folder, IFileSystem files, TimeProvider time) : IOfflineJournal
{
    private readonly JournalFiles _names = new(folder, files);

    /// <inheritdoc/>
    public string Place => folder;

    /// <inheritdoc/>
    public Result<OfflineState> Read()
    {
        if (!files.Exists(folder))
        {
            return new DfsError(DfsErrorCode.FileNotFound, $"There is no operation log in {folder}. Name the meta node's data folder with --data.");
        }

        using var held = files.TryLock(LockPath);
        return held is null ? Locked() : Guarded(ReadAll);
    }

    /// <inheritdoc/>
    public DfsError? Load(SegmentHead head, IEnumerable<MetaEvent> images)
    {
        return Guarded<bool>(() =>
        {
            if (!files.Exists(folder))
            {
                files.CreateDirectory(folder);
            }

            using var held = files.TryLock(LockPath);
            return (held is null ? Locked() : Fill(head, images)) is { } error ? error : true;
        }).Error;
    }

    private string LockPath => Path.Combine(folder, FileMetaJournal.LockName);

    private Result<OfflineState> ReadAll()
    {
        var state = new DurableState();
        var cursor = new JournalCursor();
        var recovery = new JournalRecovery(_names, files, cursor, OfflineState.ReplayInto(state));
        if (recovery.LoadCheckpoint(ulong.MaxValue) is { } unusable)
        {
            return unusable;
        }

        var cut = 0L;
        var tail = recovery.Tail();
        foreach (var first in tail)
        {
            using var segment = files.Open(_names.SegmentPath(first), FileOpen.Read);
            var isLast = first == tail[^1];
            if (isLast && FileMetaJournal.IsUnfinished(segment))
            {
                cut += segment.Length;
                break;
            }

            var end = recovery.ReadSegment(first, segment, isLast);
            if (end.Error is not null)
            {
                return end.Error;
            }

            cut += end.CutBytes;
        }

        return cursor.NextPosition == 1
            ? new DfsError(DfsErrorCode.FileNotFound, $"The operation log in {folder} is empty: no meta node has used it yet.")
            : new OfflineState(state, cursor.NextPosition, cursor.Epoch, cut, recovery.Warnings);
    }

    // The segment first: a checkpoint is used only when the log goes on behind it, and a folder with the segment alone starts nothing.
    private DfsError? Fill(SegmentHead dumped, IEnumerable<MetaEvent> images)
    {
        if (_names.Segments().Count > 0 || _names.Checkpoints().Count > 0)
        {
            return new DfsError(DfsErrorCode.AlreadyExists, $"The operation log in {folder} is not empty, and nothing was changed. Load into a new data folder, or move this one away.");
        }

        var head = dumped with { CreatedUnixNs = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100, Previous = 0 };
        Span<byte> bytes = stackalloc byte[SegmentHead.Bytes];
        using (var segment = files.Open(_names.SegmentPath(head.FirstPosition), FileOpen.CreateOrTruncate))
        {
            head.Write(bytes, SegmentHead.LogMagic);
            segment.Write(bytes, 0);
            segment.Sync();
        }

        var part = _names.PartPath(head.FirstPosition);
        using (var file = files.Open(part, FileOpen.CreateOrTruncate))
        {
            CheckpointFile.Write(file, head, images);
        }

        files.Move(part, _names.CheckpointPath(head.FirstPosition));
        files.SyncDirectory(folder);
        return null;
    }

    private DfsError Locked() => new(
        DfsErrorCode.JournalLocked, $"The operation log in {folder} is in use by a running meta node. Stop that one first; while it runs, dfs log reads its history.");

    private Result<T> Guarded<T>(Func<Result<T>> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (FileErrors.IsDiskFailure(e))
        {
            return FileErrors.ToError(e, $"use the operation log in {folder}");
        }
    }
}
