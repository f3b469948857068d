// Who may do what, as POSIX has it: the superuser everything, the owner by the owner's bits, a member of the group by the
// group's, everybody else by the others'.

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

    /// <summary>The right to write, as one digit of a mode.</summary>
    internal const uint Write = 2;

    private const uint GroupExecute = 0x8;

    /// <summary>True for whoever passes every check.</summary>
    internal static bool IsSuperuser(Caller caller) => caller.Uid == 0;

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
