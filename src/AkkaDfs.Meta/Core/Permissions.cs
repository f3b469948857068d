// Who may do what, as POSIX has it: the superuser everything, the owner by the owner's bits, a member of the group by the
// group's, everybody else by the others'.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Rules of modes and owners.</summary>
internal static class Permissions
{
    /// <summary>The bits of a mode that are permissions (with set-user, set-group and sticky), not type.</summary>
    internal const uint Mask = 0xFFF;

    /// <summary>Run as the owner.</summary>
    internal const uint SetUser = 0x800;

    /// <summary>Run as the group; for a directory: what is made in it belongs to its group.</summary>
    internal const uint SetGroup = 0x400;

    /// <summary>For a directory: its entries are removed and renamed by their owners only.</summary>
    internal const uint Sticky = 0x200;

    /// <summary>The right to run, or to pass through a directory, as one digit of a mode.</summary>
    internal const uint Execute = 1;

    /// <summary>The right to write, as one digit of a mode.</summary>
    internal const uint Write = 2;

    /// <summary>The right to read, as one digit of a mode.</summary>
    internal const uint Read = 4;

    private const uint GroupExecute = 0x8;

    /// <summary>True for whoever passes every check.</summary>
    internal static bool IsSuperuser(Caller caller) => caller.Uid == 0 || caller.IsPrivileged;

    /// <summary>True for the owner and the superuser.</summary>
    internal static bool Owns(Caller caller, Inode node) => IsSuperuser(caller) || caller.Uid == node.Uid;

    /// <summary>True when the caller's groups contain this one.</summary>
    internal static bool IsIn(Caller caller, uint gid) => caller.Gid == gid || caller.Groups.Contains(gid);

    /// <summary>True when the mode gives the caller these rights (for the superuser only reading and writing are answered).</summary>
    internal static bool Allows(Inode node, Caller caller, uint rights)
    {
        var digit = caller.Uid == node.Uid ? node.Mode >> 6 : IsIn(caller, node.Gid) ? node.Mode >> 3 : node.Mode;
        return IsSuperuser(caller) || (digit & rights) == rights;
    }

    /// <summary>Whether the caller may make an entry of a directory.</summary>
    internal static DfsErrorCode MayAdd(DirectoryInode directory, Caller caller)
        => Allows(directory, caller, Write | Execute) ? DfsErrorCode.None : DfsErrorCode.PermissionDenied;

    /// <summary>Whether the caller may take an entry out of a directory.</summary>
    internal static DfsErrorCode MayRemove(DirectoryInode directory, Inode entry, Caller caller)
        => !Allows(directory, caller, Write | Execute) ? DfsErrorCode.PermissionDenied
            : (directory.Mode & Sticky) == 0 || Owns(caller, entry) || caller.Uid == directory.Uid ? DfsErrorCode.None
            : DfsErrorCode.NotPermitted;

    /// <summary>Whether the caller may remove a directory with all that is below it. Looks at directories only.</summary>
    internal static DfsErrorCode MayRemoveTree(DirectoryInode top, Caller caller)
    {
        if (IsSuperuser(caller))
        {
            return DfsErrorCode.None;
        }

        var open = new Stack<DirectoryInode>([top]);
        while (open.TryPop(out var directory))
        {
            if (directory.Children.Count > 0 && !Allows(directory, caller, Read | Write | Execute))
            {
                return DfsErrorCode.PermissionDenied;
            }

            var isSticky = (directory.Mode & Sticky) != 0 && caller.Uid != directory.Uid;
            var cursor = directory.Children.After([]);
            while ((isSticky || directory.Subdirectories > 0) && cursor.Next(out _, out var child))
            {
                if (isSticky && caller.Uid != child.Uid)
                {
                    return DfsErrorCode.NotPermitted;
                }

                if (child is DirectoryInode below)
                {
                    open.Push(below);
                }
            }
        }

        return DfsErrorCode.None;
    }

    /// <summary>A mode as chmod leaves it: only members of its group may make a node run as the group.</summary>
    internal static uint Chmod(uint mode, uint gid, Caller caller)
        => mode & Mask & (IsSuperuser(caller) || IsIn(caller, gid) ? Mask : ~SetGroup);

    /// <summary>The mode of a node that is not a directory after chown.</summary>
    internal static uint AfterChown(Inode node, Caller caller)
    {
        var losesGroup = (node.Mode & GroupExecute) != 0 || !(IsSuperuser(caller) || IsIn(caller, node.Gid));
        return node is DirectoryInode ? node.Mode : node.Mode & ~SetUser & (losesGroup ? ~SetGroup : Mask);
    }
}
