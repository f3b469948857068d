// A disk in memory that outlives its machine's processes, forgets what was not synced when the power goes (all of it, all but a
// prefix, or any part, torn at sectors), and misbehaves as its seed says. It knows what it was told by whom: files opened before a
// power loss cannot be used after it.

using Akka.Embedded.Simulation;
using AkkaDfs.Shared.Files;
using AkkaDfs.Simulation.Trace;

namespace AkkaDfs.Simulation.Disk;

/// <summary>The disk of a simulated machine.</summary>
internal sealed partial class SimulatedDisk(string name, DeterministicRandom random, SimulationTrace trace) : IFileSystem
{
    private const int SectorBytes = 512;
    private const int ErrorNoSpace = 28;
    private const int ErrorIo = 5;
    private const long DefaultCapacity = 1L << 40;

    private Dictionary<string, DiskFile?> _names = new(StringComparer.Ordinal) { ["/"] = null };
    private Dictionary<string, DiskFile?> _safeNames = new(StringComparer.Ordinal) { ["/"] = null };
    private readonly List<NameChange> _pendingNames = [];
    private readonly HashSet<string> _locks = new(StringComparer.Ordinal);
    private int _generation;
    private int _files;
    private long _changes;
    private long _callsUntilPowerLoss = -1;

    /// <inheritdoc/>
    public Guid BootId { get; private set; } = Shared.Surroundings.NewId();

    /// <summary>What it does wrong.</summary>
    public DiskFaults Faults { get; set; } = DiskFaults.None;

    /// <summary>Told of each fault by its kind.</summary>
    public Action<string> Faulted { get; set; } = static _ => { };

    /// <summary>Called in the middle of a change when the power goes there; see <see cref="LosePowerAfter"/>.</summary>
    public Action PowerLost { get; set; } = static () => { };

    /// <summary>Lets the power go at the n-th change from now on, half way through it.</summary>
    public void LosePowerAfter(int changes) => _callsUntilPowerLoss = changes;

    /// <summary>Whether a power loss is waiting for a change.</summary>
    public bool IsArmed => _callsUntilPowerLoss >= 0;

    /// <summary>Calls a waiting power loss off.</summary>
    public void Disarm() => _callsUntilPowerLoss = -1;

    /// <summary>How long one piece of work takes.</summary>
    public TimeSpan NextDelay() => _random.NextDelay(TimeSpan.FromMicroseconds(30), TimeSpan.FromMicroseconds(300)) * Faults.Slowness
        + (_random.Chance(0.002) ? _random.NextDelay(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(50)) : TimeSpan.Zero);

    /// <inheritdoc/>
    public IFile Open(string path, FileOpen mode)
    {
        FailMaybe(Faults.ReadError, ErrorIo, path);
        var exists = _names.TryGetValue(path, out var file) && file is not null;
        if (!exists && mode is FileOpen.Read or FileOpen.ReadWrite)
        {
            throw new FileNotFoundException($"Could not find file '{path}'.", path);
        }

        if (!exists)
        {
            RequireDirectory(ParentOf(path));
            file = new DiskFile(++_files);
            Name(new NameChange(++_changes, path, file, null));
        }
        else if (mode == FileOpen.CreateOrTruncate)
        {
            Change(path, file!, new FileChange(++_changes, -1, null, 0));
        }

        return new OpenFile(this, path, file!, _generation);
    }

