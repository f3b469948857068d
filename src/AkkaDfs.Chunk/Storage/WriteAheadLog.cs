// One folder's log: frames appended one after the other, made durable by group commit. A frame counts only when all before it
// do. The next segment's file is made ready beforehand; a segment gives way to the next only after it is durable to its end.
// A failed write (other than of a full disk) or a failed sync is final for the whole log.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

internal sealed partial class WriteAheadLog : IDisposable
{
    private const int KeptForReuse = 2;
    private const int BackgroundCommitBytes = 4 << 20;
    private readonly Lock _lock = new();
    private readonly IFileSystem _files;
    private readonly string _directory;
    private readonly Guid _folderId;
    private readonly int _segmentBytes;
    private readonly ILane _lane;
    private readonly Action<DfsError> _onFault;
    private readonly LogFrame _ownFrame = new();
    private readonly Action _commitRound;
    private readonly List<Segment> _live = [];
    private readonly List<Segment> _retired = [];
    private Segment? _spare;
    private TaskCompletionSource<DfsError?>? _next;
    private TaskCompletionSource<DfsError?>? _running;
    private ulong _runningTarget;
    private long _unsyncedBytes;
    private int _syncing;
    private bool _posted;

    /// <summary>Begins a log with a new segment. Older segments stay where they are until they are trimmed.</summary>
    /// <param name="number">Of the new segment: larger than any there ever was.</param>
    /// <param name="older">Segments that are still needed; they are synced first.</param>
    /// <param name="continuesFrom">Where the log ends in those; 0 for a new log.</param>
    internal WriteAheadLog(
        IFileSystem files,
        string directory,
        Guid folderId,
        ChunkStoreSettings settings,
        ILane lane,
        Action<DfsError> onFault,
        uint number,
        IEnumerable<uint> older,
        ulong continuesFrom)
    {
        (_files, _directory, _folderId, _lane, _onFault) = (files, directory, folderId, lane, onFault);
        _segmentBytes = settings.LogSegmentBytes;
        _commitRound = CommitRound;
        foreach (var old in older.Order())
        {
            var path = PathOf(old);
            var file = files.Open(path, FileOpen.ReadWrite);
            file.Sync();
            _live.Add(new Segment(old, path, file) { End = file.Length });
        }

        _live.Add(NewSegment(number, continuesFrom));
        DurableLsn = EndLsn;
    }

    /// <summary>Frames that begin before this are durable.</summary>
    internal ulong DurableLsn { get; private set; }

    /// <summary>Where the next frame goes.</summary>
    internal ulong EndLsn => Position(Current.Number, Current.End);

    /// <summary>Why the log is out of use, or null.</summary>
    internal DfsError? Fault { get; private set; }

    /// <summary>Bytes in segments that are still needed.</summary>
    internal long LiveBytes
    {
        get
        {
            lock (_lock)
            {
                long sum = 0;
                foreach (var segment in _live)
                {
                    sum += segment.End;
                }

                return sum;
            }
        }
    }

    private Segment Current => _live[^1];

    internal static uint SegmentOf(ulong lsn) => (uint)(lsn >> 32);

    internal static ulong Position(uint segment, long offset) => ((ulong)segment << 32) | (uint)offset;

    /// <summary>Appends a frame; on return it is in the operating system.</summary>
    /// <returns>Its position.</returns>
    /// <exception cref="IOException">Nothing was appended; the disk is full, or the log is out of use (see <see cref="Fault"/>).</exception>
    internal ulong Append(LogFrame frame)
    {
        lock (_lock)
        {
            ThrowIfFaulted();
            if (Current.End >= _segmentBytes)
            {
                Roll();
            }

            var lsn = AppendHere(frame);
            if (_unsyncedBytes > BackgroundCommitBytes)
            {
                Post();
            }

            return lsn;
        }
    }

    /// <summary>Reads payload bytes that were appended and not trimmed.</summary>
    internal void Read(Span<byte> destination, ulong position)
    {
        IFile file;
        lock (_lock)
        {
            file = _live.Find(s => s.Number == SegmentOf(position))?.File ?? throw new IOException($"The log has no segment {SegmentOf(position)} any more.");
        }

        if (file.Read(destination, (uint)position) != destination.Length)
        {
            throw new IOException($"The log's segment {SegmentOf(position)} is shorter than it was.");
        }
    }

