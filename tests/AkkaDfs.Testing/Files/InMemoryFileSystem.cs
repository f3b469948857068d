// A disk in memory that forgets what was not synced when the power goes, and fails on request. Keeps a journal of all that was
// done to it, so that a test can ask afterwards: what if the power had gone after step k, with this or that subset written?

using AkkaDfs.Shared.Files;

namespace AkkaDfs.Testing.Files;

/// <summary>What a file system is asked to do, for injecting faults.</summary>
public enum DiskAction
{
    /// <summary>Opens a file.</summary>
    Open,

    /// <summary>Reads from a file.</summary>
    Read,

    /// <summary>Writes to a file, cuts it, or zeroes a part.</summary>
    Write,

    /// <summary>Writes behind the end of a file, which needs space.</summary>
    Grow,

    /// <summary>Syncs a file.</summary>
    Sync,

    /// <summary>Changes names in a directory.</summary>
    Name,

    /// <summary>Syncs a directory or everything.</summary>
    SyncNames,
}

/// <summary>The fake disk. Thread-safe.</summary>
public sealed class InMemoryFileSystem : IFileSystem
{
    private const long Unlimited = 1L << 40;
    private readonly Lock _lock = new();
    private readonly DiskImage _start;
    private DiskImage _now;
    private readonly List<DiskStep> _steps = [];
    private readonly HashSet<string> _locks = new(StringComparer.Ordinal);
    private ILookup<string, string>? _byDirectory;
    private int _nextFile = 1;
    private int _openDataFiles;

    /// <summary>An empty disk.</summary>
    public InMemoryFileSystem()
        : this(new DiskImage(), Guid.NewGuid())
    {
    }

    private InMemoryFileSystem(DiskImage start, Guid bootId)
    {
        (_start, _now, BootId) = (start, start.Copy(), bootId);
        _nextFile = start.Contents.Keys.DefaultIfEmpty().Max() + 1;
    }

    /// <inheritdoc/>
    public Guid BootId { get; }

    /// <summary>Size of the disk in bytes.</summary>
    public long CapacityBytes { get; set; } = Unlimited;

    /// <summary>Files named *.dat that are open.</summary>
    public int OpenDataFiles
    {
        get
        {
            lock (_lock)
            {
                return _openDataFiles;
            }
        }
    }

    /// <summary>Says what a path's disk has free, instead of what this one has.</summary>
    public Func<string, long>? Free { get; set; }

    /// <summary>Called before each action with the path; what it returns is thrown. For a write it may be preceded by half of the write.</summary>
    public Func<DiskAction, string, Exception?>? Fault { get; set; }

    /// <summary>Called after each sync of a file or directory with its path: what is written from here on is not covered by it.</summary>
    public Action<string>? Synced { get; set; }

    /// <summary>Steps in the journal: every change and every sync.</summary>
    public int StepCount
    {
        get
        {
            lock (_lock)
            {
                return _steps.Count;
            }
        }
    }

    /// <summary>An EIO as the operating system would give it.</summary>
    public static IOException Eio(string path) => new($"Input/output error : '{path}'", FileErrors.Eio);

    /// <summary>An ENOSPC as the operating system would give it.</summary>
    public static IOException Enospc(string path) => new($"No space left on device : '{path}'", FileErrors.Enospc);

    /// <summary>
    /// The disk for the next process after a kill now, or after some steps of the journal: everything written is there, though
    /// not more of it synced than before, and nobody holds a lock.
    /// </summary>
    public InMemoryFileSystem AfterKill(int? steps = null)
    {
        lock (_lock)
        {
            var next = new InMemoryFileSystem(_start, BootId) { CapacityBytes = CapacityBytes };
            foreach (var step in _steps.Take(steps ?? _steps.Count))
            {
                next.Do(step);
            }

            // What was damaged behind everybody's back stays so.
            if (steps is null)
            {
                next._now = _now.Copy();
            }

            next._nextFile = _nextFile;
            return next;
        }
    }

