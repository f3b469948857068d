// The operation log in files of one folder, for one meta node: append-only segments, group commit, one sync for everything
// that was queued while the last one ran.
//
// Invariants. A record is written only when the one before it is durable; a segment is used only when its head and its name
// are. After the first failed write or sync nothing is written any more: what the disk has then is decided at the next start.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Meta.Journal;

/// <summary>Where and how a journal is kept in files.</summary>
/// <param name="Folder">Absolute path; made when it does not exist.</param>
/// <param name="SegmentBytes">Length at which the next segment is begun.</param>
/// <param name="NewClusterId">Identity for a cluster that is formed now.</param>
internal sealed record FileJournalSettings(string Folder, long SegmentBytes, Guid NewClusterId)
{
    /// <summary>Bytes of closed segments since the last checkpoint at which a new one is due.</summary>
    public long CheckpointBytes { get; init; } = 128L * 1024 * 1024;
}

/// <summary>
/// A journal in files. Append from one thread; <see cref="Flush"/> from one thread at a time, and
/// <see cref="MakeCheckpoint"/> from one thread at a time, which may be another one.
/// </summary>
internal sealed class FileMetaJournal(FileJournalSettings settings, IFileSystem files, TimeProvider time) : IFlushedJournal
{
    /// <summary>Name of the file that its user has locked.</summary>
    internal const string LockName = "lock";


    private readonly object _gate = new();
    private readonly JournalCursor _cursor = new();
    private readonly JournalFiles _names = new(settings.Folder, files);
    private EventWriter _pending = new();
    private EventWriter _writing = new();
    private int _pendingCount;
    private long _appended;
    private IJournalListener _listener = null!;
    private IDisposable? _lock;
    private IFile? _segment;
    private ulong _segmentFirst;
    private long _closedBytes;
    private CheckpointDue? _checkpointDue;
    private long _end;
    private Guid _clusterId;
    private bool _failed;

    /// <inheritdoc/>
    /// <remarks>Always: the folder's lock keeps every other writer out for as long as this process lives.</remarks>
    public bool IsConfirmed => true;

    /// <inheritdoc/>
    public TimeSpan RestInterval => Timeout.InfiniteTimeSpan;

    /// <inheritdoc/>
    public bool IsCheckpointDue => Volatile.Read(ref _checkpointDue) is not null;

    /// <inheritdoc/>
    public Result<JournalOpened> Open(Action<MetaEvent> replay, IJournalListener listener)
    {
        _listener = listener;
        try
        {
            MakeFolder(settings.Folder);
            _lock = files.TryLock(Path.Combine(settings.Folder, LockName));
            if (_lock is null)
            {
                return new DfsError(
                    DfsErrorCode.JournalLocked,
                    $"The operation log in {settings.Folder} is in use by another process. Stop that meta node, or give this one a data folder of its own.");
            }

            var recovered = Recover(replay);
            if (!recovered.IsOk)
            {
                return recovered.Error;
            }

            NoteCheckpoint();
            return TakeEpoch(replay, recovered.Value);
        }
        catch (Exception e) when (FileErrors.IsDiskFailure(e))
        {
            return Unwritable(e);
        }
    }

    /// <inheritdoc/>
    public long Append(IReadOnlyList<MetaEvent> transaction)
    {
        lock (_gate)
        {
            if (_pendingCount == 0)
            {
                _pending.Reset(RecordHead.Bytes);
            }

            for (var i = 0; i < transaction.Count; i++)
            {
                MetaEventCodec.Write(_pending, transaction[i]);
            }

            _pendingCount++;
            return ++_appended;
        }
    }

    /// <inheritdoc/>
    public bool Flush()
    {
        int count;
        long last;
        lock (_gate)
        {
            if (_pendingCount == 0 || _failed)
            {
                return false;
            }

            (_pending, _writing) = (_writing, _pending);
            count = _pendingCount;
            last = _appended;
            _pendingCount = 0;
        }

        try
        {
            WriteRecord(count);
        }
        catch (Exception e) when (FileErrors.IsDiskFailure(e))
        {
            _failed = true;
            _listener.Failed(Unwritable(e));
            return false;
        }

        _listener.Durable(last);
        return true;
    }

    /// <inheritdoc/>
    public void Rest() => WriteMark();

    /// <inheritdoc/>
    public void StopWaiting()
    {
        // A disk cannot be asked to hurry.
    }

    /// <summary>Writes the mark that tells a later start that everything before it was durable. Called when nothing is queued.</summary>
    internal void WriteMark()
    {
        if (_failed || _segment is null)
        {
            return;
        }

        Span<byte> bytes = stackalloc byte[RecordHead.Bytes];
        _ = new RecordHead(0, Checksum.Compute([]), _cursor.NextPosition, 0, _cursor.Previous, _cursor.Epoch).Write(bytes);
        try
        {
            _segment.Write(bytes, _end);
        }
        catch (Exception e) when (FileErrors.IsDiskFailure(e))
        {
            _failed = true;
            _listener.Failed(Unwritable(e));
        }
    }

    /// <inheritdoc/>
    public void MakeCheckpoint(CancellationToken stop)
    {
        if (Interlocked.Exchange(ref _checkpointDue, null) is not { } due)
        {
            return;
        }

        DfsError? error;
        try
        {
            error = new Checkpointer(_names, files, time).Make(due.Next, stop);
        }
        catch (Exception e) when (FileErrors.IsDiskFailure(e))
        {
            error = FileErrors.ToError(e, $"write a checkpoint in {settings.Folder}");
        }

        if (error is null)
        {
            Interlocked.Add(ref _closedBytes, -due.ClosedBytes);
        }

        _listener.Checkpointed((long)due.Next, error);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_segment is not null && _pendingCount == 0)
        {
            WriteMark();
        }

