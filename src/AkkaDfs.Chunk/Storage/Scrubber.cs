// Looks at every block of every replica again and again, at a bounded rate, so that damage is found while other replicas are
// still good. What is bad is told as ReplicaDamaged by the store itself. Where it is, is kept in the first working folder from
// time to time and with each pass; a run that finds nothing of it, or something damaged, begins anew.

using System.Buffers.Binary;
using AkkaDfs.Chunk.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

/// <summary>Settings of the scrub.</summary>
/// <param name="BytesPerSecond">Most bytes verified per second, each replica counted as one block at least; 0: no scrub.</param>
/// <param name="Interval">Least time from the beginning of one pass to that of the next.</param>
public sealed record ScrubSettings(long BytesPerSecond, TimeSpan Interval);

/// <summary>The background scrub of one store. Thread-safe.</summary>
public sealed class Scrubber : IDisposable
{
    private const string FileName = "scrub";
    private const int FormBytes = 96;
    private const int ChunksAhead = 1024;
    private const long SaveEveryBytes = 256L << 20;
    private static readonly TimeSpan IdlePause = TimeSpan.FromMinutes(1);
    private readonly IChunkStore _store;
    private readonly ScrubSettings _settings;
    private readonly IFileSystem? _files;
    private readonly TimeProvider _time;
    private readonly ILane _lane;
    private readonly ITimer _timer;
    private readonly Queue<ChunkId> _ahead = new();
    private readonly List<int> _bad = [];
    private ScrubProgress _progress = ScrubProgress.None;
    private IReplicaFile? _replica;
    private int _block;
    private int _badHere;
    private long _bytesHere;
    private long _unsaved;
    private volatile bool _disposed;

