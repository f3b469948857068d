// Quotas: what lies below a directory that has one is counted with every change. A node counts where its first name is. Few directories have
// quotas: without any, nothing is counted.

using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

/// <summary>A directory's quota.</summary>
internal sealed class Quota
{
    /// <summary>Most bytes; 0 for any.</summary>
    public long MaxBytes { get; set; }

    /// <summary>Most nodes; 0 for any.</summary>
    public long MaxFiles { get; set; }

    /// <summary>Bytes of the files below.</summary>
    public long UsedBytes { get; set; }

    /// <summary>Nodes below.</summary>
    public long UsedFiles { get; set; }
}

internal sealed partial class Namespace
{
    private readonly Dictionary<InodeId, Quota> _quotas = [];

    /// <summary>The quota of a directory, or null.</summary>
    internal Quota? QuotaOf(InodeId directory) => _quotas.GetValueOrDefault(directory);

    internal void Apply(QuotaSet set)
    {
        if (set.MaxBytes == 0 && set.MaxFiles == 0)
        {
            _quotas.Remove(set.Inode);
            return;
        }

        if (!_quotas.TryGetValue(set.Inode, out var quota))
        {
            var directory = Directory(set.Inode);
            var (bytes, files) = CountBelow(directory);
            _quotas.Add(set.Inode, quota = new Quota { UsedBytes = bytes, UsedFiles = files - 1 });
        }

        (quota.MaxBytes, quota.MaxFiles) = (set.MaxBytes, set.MaxFiles);
    }

    /// <summary>The first directory, going up, whose quota does not allow so much more below it; null when all do.</summary>
    /// <param name="into">Where it is to be.</param>
    /// <param name="bytes">More bytes.</param>
    /// <param name="files">More nodes.</param>
    /// <param name="from">Where it is now: what lies above that as well has counted it already. Null when it is new.</param>
    internal DirectoryInode? ExceededBy(DirectoryInode into, long bytes, long files, DirectoryInode? from = null)
    {
        for (var at = into; at is not null && _quotas.Count > 0; at = at.Parent)
        {
            if (_quotas.TryGetValue(at.Id, out var quota)
                && ((files > 0 && quota.MaxFiles > 0 && quota.UsedFiles + files > quota.MaxFiles) || (bytes > 0 && quota.MaxBytes > 0 && quota.UsedBytes + bytes > quota.MaxBytes))
                && !(from is not null && IsWithin(from, at)))
            {
                return at;
            }
        }

        return null;
    }

    /// <summary>True when a directory above has a quota.</summary>
    internal bool HasQuotaAbove(DirectoryInode? directory)
    {
        for (var at = directory; at is not null && _quotas.Count > 0; at = at.Parent)
        {
            if (_quotas.ContainsKey(at.Id))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Bytes and nodes of a node with all that is below it.</summary>
    internal static (long Bytes, long Files) CountBelow(Inode top)
    {
        long bytes = 0, files = 0;
        var open = new Stack<Inode>([top]);
        while (open.TryPop(out var node))
        {
            files++;
            bytes += (node as FileInode)?.LengthBytes ?? 0;
            var cursor = (node as DirectoryInode)?.Children.After([]);
            while (cursor is { } children && children.Next(out var name, out var child))
            {
                if (IsFirstLink((DirectoryInode)node, name, child))
                {
                    open.Push(child);
                }

                cursor = children;
            }
        }

        return (bytes, files);
    }

    /// <summary>A file's length has changed.</summary>
    internal void Resized(FileInode file, long byBytes)
    {
        if (byBytes != 0)
        {
            Count(file.Parent, byBytes, 0);
        }
    }

    // A node has come below a directory, or is about to go from there.
    private void Charge(DirectoryInode parent, Inode node, int sign)
    {
        if (HasQuotaAbove(parent))
        {
            var (bytes, files) = CountBelow(node);
            Count(parent, sign * bytes, sign * files);
        }
    }

    private void Count(DirectoryInode? parent, long bytes, long files)
    {
        for (var at = parent; at is not null && _quotas.Count > 0; at = at.Parent)
        {
            if (_quotas.TryGetValue(at.Id, out var quota))
            {
                quota.UsedBytes += bytes;
                quota.UsedFiles += files;
            }
        }
    }

    private IEnumerable<QuotaSet> QuotaImages()
        => _quotas.OrderBy(q => q.Key.Value).Select(q => new QuotaSet(q.Key, q.Value.MaxBytes, q.Value.MaxFiles, 0));
}
