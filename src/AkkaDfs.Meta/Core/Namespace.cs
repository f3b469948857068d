// The inode tree: directories of sorted names, files with their chunks, links. Look-ups here, changes by events in
// NamespaceChanges. A node is reachable by path exactly when its parents lead to the root; a removed tree with many nodes is
// put aside in one step and freed bit by bit, last put aside first.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>All nodes.</summary>
internal sealed partial class Namespace
{
    private const int MaxLinksOnTheWay = 40;
    private const int ShortEnough = PathText.MaxPathBytes / 3;

    private readonly PagedTable<Inode> _nodes = new();
    private readonly List<DirectoryInode> _detached = [];
    private readonly Dictionary<FileLayout, FileLayout> _layouts = [];

    internal Namespace()
    {
        Root = new DirectoryInode(InodeId.Root) { Mode = 0x1ED };
        _nodes.Add(InodeId.Root.Value, Root);
        DirectoryCount = 1;
    }

    /// <summary>The root directory.</summary>
    public DirectoryInode Root { get; }

    /// <summary>The id that the next node gets.</summary>
    public InodeId NextInode { get; private set; } = new(InodeId.Root.Value + 1);

    /// <summary>Number of regular files.</summary>
    public long FileCount { get; private set; }

    /// <summary>Number of directories, the root included.</summary>
    public long DirectoryCount { get; private set; }

    /// <summary>True when there are nodes of removed trees to free.</summary>
    public bool HasDetached => _detached.Count > 0;

    /// <summary>The node of an id, or null.</summary>
    public Inode? Find(InodeId inode) => _nodes.Find(inode.Value);

    /// <summary>Follows a path.</summary>
    /// <param name="path">Where to go.</param>
    /// <param name="followLast">Whether a symbolic link at the end is followed too.</param>
    /// <param name="who">Who goes there: must have the right to pass through every directory on the way.</param>
    /// <param name="node">The node, when the result is None.</param>
    public DfsErrorCode Resolve(PathRef path, bool followLast, Caller who, out Inode node)
    {
        node = null!;
        var code = CheckLength(path.Path);
        if (code != DfsErrorCode.None)
        {
            return code;
        }

        var start = FindAny(path.Base);
        if (start is null)
        {
            return DfsErrorCode.FileNotFound;
        }

        var links = 0;
        return Walk(start, path.Path, followLast, who, ref links, out node);
    }

    /// <summary>Follows a path up to the directory of its last name; for nodes that are to be made, removed or moved.</summary>
    /// <param name="path">Where to go; its last part must be a name.</param>
    /// <param name="who">Who goes there: must have the right to pass through every directory, the last one included.</param>
    /// <param name="parent">The directory.</param>
    /// <param name="name">The last part.</param>
    public DfsErrorCode ResolveParent(PathRef path, Caller who, out DirectoryInode parent, out ReadOnlySpan<char> name)
    {
        parent = null!;
        var rest = path.Path.AsSpan().TrimEnd('/');
        var slash = rest.LastIndexOf('/');
        name = rest[(slash + 1)..];
        if (name.IsEmpty || name is "." or "..")
        {
            return DfsErrorCode.InvalidPath;
        }

        var code = CheckLength(path.Path);
        if (code != DfsErrorCode.None)
        {
            return code;
        }

        var start = FindAny(path.Base);
        if (start is null)
        {
            return DfsErrorCode.FileNotFound;
        }

        var links = 0;
        code = Walk(start, rest[..(slash + 1)], true, who, ref links, out var node);
        if (code != DfsErrorCode.None)
        {
            return code;
        }

        parent = (node as DirectoryInode)!;
        return parent is null ? DfsErrorCode.NotADirectory
            : PastIds.IsPast(parent.Id) || (name is SnapshotName && parent.Children.Find(name) is null) ? DfsErrorCode.SnapshotReadOnly
            : !Permissions.Allows(parent, who, Permissions.Execute) ? DfsErrorCode.PermissionDenied
            : IsAttached(parent) ? DfsErrorCode.None
            : DfsErrorCode.FileNotFound;
    }

    /// <summary>Why a new entry cannot bear this name, or null.</summary>
    public static DfsError? CheckNewName(ReadOnlySpan<char> name) => PathText.CheckName(name.ToString());