    /// <summary>Begins to scrub, where the last run ended.</summary>
    /// <param name="store">The store; must outlive this.</param>
    /// <param name="settings">Rate and interval.</param>
    /// <param name="files">The disk; null to keep no position.</param>
    /// <param name="lanes">Where it runs.</param>
    /// <param name="time">The clock.</param>
    public Scrubber(IChunkStore store, ScrubSettings settings, IFileSystem? files, ILanes lanes, TimeProvider time)
    {
        (_store, _settings, _files, _time) = (store, settings, files, time);
        _lane = lanes.Create("scrub");
        _progress = Load();
        _timer = time.CreateTimer(_ => _lane.Post(Step), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (settings.BytesPerSecond > 0)
        {
            After(TimeSpan.Zero);
        }
    }

    /// <summary>How far it is.</summary>
    public ScrubProgress Progress => Volatile.Read(ref _progress);

    /// <summary>Ends; where it was is kept.</summary>
    public void Dispose()
    {
        _disposed = true;
        _timer.Dispose();
        _lane.Dispose();
        _replica?.Dispose();
        _replica = null;
        if (_unsaved > 0)
        {
            Save();
        }
    }

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private string? Path => _store.Folders.FirstOrDefault(f => f.Error is null)?.Path is { } folder ? $"{folder}/{FileName}" : null;

    // One step: some blocks of one replica, then a pause that keeps the rate.
    private void Step()
    {
        if (_disposed)
        {
            return;
        }

        if (_replica is null && !Advance())
        {
            return;
        }

        var replica = _replica!;
        var count = Math.Min(ScrubPlan.StepBlocks, replica.BlockCount - _block);
        _bad.Clear();
        var failed = count > 0 ? replica.Verify(_block, count, _bad) : null;
        var bytes = Math.Max(0, Math.Min((long)count * Checksum.BlockBytes, replica.Info.LengthBytes - ((long)_block * Checksum.BlockBytes)));
        (_block, _badHere, _bytesHere, _unsaved) = (_block + count, _badHere + _bad.Count, _bytesHere + bytes, _unsaved + bytes);
        if (failed is not null || _block >= replica.BlockCount)
        {
            Leave(replica.Info.Chunk, wasThere: true);
        }

        After(ScrubPlan.Pause(Math.Max(bytes, Checksum.BlockBytes), _settings.BytesPerSecond));
    }

    // Opens the next replica; false when there is nothing to do now.
    private bool Advance()
    {
        if (_ahead.Count == 0)
        {
            var wait = _progress.PassStartedMs == 0 ? ScrubPlan.UntilNextPass(_progress, NowMs, _settings.Interval) : TimeSpan.Zero;
            if (wait > TimeSpan.Zero)
            {
                After(wait);
                return false;
            }

            Become(ScrubPlan.Begin(_progress, NowMs));
            foreach (var chunk in ScrubPlan.Next(_progress, _store.List().Select(r => r.Chunk), ChunksAhead))
            {
                _ahead.Enqueue(chunk);
            }
        }

        if (!_ahead.TryDequeue(out var next))
        {
            var wasEmpty = _progress.PassReplicas == 0;
            Become(ScrubPlan.End(_progress, NowMs));
            Save();
            After(wasEmpty ? IdlePause : ScrubPlan.UntilNextPass(_progress, NowMs, _settings.Interval));
            return false;
        }

        // One that cannot be opened has been told of by the store.
        if (_store.Open(next) is { IsOk: true } opened)
        {
            (_replica, _block) = (opened.Value, 0);
            return true;
        }

        Leave(next, wasThere: false);
        After(ScrubPlan.Pause(Checksum.BlockBytes, _settings.BytesPerSecond));
        return false;
    }

    private void Leave(ChunkId chunk, bool wasThere)
    {
        _replica?.Dispose();
        Become(ScrubPlan.Visited(_progress, chunk, _bytesHere, _badHere, wasThere));
        (_replica, _block, _badHere, _bytesHere) = (null, 0, 0, 0);
        if (_unsaved >= SaveEveryBytes)
        {
            Save();
        }
    }

    private void Become(ScrubProgress progress) => Volatile.Write(ref _progress, progress);

    private void After(TimeSpan pause)
    {
        if (!_disposed)
        {
            _timer.Change(pause, Timeout.InfiniteTimeSpan);
        }
    }

    private ScrubProgress Load()
    {
        try
        {
            if (_files is null || Path is not { } path || !_files.Exists(path))
            {
                return ScrubProgress.None;
            }

            using var file = _files.Open(path, FileOpen.Read);
            Span<byte> form = stackalloc byte[FormBytes];
            return file.Read(form, 0) == FormBytes
                && BinaryPrimitives.ReadUInt64LittleEndian(form) == 1
                && BinaryPrimitives.ReadUInt32LittleEndian(form[88..]) == Checksum.Compute(form[..88])
                    ? new ScrubProgress(
                        new ChunkId(BinaryPrimitives.ReadUInt64LittleEndian(form[8..])),
                        Number(form, 2), Number(form, 3), Number(form, 4), Number(form, 5), Number(form, 6), Number(form, 7), Number(form, 8), Number(form, 9), Number(form, 10))
                    : ScrubProgress.None;
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            // Nothing hangs on it but that a pass begins anew; the folder's own checks tell of the disk.
            return ScrubProgress.None;
        }
    }

    private void Save()
    {
        var at = _progress;
        Span<byte> form = stackalloc byte[FormBytes];
        form.Clear();
        var numbers = (Span<long>)[1, (long)at.After.Value, at.PassStartedMs, at.PassBytes, at.PassReplicas, at.PassBadBlocks, at.LastPassStartedMs, at.LastPassEndedMs, at.LastPassBytes, at.LastPassBadBlocks, at.Passes];
        for (var i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(form[(i * 8)..], numbers[i]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(form[88..], Checksum.Compute(form[..88]));
        try
        {
            if (_files is not null && Path is { } path)
            {
                ReplicaFiles.WriteAtomically(_files, path[..path.LastIndexOf('/')], FileName, form);
                _unsaved = 0;
            }
        }
        catch (Exception failure) when (FileErrors.IsDiskFailure(failure))
        {
            // Tried again with the next step that is due; a restart before that repeats some of the pass.
            _unsaved = Math.Max(_unsaved, 1);
        }
    }

    private static long Number(ReadOnlySpan<byte> form, int at) => BinaryPrimitives.ReadInt64LittleEndian(form[(at * 8)..]);
}