    /// <summary>The disk after a power loss at the end of the journal, or after some steps of it.</summary>
    public InMemoryFileSystem AfterPowerLoss(ICrashChoice choice, int? steps = null)
    {
        lock (_lock)
        {
            var done = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_steps)[..(steps ?? _steps.Count)];
            return new InMemoryFileSystem(PowerLoss.After(_start, done, choice), Guid.NewGuid()) { CapacityBytes = CapacityBytes };
        }
    }

    /// <summary>Number of changes that are not synced after some steps of the journal.</summary>
    public int PendingAfter(int steps)
    {
        lock (_lock)
        {
            return PowerLoss.PendingAfter(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_steps)[..steps]);
        }
    }

    /// <summary>Paths of all files.</summary>
    public IReadOnlyList<string> AllFiles()
    {
        lock (_lock)
        {
            return [.. _now.Names.Where(n => n.Value != DiskImage.FolderMark).Select(n => n.Key).Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>Content of a file.</summary>
    public byte[] ReadAll(string path)
    {
        lock (_lock)
        {
            return _now.Contents[FileAt(path)].Bytes.ToArray();
        }
    }

    /// <summary>Changes a file behind everybody's back, as a failing disk would: nothing is recorded as a write.</summary>
    public void Damage(string path, Func<byte[], byte[]> change)
    {
        lock (_lock)
        {
            var content = _now.Contents[FileAt(path)];
            var bytes = change(content.Bytes.ToArray());
            content.SetLength(0);
            content.Write(bytes, 0);
        }
    }

    /// <summary>Deletes a file or a directory with everything in it, behind everybody's back.</summary>
    public void Remove(string path)
    {
        lock (_lock)
        {
            foreach (var name in _now.Names.Keys.Where(n => n == path || n.StartsWith(path + "/", StringComparison.Ordinal)).ToList())
            {
                _now.Names.Remove(name);
            }

            _byDirectory = null;
        }
    }

    /// <inheritdoc/>
    public IFile Open(string path, FileOpen mode)
    {
        lock (_lock)
        {
            Check(DiskAction.Open, path);
            var exists = _now.Names.TryGetValue(path, out var file) && file != DiskImage.FolderMark;
            if (!exists && mode is FileOpen.Read or FileOpen.ReadWrite)
            {
                throw new FileNotFoundException($"Could not find file '{path}'.", path);
            }

            if (!exists)
            {
                RequireDirectory(path[..path.LastIndexOf('/')]);
                file = _nextFile++;
                _now.Contents[file] = new DiskContent();
                Do(new DiskStep.Link(path, file));
            }
            else if (mode == FileOpen.CreateOrTruncate)
            {
                Do(new DiskStep.SetLength(file, 0));
            }

            _openDataFiles += path.EndsWith(".dat", StringComparison.Ordinal) ? 1 : 0;
            return new OpenFile(this, path, file);
        }
    }

    /// <inheritdoc/>
    public bool Exists(string path)
    {
        lock (_lock)
        {
            return _now.Names.ContainsKey(path);
        }
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        lock (_lock)
        {
            Check(DiskAction.Name, path);
            for (var end = path.IndexOf('/', 1); end != -2; end = end < 0 ? -2 : path.IndexOf('/', end + 1))
            {
                var part = end < 0 ? path : path[..end];
                if (!_now.Names.ContainsKey(part))
                {
                    Do(new DiskStep.MakeDirectory(part));
                }
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> ListFiles(string path)
    {
        lock (_lock)
        {
            _byDirectory ??= _now.Names
                .Where(n => n.Value != DiskImage.FolderMark)
                .Select(n => n.Key)
                .ToLookup(n => n[..n.LastIndexOf('/')], n => n[(n.LastIndexOf('/') + 1)..]);
            return [.. _byDirectory[path]];
        }
    }

    /// <inheritdoc/>
    public void Move(string from, string to)
    {
        lock (_lock)
        {
            Check(DiskAction.Name, to);
            if (!_now.Names.ContainsKey(from))
            {
                throw new FileNotFoundException($"Could not find file '{from}'.", from);
            }

            RequireDirectory(to[..to.LastIndexOf('/')]);
            Do(new DiskStep.Rename(from, to));
        }
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        lock (_lock)
        {
            Check(DiskAction.Name, path);
            if (_now.Names.ContainsKey(path))
            {
                Do(new DiskStep.Unlink(path));
            }
        }
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        lock (_lock)
        {
            Check(DiskAction.SyncNames, path);
            RequireDirectory(path);
            Do(new DiskStep.SyncDirectory(path));
            Synced?.Invoke(path);
        }
    }

    /// <inheritdoc/>
    public void SyncAll(string path)
    {
        lock (_lock)
        {
            Check(DiskAction.SyncNames, path);
            Do(new DiskStep.SyncAll());
        }
    }

    /// <inheritdoc/>
    public long FreeBytes(string path)
    {
        lock (_lock)
        {
            return Free?.Invoke(path) ?? (CapacityBytes < Unlimited ? Math.Max(0, CapacityBytes - UsedBytes()) : Unlimited);
        }
    }

    /// <summary>Tells the disk from others; a test may exchange it.</summary>
    public string Device { get; set; } = "memory";

    /// <inheritdoc/>
    public string DeviceOf(string path) => Device;

    /// <inheritdoc/>
    public IDisposable? TryLock(string path)
    {
        lock (_lock)
        {
            return _locks.Add(path) ? new Unlocker(this, path) : null;
        }
    }

    private long UsedBytes() => _now.Names.Values.Where(f => f != DiskImage.FolderMark).Distinct().Sum(f => _now.Contents[f].Length);

    private void Do(DiskStep step)
    {
        _steps.Add(step);
        _now.Apply(step);
        _byDirectory = step is DiskStep.Link or DiskStep.Unlink or DiskStep.Rename ? null : _byDirectory;
    }

    private void Check(DiskAction action, string path)
    {
        if (Fault?.Invoke(action, path) is { } failure)
        {
            throw failure;
        }
    }

    private void RequireDirectory(string path)
    {
        if (path != "/" && (!_now.Names.TryGetValue(path, out var mark) || mark != DiskImage.FolderMark))
        {
            throw new DirectoryNotFoundException($"Could not find a part of the path '{path}'.");
        }
    }

    private int FileAt(string path)
        => _now.Names.TryGetValue(path, out var file) && file != DiskImage.FolderMark ? file : throw new FileNotFoundException($"Could not find file '{path}'.", path);

    private sealed class Unlocker(InMemoryFileSystem files, string path) : IDisposable
    {
        public void Dispose()
        {
            lock (files._lock)
            {
                files._locks.Remove(path);
            }
        }
    }

    private sealed class OpenFile(InMemoryFileSystem files, string path, int file) : IFile
    {
        private bool _isClosed;

        public long Length
        {
            get
            {
                lock (files._lock)
                {
                    return Content.Length;
                }
            }
        }

        private DiskContent Content
        {
            get
            {
                ObjectDisposedException.ThrowIf(_isClosed, this);
                return files._now.Contents[file];
            }
        }

        public int Read(Span<byte> destination, long offset)
        {
            lock (files._lock)
            {
                files.Check(DiskAction.Read, path);
                var bytes = Content.Bytes;
                if (offset >= bytes.Length)
                {
                    return 0;
                }

                var count = (int)Math.Min(destination.Length, bytes.Length - offset);
                bytes.Slice((int)offset, count).CopyTo(destination);
                return count;
            }
        }

        public void Write(ReadOnlySpan<byte> data, long offset)
        {
            lock (files._lock)
            {
                var growth = Math.Max(0, offset + data.Length - Content.Length);
                var failure = files.Fault?.Invoke(DiskAction.Write, path)
                    ?? (growth > 0 ? files.Fault?.Invoke(DiskAction.Grow, path) : null)
                    ?? (files.CapacityBytes < Unlimited && growth > files.CapacityBytes - files.UsedBytes() ? Enospc(path) : null);

                // A write that fails may well have begun.
                files.Do(new DiskStep.Write(file, offset, data[..(failure is null ? data.Length : data.Length / 2)].ToArray()));
                if (failure is not null)
                {
                    throw failure;
                }
            }
        }

        public void Zero(long offset, long lengthBytes)
        {
            lock (files._lock)
            {
                _ = Content;
                files.Check(DiskAction.Write, path);
                files.Do(new DiskStep.Zero(file, offset, lengthBytes));
            }
        }

        public void SetLength(long lengthBytes)
        {
            lock (files._lock)
            {
                _ = Content;
                files.Check(DiskAction.Write, path);
                files.Do(new DiskStep.SetLength(file, lengthBytes));
            }
        }

        public void Sync()
        {
            lock (files._lock)
            {
                _ = Content;
                if (files.Fault?.Invoke(DiskAction.Sync, path) is { } failure)
                {
                    files.Do(new DiskStep.LoseFile(file));
                    throw failure;
                }

                files.Do(new DiskStep.SyncFile(file));
                files.Synced?.Invoke(path);
            }
        }

        public void Dispose()
        {
            lock (files._lock)
            {
                files._openDataFiles -= !_isClosed && path.EndsWith(".dat", StringComparison.Ordinal) ? 1 : 0;
                _isClosed = true;
            }
        }
    }
}