    /// <summary>True when <paramref name="node"/> is <paramref name="ancestor"/> or lies below it.</summary>
    public static bool IsWithin(Inode? node, DirectoryInode ancestor)
    {
        for (; node is not null; node = node.Parent)
        {
            if (ReferenceEquals(node, ancestor))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Absolute path of a node, or of what is left of it above a tree that was put aside.</summary>
    public static string PathOf(Inode node)
    {
        if (node.Parent is null)
        {
            return "/";
        }

        var parts = new List<string>();
        for (var at = node; at.Parent is not null; at = at.Parent)
        {
            parts.Add(at.Name);
        }

        parts.Reverse();
        return "/" + string.Join('/', parts);
    }

    /// <summary>The status of a node.</summary>
    public static FileStatus StatusOf(Inode node) => node switch
    {
        FileInode file => new FileStatus
        {
            Inode = node.Id,
            Kind = NodeKind.File,
            Mode = node.TypeBits | node.Mode,
            Uid = node.Uid,
            Gid = node.Gid,
            LinkCount = NamesOf(node),
            LengthBytes = file.LengthBytes,
            LengthIsExact = file.LengthIsExact(),
            AccessedUnixNs = node.AccessedUnixNs,
            ModifiedUnixNs = node.ModifiedUnixNs,
            ChangedUnixNs = node.ChangedUnixNs,
            MappingUpdatedUnixNs = file.MappingUpdatedUnixNs,
            Layout = file.Layout,
            ChunkCount = file.Places,
        },
        _ => new FileStatus
        {
            Inode = node.Id,
            Kind = node.Kind,
            Mode = node.TypeBits | node.Mode,
            Uid = node.Uid,
            Gid = node.Gid,
            LinkCount = node is DirectoryInode directory ? 2 + directory.Subdirectories : NamesOf(node),
            LengthBytes = node is LinkInode link ? PathText.ByteCount(link.Target) : 0,
            AccessedUnixNs = node.AccessedUnixNs,
            ModifiedUnixNs = node.ModifiedUnixNs,
            ChangedUnixNs = node.ChangedUnixNs,
            LinkTarget = (node as LinkInode)?.Target ?? string.Empty,
            Device = (node as SpecialInode)?.Device ?? 0,
        },
    };

    // The name it has in the trash is none that anybody could use.
    private static int NamesOf(Inode node) => node.Parent?.Id == TrashId ? 0 : node.LinkCount;

    /// <summary>True when the directory can be reached from the root, so that new entries in it will stay.</summary>
    public bool IsAttached(DirectoryInode directory)
    {
        Inode at = directory;
        while (at.Parent is { } parent)
        {
            at = parent;
        }

        return ReferenceEquals(at, Root);
    }

    private static DfsErrorCode CheckLength(string path)
        => path.Length > ShortEnough && PathText.ByteCount(path) > PathText.MaxPathBytes ? DfsErrorCode.NameTooLong : DfsErrorCode.None;

    private DfsErrorCode Walk(Inode start, ReadOnlySpan<char> path, bool followLast, Caller who, ref int links, out Inode node)
    {
        node = start;
        while (true)
        {
            path = path.TrimStart('/');
            if (path.IsEmpty)
            {
                return DfsErrorCode.None;
            }

            if (node is not DirectoryInode directory)
            {
                return DfsErrorCode.NotADirectory;
            }

            if (!Permissions.Allows(directory, who, Permissions.Execute))
            {
                return DfsErrorCode.PermissionDenied;
            }

            var slash = path.IndexOf('/');
            var part = slash < 0 ? path : path[..slash];
            path = slash < 0 ? [] : path[slash..];
            if (part is ".")
            {
                continue;
            }

            if (part is "..")
            {
                node = ParentOf(directory);
                continue;
            }

            var next = ChildOf(directory, part);
            if (next is null)
            {
                return part.Length > PathText.MaxNameBytes ? DfsErrorCode.NameTooLong : DfsErrorCode.FileNotFound;
            }

            if (next is LinkInode link && (followLast || !path.Trim('/').IsEmpty))
            {
                var code = Follow(directory, link, who, ref links, out next);
                if (code != DfsErrorCode.None)
                {
                    return code;
                }
            }

            node = next;
        }
    }

    private DfsErrorCode Follow(DirectoryInode from, LinkInode link, Caller who, ref int links, out Inode node)
    {
        node = link;
        return ++links > MaxLinksOnTheWay
            ? DfsErrorCode.TooManySymbolicLinks
            : Walk(link.Target.StartsWith('/') ? Root : from, link.Target, true, who, ref links, out node);
    }
}