    /// <summary>Lets go of the segments before the one that holds <paramref name="neededLsn"/>.</summary>
    internal DfsError? Trim(ulong neededLsn)
    {
        var needed = SegmentOf(neededLsn);
        lock (_lock)
        {
            if (Fault is not null || _live[0].Number >= needed)
            {
                return Fault;
            }

            AppendHere(_ownFrame.Trim(needed));
        }

        // Files may go only when it is on record that they may.
        if (CommitNow() is { } failed)
        {
            return failed;
        }

        lock (_lock)
        {
            while (_live.Count > 1 && _live[0].Number < needed)
            {
                _retired.Add(_live[0]);
                _live.RemoveAt(0);
            }

            for (; _retired.Count > KeptForReuse && _syncing == 0; _retired.RemoveAt(0))
            {
                _retired[0].File.Dispose();
                _files.Delete(_retired[0].Path);
            }
        }

        return null;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var segment in _live.Concat(_retired))
            {
                segment.File.Dispose();
            }

            _spare?.File.Dispose();
        }
    }

    private ulong AppendHere(LogFrame frame)
    {
        var segment = Current;
        var lsn = Position(segment.Number, segment.End);
        try
        {
            segment.File.Write(frame.Seal(lsn, DurableLsn), segment.End);
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            TakeBack(segment, failure);
            throw;
        }

        segment.End += frame.FrameBytes;
        _unsyncedBytes += frame.FrameBytes;
        return lsn;
    }

    // A frame that was refused must not be found by a restart, even if all of its bytes got through.
    private void TakeBack(Segment segment, Exception failure)
    {
        if (FileErrors.IsFull(failure))
        {
            try
            {
                if (segment.File.Length > segment.End)
                {
                    segment.File.Write(stackalloc byte[8], segment.End);
                }

                return;
            }
            catch (Exception again) when (FileErrors.IsDiskFailure(again))
            {
                failure = again;
            }
        }

        FailLater(failure);
    }

    private void FailLater(Exception failure)
    {
        var error = StoreErrors.Disk(failure, $"write the log in {_directory}");
        Fault = error;
        if (_next is { } waiting)
        {
            _next = null;
            waiting.SetResult(error);
        }

        // The folder takes its own locks when it hears of it.
        _lane.Post(() => _onFault(error));
    }

    private void Roll()
    {
        var old = Current;
        var next = _spare ?? NewSegment(old.Number + 1);
        AppendHere(_ownFrame.Simple(FrameKind.Roll, ChunkId.None));
        try
        {
            old.File.Sync();
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            FailLater(failure);
            throw;
        }

        _spare = null;
        _live.Add(next);
        _unsyncedBytes = 0;
        DurableLsn = EndLsn;
        _lane.Post(PrepareSpare);
    }

    private void PrepareSpare()
    {
        lock (_lock)
        {
            if (_spare is not null || Fault is not null)
            {
                return;
            }

            try
            {
                _spare = NewSegment(Current.Number + 1);
            }
            catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
            {
                // Tried again when it is needed; the caller then gets the error.
                _spare = null;
            }
        }
    }

    private Segment NewSegment(uint number, ulong continuesFrom = 0)
    {
        var path = PathOf(number);
        IFile file;
        if (_retired.Count > 0 && _syncing == 0)
        {
            var old = _retired[0];
            _files.Move(old.Path, path);
            _retired.RemoveAt(0);
            file = old.File;
        }
        else
        {
            file = _files.Open(path, FileOpen.CreateOrTruncate);
        }

        try
        {
            var head = new byte[SegmentHead.Bytes];
            new SegmentHead(number, _live.Count == 0 ? number : _live[0].Number, _folderId, _files.BootId, continuesFrom).Write(head);
            file.Write(head, 0);
            file.Sync();
            _files.SyncDirectory(_directory);
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            // The next attempt begins with the file's name, and writes all of it anew.
            file.Dispose();
            throw;
        }

        return new Segment(number, path, file) { End = SegmentHead.Bytes };
    }

    private string PathOf(uint number) => $"{_directory}/{SegmentHead.FileName(number)}";

    private void ThrowIfFaulted()
    {
        if (Fault is { } fault)
        {
            throw new IOException(fault.Message, FileErrors.Eio);
        }
    }

    private sealed record Segment(uint Number, string Path, IFile File)
    {
        internal long End { get; set; }
    }
}
