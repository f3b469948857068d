// What was done to a fake disk, in order, and what of it a power loss leaves. Only synced changes are certain; of the others
// any subset may have reached the disk, in any order, writes torn at sectors.

using System.Runtime.InteropServices;

namespace AkkaDfs.Testing.Files;

/// <summary>One change, or one sync, of a fake disk.</summary>
internal abstract record DiskStep
{
    internal sealed record Write(int File, long Offset, byte[] Bytes) : DiskStep;

    internal sealed record SetLength(int File, long LengthBytes) : DiskStep;

    internal sealed record Zero(int File, long Offset, long LengthBytes) : DiskStep;

    internal sealed record SyncFile(int File) : DiskStep;

    /// <summary>A sync that failed: what was pending is forgotten, as Linux does.</summary>
    internal sealed record LoseFile(int File) : DiskStep;

    internal sealed record Link(string Path, int File) : DiskStep;

    internal sealed record MakeDirectory(string Path) : DiskStep;

    internal sealed record Unlink(string Path) : DiskStep;

    internal sealed record Rename(string From, string To) : DiskStep;

    internal sealed record SyncDirectory(string Path) : DiskStep;

    internal sealed record SyncAll : DiskStep;
}

/// <summary>Decides what of the unsynced changes a power loss leaves.</summary>
public interface ICrashChoice
{
    /// <summary>True when the <paramref name="index"/>-th of <paramref name="count"/> unsynced changes (in the order they were made) reached the disk.</summary>
    bool Keeps(int index, int count);

    /// <summary>True when a sector of a write that reached the disk did so.</summary>
    bool KeepsSector(int index, int sector, int sectors);
}

/// <summary>Files and names as a disk has them.</summary>
internal sealed class DiskImage
{
    internal const int FolderMark = -1;
    internal const int SectorBytes = 512;

    internal Dictionary<string, int> Names { get; } = new(StringComparer.Ordinal);

    internal Dictionary<int, DiskContent> Contents { get; } = [];

    internal DiskImage Copy()
    {
        var copy = new DiskImage();
        foreach (var (path, file) in Names)
        {
            copy.Names.Add(path, file);
        }

        foreach (var (file, content) in Contents)
        {
            copy.Contents.Add(file, content.Copy());
        }

        return copy;
    }

    /// <summary>Does one change; a name that is not there is passed over, as when the change it hangs on was lost.</summary>
    internal void Apply(DiskStep step)
    {
        switch (step)
        {
            case DiskStep.Write write:
                ContentOf(write.File).Write(write.Bytes, write.Offset);
                break;
            case DiskStep.SetLength cut:
                ContentOf(cut.File).SetLength(cut.LengthBytes);
                break;
            case DiskStep.Zero zero:
                ContentOf(zero.File).Zero(zero.Offset, zero.LengthBytes);
                break;
            case DiskStep.Link link:
                ContentOf(link.File);
                Names[link.Path] = link.File;
                break;
            case DiskStep.MakeDirectory made:
                Names[made.Path] = FolderMark;
                break;
            case DiskStep.Unlink unlink:
                Names.Remove(unlink.Path);
                break;
            case DiskStep.Rename rename:
                Move(rename.From, rename.To);
                break;
        }
    }

    private DiskContent ContentOf(int file)
    {
        ref var content = ref CollectionsMarshal.GetValueRefOrAddDefault(Contents, file, out _);
        return content ??= new DiskContent();
    }

    private void Move(string from, string to)
    {
        if (Names.Remove(from, out var file))
        {
            Names[to] = file;
        }

        if (file == FolderMark)
        {
            foreach (var path in Names.Keys.Where(p => p.StartsWith(from + "/", StringComparison.Ordinal)).ToList())
            {
                Names.Remove(path, out var inner);
                Names[to + path[from.Length..]] = inner;
            }
        }
    }
}

/// <summary>Bytes of one file.</summary>
internal sealed class DiskContent
{
    private byte[] _bytes = [];

    internal long Length { get; private set; }

    internal Span<byte> Bytes => _bytes.AsSpan(0, (int)Length);

    internal DiskContent Copy() => new() { _bytes = Bytes.ToArray(), Length = Length };

    internal void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        if (offset + bytes.Length > Length)
        {
            SetLength(offset + bytes.Length);
        }

