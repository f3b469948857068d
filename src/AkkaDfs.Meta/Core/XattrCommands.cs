// Extended attributes, by the rules that Linux has: user.* by the mode of files and directories, trusted.* for the superuser alone,
// security.* set by the superuser and read by all, everything else (system.posix_acl_* among it) not supported.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>What FileCommands and Queries know about extended attributes.</summary>
internal static class Xattrs
{
    private const string User = "user.";
    private const string Trusted = "trusted.";
    private const string Security = "security.";

    /// <summary>Why a value cannot be read, or null.</summary>
    internal static DfsErrorCode MayRead(Inode node, string name, Caller caller)
        => CheckName(name) is var code and not DfsErrorCode.None ? code
            : name.StartsWith(Trusted, StringComparison.Ordinal) ? (Permissions.IsSuperuser(caller) ? DfsErrorCode.None : DfsErrorCode.AttributeNotFound)
            : name.StartsWith(Security, StringComparison.Ordinal) ? DfsErrorCode.None
            : node is not (FileInode or DirectoryInode) ? DfsErrorCode.AttributeNotFound
            : Permissions.Allows(node, caller, Permissions.Read) ? DfsErrorCode.None
            : DfsErrorCode.PermissionDenied;

    /// <summary>Why it cannot be changed, or null.</summary>
    internal static DfsErrorCode MayWrite(Inode node, string name, Caller caller)
        => CheckName(name) is var code and not DfsErrorCode.None ? code
            : PastIds.IsPast(node.Id) ? DfsErrorCode.SnapshotReadOnly
            : !name.StartsWith(User, StringComparison.Ordinal) ? (Permissions.IsSuperuser(caller) ? DfsErrorCode.None : DfsErrorCode.NotPermitted)
            : node is not (FileInode or DirectoryInode) ? DfsErrorCode.NotPermitted
            : node is DirectoryInode && (node.Mode & Permissions.Sticky) != 0 && !Permissions.Owns(caller, node) ? DfsErrorCode.NotPermitted
            : Permissions.Allows(node, caller, Permissions.Write) ? DfsErrorCode.None
            : DfsErrorCode.PermissionDenied;

    /// <summary>True when a listing shows the name to this caller.</summary>
    internal static bool IsListed(string name, Caller caller)
        => Permissions.IsSuperuser(caller) || !name.StartsWith(Trusted, StringComparison.Ordinal);

    /// <summary>The error for a code that this file gives.</summary>
    internal static DfsError Error(DfsErrorCode code, PathRef path, string name) => code switch
    {
        DfsErrorCode.AttributeNotFound => new DfsError(code, $"'{path}' has no attribute '{name}'. List its attributes to see what there is."),
        DfsErrorCode.AlreadyExists => new DfsError(code, $"'{path}' has an attribute '{name}' already. Ask to replace it."),
        DfsErrorCode.NotSupported => new DfsError(code, $"Attributes like '{name}' are not supported. Names begin with user., trusted. or security."),
        DfsErrorCode.NotPermitted => new DfsError(code, $"You may not change '{name}' of '{path}'. Only files and directories have user.*, only the superuser sets the others."),
        DfsErrorCode.AttributeTooLarge => new DfsError(
            code,
            $"'{name}' is too large for '{path}': a value has at most {MetaProtocol.MaxXattrValueBytes} bytes, all names of a node {MetaProtocol.MaxXattrListBytes}, all its values {MetaProtocol.MaxXattrTotalBytes}. Store less."),
        _ => Errors.Path(code, path),
    };

    /// <summary>Why a value cannot be set beside those that are there, or None.</summary>
    internal static DfsErrorCode CheckSize(IReadOnlyDictionary<string, byte[]> there, string name, int valueBytes)
    {
        if (valueBytes > MetaProtocol.MaxXattrValueBytes)
        {
            return DfsErrorCode.AttributeTooLarge;
        }

        long names = PathText.ByteCount(name) + 1, values = valueBytes;
        foreach (var (other, value) in there)
        {
            names += other == name ? 0 : PathText.ByteCount(other) + 1;
            values += other == name ? 0 : value.Length;
        }

        return names > MetaProtocol.MaxXattrListBytes || values > MetaProtocol.MaxXattrTotalBytes ? DfsErrorCode.AttributeTooLarge : DfsErrorCode.None;
    }

    private static DfsErrorCode CheckName(string name)
    {
        var bytes = PathText.ByteCount(name);
        return bytes is 0 or > MetaProtocol.MaxXattrNameBytes || name.Contains('\0') ? DfsErrorCode.NameTooLong
            : name is User or Trusted or Security ? DfsErrorCode.InvalidPath
            : name.StartsWith(User, StringComparison.Ordinal) || name.StartsWith(Trusted, StringComparison.Ordinal) || name.StartsWith(Security, StringComparison.Ordinal)
                ? DfsErrorCode.None
                : DfsErrorCode.NotSupported;
    }
}

internal sealed partial class FileCommands
{
    private MetaProtocol.Reply SetXattr(MetaProtocol.SetXattr request)
    {
        var code = _names.Resolve(request.Target, request.FollowLink, request.Caller, out var node);
        code = code == DfsErrorCode.None ? Xattrs.MayWrite(node, request.Name, request.Caller) : code;
        if (code == DfsErrorCode.None)
        {
            var there = _names.XattrsOf(node.Id);
            var exists = there.ContainsKey(request.Name);
            code = exists && request.Mode == MetaProtocol.XattrMode.Create ? DfsErrorCode.AlreadyExists
                : !exists && request.Mode == MetaProtocol.XattrMode.Replace ? DfsErrorCode.AttributeNotFound
                : Xattrs.CheckSize(there, request.Name, request.Value.Length);
        }

        if (code != DfsErrorCode.None)
        {
            return new MetaProtocol.Failed(Xattrs.Error(code, request.Target, request.Name));
        }

        state.Emit(new XattrSet(node.Id, request.Name, request.Value, state.Now.UnixNs));
        Remember(request, OutcomeKind.Done);
        return new MetaProtocol.Done();
    }

    private MetaProtocol.Reply RemoveXattr(MetaProtocol.RemoveXattr request)
    {
        var code = _names.Resolve(request.Target, request.FollowLink, request.Caller, out var node);
        code = code == DfsErrorCode.None ? Xattrs.MayWrite(node, request.Name, request.Caller) : code;
        code = code == DfsErrorCode.None && !_names.XattrsOf(node.Id).ContainsKey(request.Name) ? DfsErrorCode.AttributeNotFound : code;
        if (code != DfsErrorCode.None)
        {
            return new MetaProtocol.Failed(Xattrs.Error(code, request.Target, request.Name));
        }

        state.Emit(new XattrRemoved(node.Id, request.Name, state.Now.UnixNs));
        Remember(request, OutcomeKind.Done);
        return new MetaProtocol.Done();
    }
}
