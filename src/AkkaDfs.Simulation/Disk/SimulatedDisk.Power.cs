// What happens to a simulated disk from outside: its machine's processes end, its power goes, its content is exchanged or rots.

namespace AkkaDfs.Simulation.Disk;

internal sealed partial class SimulatedDisk
{
    // The rest of a step that was cut short by a power loss still runs: it must not reach the disk.
    private bool _isOff;

    private readonly Akka.Embedded.Simulation.DeterministicRandom _random = random;

    /// <summary>A process may use it again.</summary>
    public void PowerUp() => _isOff = false;

    /// <summary>All processes of the machine have ended; what they wrote stays.</summary>
    public void EndProcesses()
    {
        _generation++;
        _isOff = true;
        _locks.Clear();
    }

    /// <summary>The power goes: of what was not synced a part is left that the seed chooses.</summary>
    public void LosePower()
    {
        EndProcesses();
        Disarm();
        BootId = Shared.Surroundings.NewId();
        var keep = Choose();
        var pending = AllFiles().SelectMany(f => f.Pending.Select(c => (File: f, Change: c))).OrderBy(p => p.Change.Number).ToArray();
        Faulted(pending.Length + _pendingNames.Count == 0 ? "power loss" : $"power loss: {keep.Name}");
        foreach (var change in _pendingNames.Where(c => keep.Keeps(c.Number)))
        {
            change.Apply(_safeNames);
        }

        foreach (var (file, change) in pending.Where(p => keep.Keeps(p.Change.Number)))
        {
            ApplyTorn(file, change, keep.IsTorn);
        }

        _pendingNames.Clear();
        _names = new Dictionary<string, DiskFile?>(_safeNames, StringComparer.Ordinal);
        foreach (var file in AllFiles())
        {
            file.Restart();
        }
    }

    /// <summary>A copy of everything as it is now.</summary>
    public Action Snapshot()
    {
        var copies = AllFiles().ToDictionary(f => f, f => f.Snapshot());
        var names = new Dictionary<string, DiskFile?>(_names.Select(n => KeyValuePair.Create(n.Key, n.Value is null ? null : copies[n.Value])), StringComparer.Ordinal);
        return () =>
        {
            EndProcesses();
            _pendingNames.Clear();
            _names = names;
            _safeNames = new Dictionary<string, DiskFile?>(names, StringComparer.Ordinal);
            BootId = Shared.Surroundings.NewId();
        };
    }

    /// <summary>Everything is gone.</summary>
    public void Wipe()
    {
        EndProcesses();
        _pendingNames.Clear();
        _names = new Dictionary<string, DiskFile?>(StringComparer.Ordinal) { ["/"] = null };
        _safeNames = new Dictionary<string, DiskFile?>(_names, StringComparer.Ordinal);
        BootId = Shared.Surroundings.NewId();
    }

    /// <summary>Flips one bit of a chunk's data; false when there is none.</summary>
    public bool FlipBit()
    {
        var files = _names.Where(n => n.Value is { Now.Length: > 0 } && IsData(n.Key)).OrderBy(n => n.Key, StringComparer.Ordinal).ToArray();
        if (files.Length == 0)
        {
            return false;
        }

        var file = files[_random.Next(files.Length)].Value!;
        var (at, bit) = (_random.Next(file.Now.Length), (byte)(1 << _random.Next(8)));
        file.Now.Bytes[at] ^= bit;
        if (at < file.Safe.Length)
        {
            file.Safe.Bytes[at] ^= bit;
        }

        return true;
    }

    /// <summary>Content of a file as programs see it; null when there is none.</summary>
    public byte[]? TryRead(string path) => _names.GetValueOrDefault(path)?.Now.Bytes.ToArray();

    /// <summary>Content of every chunk's data file, by path.</summary>
    public IEnumerable<(string Path, ReadOnlyMemory<byte> Bytes)> DataFiles()
        => _names.Where(n => n.Value is not null && IsData(n.Key)).OrderBy(n => n.Key, StringComparer.Ordinal).Select(n => (n.Key, (ReadOnlyMemory<byte>)n.Value!.Now.Bytes.ToArray()));

    private (string Name, Func<long, bool> Keeps, bool IsTorn) Choose()
    {
        switch (_random.Next(4))
        {
            case 0:
                return ("nothing unsynced left", static _ => false, false);
            case 1:
                return ("all unsynced left", static _ => true, _random.Chance(0.5));
            case 2:
                var last = _changes - (long)(_random.NextDouble() * Math.Min(_changes, 64));
                return ("a prefix left", n => n <= last, _random.Chance(0.5));
            default:
                var share = _random.NextDouble();
                return ("any part left", _ => _random.Chance(share), true);
        }
    }

    private void ApplyTorn(DiskFile file, in FileChange change, bool isTorn)
    {
        if (!isTorn || change.Bytes is null || change.Bytes.Length == 0 || !_random.Chance(0.5))
        {
            file.Safe.Apply(change);
            return;
        }

        // A sector is written whole or not at all.
        var end = change.Offset + change.Bytes.Length;
        for (var from = change.Offset; from < end;)
        {
            var to = Math.Min(end, ((from / SectorBytes) + 1) * SectorBytes);
            if (_random.Chance(0.6))
            {
                file.Safe.Write(change.Bytes.AsSpan((int)(from - change.Offset), (int)(to - from)), from);
            }

            from = to;
        }
    }
}