    /// <inheritdoc/>
    public bool Exists(string path) => _names.ContainsKey(path);

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        for (var end = path.IndexOf('/', 1); end != -2; end = end < 0 ? -2 : path.IndexOf('/', end + 1))
        {
            var part = end < 0 ? path : path[..end];
            if (!_names.ContainsKey(part))
            {
                Name(new NameChange(++_changes, part, null, null));
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> ListFiles(string path)
        => [.. _names.Where(n => n.Value is not null && ParentOf(n.Key) == path).Select(n => n.Key[(path.Length + 1)..]).Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public void Move(string from, string to)
    {
        if (!_names.TryGetValue(from, out var file))
        {
            throw new FileNotFoundException($"Could not find file '{from}'.", from);
        }

        RequireDirectory(ParentOf(to));
        Name(new NameChange(++_changes, to, file, from));
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        if (_names.ContainsKey(path))
        {
            Name(new NameChange(++_changes, null, null, path));
        }
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        RequireDirectory(path);
        FailMaybe(Faults.SyncError, ErrorIo, path);
        Touch("sync", path, 0);
        foreach (var change in _pendingNames.Where(c => c.IsIn(path)))
        {
            change.Apply(_safeNames);
        }

        _pendingNames.RemoveAll(c => c.IsIn(path));
    }

    /// <inheritdoc/>
    public void SyncAll(string path)
    {
        Touch("sync", path, 0);
        foreach (var file in AllFiles())
        {
            file.Sync();
        }

        foreach (var change in _pendingNames)
        {
            change.Apply(_safeNames);
        }

        _pendingNames.Clear();
    }

    /// <inheritdoc/>
    public long FreeBytes(string path) => DefaultCapacity;

    /// <inheritdoc/>
    public string DeviceOf(string path) => name;

    /// <inheritdoc/>
    public IDisposable? TryLock(string path) => _locks.Add(path) ? new Unlocker(this, path, _generation) : null;

    private static string ParentOf(string path) => path.LastIndexOf('/') is > 0 and var at ? path[..at] : "/";

    private static IOException Failure(int number, string what, string path) => new($"{what} : '{path}'", number);

    private IEnumerable<DiskFile> AllFiles() => _names.Values.Concat(_safeNames.Values).OfType<DiskFile>().Distinct().OrderBy(f => f.Id);

    private void RequireDirectory(string path)
    {
        if (!_names.TryGetValue(path, out var file) || file is not null)
        {
            throw new DirectoryNotFoundException($"Could not find a part of the path '{path}'.");
        }
    }

    private void FailWhenOff(string path)
    {
        if (_isOff)
        {
            throw Failure(ErrorIo, "The power is off", path);
        }
    }

    private void FailMaybe(double chance, int error, string path)
    {
        FailWhenOff(path);
        if (chance > 0 && _random.Chance(chance))
        {
            Faulted(error == ErrorIo ? "disk: EIO" : "disk: ENOSPC");
            throw Failure(error, error == ErrorIo ? "Input/output error" : "No space left on device", path);
        }
    }

    private void Name(NameChange change)
    {
        Touch("name", change.To ?? change.From!, 0);
        change.Apply(_names);
        _pendingNames.Add(change);
    }

    private void Change(string path, DiskFile file, in FileChange change)
    {
        Touch("write", path, change.Offset);
        file.Do(change);
    }

    // Everything that changes the disk comes by here, before it is done.
    private void Touch(string what, string path, long at)
    {
        FailWhenOff(path);
        trace.Note("disk", name, what, path, at);
        if (_callsUntilPowerLoss >= 0 && _callsUntilPowerLoss-- == 0)
        {
            PowerLost();
            throw Failure(ErrorIo, "The power is off", path);
        }
    }

    /// <summary>A name that appears, moves or goes.</summary>
    private sealed record NameChange(long Number, string? To, DiskFile? File, string? From)
    {
        public bool IsIn(string directory) => (To is not null && ParentOf(To) == directory) || (From is not null && ParentOf(From) == directory);

        /// <summary>Does it; what it hangs on may have been lost, then nothing happens.</summary>
        public void Apply(Dictionary<string, DiskFile?> names)
        {
            if (From is null)
            {
                names[To!] = File;
                return;
            }

            if (!names.Remove(From, out var file))
            {
                return;
            }

            if (To is not null)
            {
                names[To] = file;
            }

            if (file is null)
            {
                foreach (var inner in names.Keys.Where(n => n.StartsWith(From + "/", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray())
                {
                    names.Remove(inner, out var child);
                    if (To is not null)
                    {
                        names[To + inner[From.Length..]] = child;
                    }
                }
            }
        }
    }

    private sealed class Unlocker(SimulatedDisk disk, string path, int generation) : IDisposable
    {
        public void Dispose()
        {
            if (generation == disk._generation)
            {
                disk._locks.Remove(path);
            }
        }
    }
}
