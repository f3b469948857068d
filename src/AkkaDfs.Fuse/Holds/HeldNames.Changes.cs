// Changes that this mount makes itself, of what it holds.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Holds;

internal sealed partial class HeldNames
{
    private const uint TypeMask = 0xF000;
    private const uint DirectoryType = 0x4000;

    /// <summary>A change of a directory's names begins. Null when it is not held: then nothing is to be noted.</summary>
    public HeldDirectory? BeginChange(InodeId id)
    {
        if (Find(id) is not { } directory)
        {
            return null;
        }

        directory.Changing++;
        return directory;
    }

    /// <summary>It has ended.</summary>
    public void EndChange(HeldDirectory? directory)
    {
        if (directory is not null)
        {
            directory.Changing--;
            directory.Stamp = Now();
        }
    }

    /// <summary>A name in a directory that was not held when the change began was changed: answers under way may be older.</summary>
    public void Missed(InodeId id, string name)
    {
        foreach (var asking in _askings)
        {
            asking.IsVoid |= asking.Directory == id;
        }

        Unknown(Find(id), name);
    }

    /// <summary>A change of a node's state begins: nothing is believed of it until the change has ended.</summary>
    public Change BeginChangeOf(InodeId node)
    {
        var stamp = Now();
        if (Find(node) is { } directory)
        {
            (directory.Self, directory.Stamp) = (null, stamp);
            directory.Changing++;
            return new Change(directory, null, stamp);
        }

        if (FindNode(node) is { } name)
        {
            (name.Status, name.Stamp) = (null, stamp);
            name.Changing++;
            return new Change(null, name, stamp);
        }

        return new Change(null, null, stamp);
    }

    /// <summary>It has ended.</summary>
    /// <param name="node">The node.</param>
    /// <param name="change">What its beginning gave.</param>
    /// <param name="status">What was answered, believed if nothing else was changed meanwhile; null for nothing.</param>
    public void EndChangeOf(InodeId node, Change change, FileStatus? status)
    {
        if (change is { Directory.IsAlive: true })
        {
            var isAlone = change.Directory.Changing == 1 && change.Directory.Stamp == change.Stamp;
            EndChange(change.Directory);
            change.Directory.Self = isAlone ? status : null;
        }
        else if (change is { Name.Directory.IsAlive: true })
        {
            var name = change.Name;
            var isAlone = name.Changing == 1 && name.Stamp == change.Stamp;
            name.Changing--;
            name.Stamp = Now();
            name.Status = isAlone && status is not null && status.Inode == name.Inode ? Believable(status, name) : null;
        }
        else
        {
            // What has become known of it meanwhile, or is about to, may be older than the change.
            foreach (var asking in _askings)
            {
                asking.IsVoid = true;
            }

            if (Find(node) is not null || FindNode(node) is not null)
            {
                EndChangeOf(node, BeginChangeOf(node), null);
            }
        }
    }

    /// <summary>A name was made.</summary>
    /// <param name="directory">Where; null for nothing to note.</param>
    /// <param name="name">The name.</param>
    /// <param name="status">What it names.</param>
    /// <param name="first">Its first chunk, if one was allocated.</param>
    /// <param name="isMine">True for a file that was just created.</param>
    public HeldName? Made(HeldDirectory? directory, string name, FileStatus status, ChunkLocation? first, bool isMine)
    {
        if (directory is not { IsAlive: true })
        {
            return null;
        }

        var held = Name(directory, name);
        (held.IsMine, held.First, held.MayOpen, held.HasNoXattrs, held.Stamp) = (isMine, first, isMine, status.LinkCount == 1, Now());
        SetInode(held, status);
        held.Status = Believable(status, held);
        Changed(directory, status.ChangedUnixNs, status.Kind == NodeKind.Directory ? 1 : 0);
        return held;
    }