        _segment?.Dispose();
        _lock?.Dispose();
        _segment = null;
        _lock = null;
    }

    private void WriteRecord(int count)
    {
        var payload = _writing.Length - RecordHead.Bytes;
        if (payload > RecordHead.MaxPayloadBytes)
        {
            throw new IOException($"a record of {payload} bytes is over the limit");
        }

        if (_segment is null || (_end > SegmentHead.Bytes && _end + _writing.Length > settings.SegmentBytes))
        {
            BeginSegment();
        }

        var head = new RecordHead(
            payload, Checksum.Compute(_writing.Written[RecordHead.Bytes..]), _cursor.NextPosition, count, _cursor.Previous, _cursor.Epoch);
        var checksum = head.Write(_writing.At(0, RecordHead.Bytes));
        _segment!.Write(_writing.Written, _end);
        _segment.Sync();
        _end += _writing.Length;
        _cursor.Previous = checksum;
        _cursor.NextPosition += (ulong)count;
    }

    private void BeginSegment()
    {
        if (_segment is not null)
        {
            // A mark at the end is not synced: it must not be found torn in a segment that is not the last.
            _segment.SetLength(_end);
            _segment.Sync();
            _segment.Dispose();
            Interlocked.Add(ref _closedBytes, _end);
        }

        _segmentFirst = _cursor.NextPosition;
        _segment = files.Open(_names.SegmentPath(_segmentFirst), FileOpen.CreateOrTruncate);
        Span<byte> head = stackalloc byte[SegmentHead.Bytes];
        new SegmentHead(_clusterId, _cursor.NextPosition, _cursor.Epoch, _cursor.Previous, UnixNs()).Write(head, SegmentHead.LogMagic);
        _segment.Write(head, 0);
        _segment.Sync();
        files.SyncDirectory(settings.Folder);
        _end = SegmentHead.Bytes;
        NoteCheckpoint();
    }

    // Only whole segments go into a checkpoint, and only once the next one is durable: a checkpoint always has a segment after it.
    private void NoteCheckpoint()
    {
        if (_segment is not null && _segmentFirst > 1 && Interlocked.Read(ref _closedBytes) >= settings.CheckpointBytes)
        {
            Volatile.Write(ref _checkpointDue, new CheckpointDue(_segmentFirst, Interlocked.Read(ref _closedBytes)));
        }
    }

    private Result<JournalOpened> Recover(Action<MetaEvent> replay)
    {
        _names.DeleteLeftovers();
        var recovery = new JournalRecovery(_names, files, _cursor, replay);
        if (recovery.LoadCheckpoint(ulong.MaxValue) is { } unusable)
        {
            return unusable;
        }

        var cut = 0L;
        var tail = recovery.Tail();
        for (var i = 0; i < tail.Count; i++)
        {
            var isLast = i == tail.Count - 1;
            _closedBytes += _end;
            _segment?.Dispose();
            _segmentFirst = tail[i];
            _segment = files.Open(_names.SegmentPath(tail[i]), FileOpen.ReadWrite);
            if (isLast && IsUnfinished(_segment))
            {
                // A crash while the segment was being made: nothing was ever in it.
                cut += _segment.Length;
                _segment.Dispose();
                _segment = null;
                files.Delete(_names.SegmentPath(tail[i]));
                break;
            }

            var end = recovery.ReadSegment(tail[i], _segment, isLast);
            if (end.Error is not null)
            {
                return end.Error;
            }

            _end = end.EndBytes;
            cut += end.CutBytes;
            if (end.CutBytes > 0)
            {
                _segment.SetLength(_end);
                _segment.Sync();
            }
        }

        _clusterId = recovery.ClusterId;
        _appended = (long)_cursor.NextPosition - 1;
        return new JournalOpened(new Epoch(_cursor.Epoch), _appended, cut, _appended == 0) { Warnings = recovery.Warnings };
    }

    /// <summary>True for a segment whose making was broken off by a crash: nothing was ever in it.</summary>
    internal static bool IsUnfinished(IFile segment)
        => SegmentReader.ReadHead(segment, SegmentHead.LogMagic, out var version) is null && version == 0 && segment.Length <= SegmentHead.Bytes;

    // The folder's own name must survive a power loss too, and so must those of its parents that were made for it.
    private void MakeFolder(string folder)
    {
        if (!files.Exists(folder) && Path.GetDirectoryName(folder) is { } parent)
        {
            MakeFolder(parent);
            files.CreateDirectory(folder);
            files.SyncDirectory(parent);
        }
    }

    private Result<JournalOpened> TakeEpoch(Action<MetaEvent> replay, JournalOpened found)
    {
        if (found.IsNew)
        {
            _clusterId = settings.NewClusterId;
        }

        _cursor.Epoch++;
        var started = new EpochStarted(new Epoch(_cursor.Epoch), UnixNs());
        List<MetaEvent> transaction = found.IsNew ? [new ClusterFormed(_clusterId, started.AtUnixNs), started] : [started];
        Append(transaction);
        (_pending, _writing) = (_writing, _pending);
        _pendingCount = 0;
        WriteRecord(1);
        transaction.ForEach(replay);
        return found with { Epoch = started.Epoch, Transactions = _appended };
    }

    private long UnixNs() => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;

    private DfsError Unwritable(Exception failure) => new(
        DfsErrorCode.JournalUnwritable,
        $"The operation log in {settings.Folder} cannot be written: {failure.Message} Nothing was acknowledged that is not in it. "
        + "Free space or replace the disk; the meta node goes on by itself then.");

    private sealed record CheckpointDue(ulong Next, long ClosedBytes);
}