        bytes.CopyTo(_bytes.AsSpan((int)offset));
    }

    internal void Zero(long offset, long lengthBytes)
    {
        var end = Math.Min(offset + lengthBytes, Length);
        if (end > offset)
        {
            _bytes.AsSpan((int)offset, (int)(end - offset)).Clear();
        }
    }

    internal void SetLength(long lengthBytes)
    {
        if (lengthBytes > _bytes.Length)
        {
            Array.Resize(ref _bytes, (int)Math.Max(lengthBytes, Math.Min(2L * _bytes.Length, 1 << 26)));
        }

        if (lengthBytes < Length)
        {
            _bytes.AsSpan((int)lengthBytes, (int)(Length - lengthBytes)).Clear();
        }

        Length = lengthBytes;
    }
}

/// <summary>Works out what a disk has after a power loss.</summary>
internal static class PowerLoss
{
    /// <param name="start">The disk before the first step; everything on it is durable.</param>
    /// <param name="steps">What was done.</param>
    /// <param name="choice">What of the unsynced changes is left.</param>
    internal static DiskImage After(DiskImage start, ReadOnlySpan<DiskStep> steps, ICrashChoice choice)
    {
        var disk = start.Copy();
        var pending = new List<DiskStep>();
        foreach (var step in steps)
        {
            switch (step)
            {
                case DiskStep.SyncFile sync:
                    Take(pending, disk, s => FileOf(s) == sync.File);
                    break;
                case DiskStep.LoseFile lose:
                    pending.RemoveAll(s => FileOf(s) == lose.File);
                    break;
                case DiskStep.SyncDirectory sync:
                    Take(pending, disk, s => Touches(s, sync.Path));
                    break;
                case DiskStep.SyncAll:
                    Take(pending, disk, static _ => true);
                    break;
                default:
                    pending.Add(step);
                    break;
            }
        }

        for (var i = 0; i < pending.Count; i++)
        {
            if (choice.Keeps(i, pending.Count))
            {
                ApplyTorn(disk, pending[i], i, choice);
            }
        }

        return disk;
    }

    /// <summary>How many changes are unsynced after some steps.</summary>
    internal static int PendingAfter(ReadOnlySpan<DiskStep> steps)
    {
        var counter = new Counter();
        After(new DiskImage(), steps, counter);
        return counter.Count;
    }

    private static void Take(List<DiskStep> pending, DiskImage disk, Predicate<DiskStep> isSynced)
    {
        foreach (var step in pending.FindAll(isSynced))
        {
            disk.Apply(step);
        }

        pending.RemoveAll(isSynced);
    }

    private static void ApplyTorn(DiskImage disk, DiskStep step, int index, ICrashChoice choice)
    {
        if (step is not DiskStep.Write write)
        {
            disk.Apply(step);
            return;
        }

        var firstSector = write.Offset / DiskImage.SectorBytes;
        var sectors = (int)(((write.Offset + write.Bytes.Length - 1) / DiskImage.SectorBytes) - firstSector + 1);
        for (var sector = 0; sector < sectors; sector++)
        {
            if (choice.KeepsSector(index, sector, sectors))
            {
                var from = Math.Max(write.Offset, (firstSector + sector) * DiskImage.SectorBytes);
                var to = Math.Min(write.Offset + write.Bytes.Length, (firstSector + sector + 1) * DiskImage.SectorBytes);
                disk.Apply(new DiskStep.Write(write.File, from, write.Bytes[(int)(from - write.Offset)..(int)(to - write.Offset)]));
            }
        }
    }

    private static int FileOf(DiskStep step) => step switch
    {
        DiskStep.Write write => write.File,
        DiskStep.SetLength cut => cut.File,
        DiskStep.Zero zero => zero.File,
        _ => DiskImage.FolderMark,
    };

    private static bool Touches(DiskStep step, string directory) => step switch
    {
        DiskStep.Link link => IsIn(link.Path, directory),
        DiskStep.MakeDirectory made => IsIn(made.Path, directory),
        DiskStep.Unlink unlink => IsIn(unlink.Path, directory),
        DiskStep.Rename rename => IsIn(rename.From, directory) || IsIn(rename.To, directory),
        _ => false,
    };

    private static bool IsIn(string path, string directory)
        => path.Length > directory.Length && path.LastIndexOf('/') == directory.Length && path.StartsWith(directory, StringComparison.Ordinal);

    private sealed class Counter : ICrashChoice
    {
        internal int Count { get; private set; }

        public bool Keeps(int index, int count)
        {
            Count = count;
            return false;
        }

        public bool KeepsSector(int index, int sector, int sectors) => false;
    }
}