    /// <summary>A name is gone.</summary>
    public void Removed(HeldDirectory? directory, string name, long atUnixNs, bool wasDirectory)
    {
        if (directory is not { IsAlive: true })
        {
            return;
        }

        if (directory.Names.TryGetValue(name, out var known) && wasDirectory && _directories.Remove(known.Inode, out var gone))
        {
            Forget(gone, []);
            _givingUp.Add(gone.Id);
        }

        if (directory.IsComplete && _askings.Count == 0)
        {
            if (known is not null)
            {
                Unbind(known);
                directory.Names.Remove(name);
                _names--;
            }
        }
        else
        {
            SetAbsent(directory, name);
            directory.Names[name].Stamp = Now();
        }

        Changed(directory, atUnixNs, wasDirectory ? -1 : 0);
    }

    /// <summary>A name has gone elsewhere, or was exchanged for another.</summary>
    public void MovedOut(HeldDirectory? directory, MetaProtocol.Rename rename, long atUnixNs)
    {
        if (rename.Mode == MetaProtocol.RenameMode.Exchange || rename.From.Equals(rename.To) || atUnixNs == 0)
        {
            Unknown(directory, rename.From.Path);
        }
        else
        {
            // It may have been a directory, whose entry for the one above it is another by now.
            var moved = NodeAt(rename.From.Base, rename.From.Path);
            if (moved is { } id && Find(id) is { } inner)
            {
                (inner.Self, inner.Above) = (null, rename.To.Base);
                inner.Stamp = Now();
            }

            var isDirectory = directory is { IsAlive: true } && directory.Names.TryGetValue(rename.From.Path, out var name) && (name.Mode & TypeMask) == DirectoryType;
            Removed(directory, rename.From.Path, atUnixNs, wasDirectory: false);
            if (isDirectory && directory is { Self: { } self })
            {
                directory.Self = self with { LinkCount = self.LinkCount - 1 };
            }
        }
    }

    /// <summary>A name has come here, perhaps in the place of another.</summary>
    public void MovedIn(HeldDirectory? directory, MetaProtocol.Rename rename, long atUnixNs)
    {
        if (directory is not { IsAlive: true })
        {
            return;
        }

        // To be told before what was moved is forgotten at its old place.
        var moved = rename.Mode != MetaProtocol.RenameMode.Exchange && atUnixNs != 0 && Find(rename.From.Base) is { } from && from.Names.TryGetValue(rename.From.Path, out var name)
            && name.Inode != default ? name : null;
        var replaces = directory.Names.TryGetValue(rename.To.Path, out var there) ? !there.IsAbsent : !directory.IsComplete;
        if (moved is null || (replaces && (moved.Mode & TypeMask) == DirectoryType))
        {
            Unknown(directory, rename.To.Path);
            return;
        }

        var held = Name(directory, rename.To.Path);
        (held.Inode, held.Mode, held.First, held.MayOpen, held.IsMine, held.Stamp) = (moved.Inode, moved.Mode, moved.First, moved.MayOpen, moved.IsMine, Now());
        held.HasNoXattrs = moved.HasNoXattrs;
        var isDirectory = (moved.Mode & TypeMask) == DirectoryType;
        if (_nodes.TryGetValue(moved.Inode, out var bound) && ReferenceEquals(bound, moved))
        {
            _nodes[moved.Inode] = held;
        }

        Changed(directory, atUnixNs, isDirectory ? 1 : 0);
    }

    /// <summary>What a name is has to be asked from now on.</summary>
    public void Unknown(HeldDirectory? directory, string name)
    {
        if (directory is { IsAlive: true })
        {
            Name(directory, name).Stamp = Now();
            directory.Self = null;
        }
    }

    /// <summary>The inode that a name stands for as far as it was known last, whether it may still be believed or not.</summary>
    public InodeId? NodeAt(InodeId directory, string name)
        => _directories.TryGetValue(directory, out var held) && held.Names.TryGetValue(name, out var known) && !known.IsAbsent && known.Inode != default ? known.Inode : null;

    // A directory's times are those of the last change in it; others do not change it while it is held.
    private static void Changed(HeldDirectory directory, long atUnixNs, int subdirectories)
    {
        directory.Self = directory.Self is not { } self || atUnixNs == 0 ? null : self with
        {
            ModifiedUnixNs = Math.Max(self.ModifiedUnixNs, atUnixNs),
            ChangedUnixNs = Math.Max(self.ChangedUnixNs, atUnixNs),
            LinkCount = self.LinkCount + subdirectories,
        };
    }
}
