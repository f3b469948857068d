// Links, special nodes, and what a node says about itself.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

internal sealed partial class FileCommands
{
    private const uint Fifo = 0x1000;
    private const uint CharacterDevice = 0x2000;
    private const uint BlockDevice = 0x6000;
    private const uint Socket = 0xC000;

    private MetaProtocol.Reply MakeSymbolicLink(MetaProtocol.MakeSymbolicLink request)
    {
        var error = request.LinkTarget.Length == 0 ? DfsErrorCode.FileNotFound
            : request.LinkTarget.Contains('\0') ? DfsErrorCode.InvalidPath
            : PathText.ByteCount(request.LinkTarget) >= PathText.MaxPathBytes ? DfsErrorCode.NameTooLong
            : DfsErrorCode.None;
        return error == DfsErrorCode.None
            ? MakeLeaf(request, request.Target, NodeKind.SymbolicLink, 0x1FF, request.LinkTarget, 0)
            : new MetaProtocol.Failed(Errors.Path(error, PathRef.Absolute(request.LinkTarget)));
    }

    private MetaProtocol.Reply MakeSpecial(MetaProtocol.MakeSpecial request)
    {
        var type = request.Mode & ~Permissions.Mask;
        var isDevice = type is CharacterDevice or BlockDevice;
        if (!isDevice && type is not (Fifo or Socket))
        {
            return new MetaProtocol.Failed(Errors.Argument("The type of a special node", "a pipe, a socket, or a character or block device"));
        }

        return isDevice && !Permissions.IsSuperuser(request.Caller)
            ? new MetaProtocol.Failed(Errors.NotPermitted(request.Target, "only the superuser makes devices"))
            : MakeLeaf(request, request.Target, NodeKind.Special, request.Mode, string.Empty, isDevice ? request.Device : 0);
    }

    private MetaProtocol.Reply MakeLeaf(
        MetaProtocol.Mutation request, PathRef target, NodeKind kind, uint mode, string linkTarget, ulong device)
    {
        if ((CheckFree(target, request.Caller, out var parent, out var name) ?? state.Quotas.WhyNotMake(parent)) is { } error)
        {
            return new MetaProtocol.Failed(error);
        }

        var made = MakeNode(parent, name.ToString(), kind, mode, request.Caller, null, linkTarget, device);
        Remember(request, OutcomeKind.Status, made.Id);
        return new MetaProtocol.StatusReply(Namespace.StatusOf(made));
    }

    private MetaProtocol.Reply MakeHardLink(MetaProtocol.MakeHardLink request)
    {
        var code = _names.Resolve(request.Existing, request.FollowLink, request.Caller, out var node);
        if (code != DfsErrorCode.None)
        {
            return new MetaProtocol.Failed(Errors.Path(code, request.Existing));
        }

        var error = CheckFree(request.Target, request.Caller, out var parent, out var name);
        error ??= PastIds.IsPast(node.Id) ? Errors.Path(DfsErrorCode.SnapshotReadOnly, request.Existing) : null;
        error ??= node is DirectoryInode ? Errors.NotPermitted(request.Existing, "a directory has one name only") : null;
        error ??= node.LinkCount == 0 ? Errors.Path(DfsErrorCode.FileNotFound, request.Existing) : null;
        error ??= node.LinkCount >= Namespace.MaxLinks ? Errors.TooManyLinks(request.Existing) : null;
        if (error is not null)
        {
            return new MetaProtocol.Failed(error);
        }

        state.Emit(new LinkAdded(node.Id, parent.Id, name.ToString(), state.Now.UnixNs));
        Remember(request, OutcomeKind.Status, node.Id);
        return new MetaProtocol.StatusReply(Namespace.StatusOf(node));
    }

    // Why no entry can be made at a path, or null with the place where it goes.
    private DfsError? CheckFree(PathRef target, Caller caller, out DirectoryInode parent, out ReadOnlySpan<char> name)
    {
        var code = _names.ResolveParent(target, caller, out parent, out name);
        code = code != DfsErrorCode.None ? code
            : parent.Children.Find(name) is not null ? DfsErrorCode.AlreadyExists
            : Permissions.MayAdd(parent, caller);
        return code == DfsErrorCode.None ? Namespace.CheckNewName(name) : Errors.Path(code, target);
    }

    private MetaProtocol.Reply SetAttributes(MetaProtocol.SetAttributes request)
    {
        var code = _names.Resolve(request.Target, request.FollowLink, request.Caller, out var node);
        if (code != DfsErrorCode.None)
        {
            return new MetaProtocol.Failed(Errors.Path(code, request.Target));
        }

        if (CheckSet(request, node) is { } error)
        {
            return new MetaProtocol.Failed(error);
        }

        var uid = request.Uid ?? node.Uid;
        var gid = request.Gid ?? node.Gid;
        var isChown = request.Uid is not null || request.Gid is not null;
        var mode = request.Mode is { } asked ? Permissions.Chmod(asked, gid, request.Caller)
            : isChown ? Permissions.AfterChown(node, request.Caller)
            : node.Mode;
        state.Emit(new AttributesSet(
            node.Id, mode, uid, gid, TimeOf(request.AccessedUnixNs, node.AccessedUnixNs), TimeOf(request.ModifiedUnixNs, node.ModifiedUnixNs), state.Now.UnixNs));
        Remember(request, OutcomeKind.Status, node.Id);
        return new MetaProtocol.StatusReply(Namespace.StatusOf(node));
    }

    private long TimeOf(long? asked, long old) => asked == MetaProtocol.SetAttributes.Now ? state.Now.UnixNs : asked ?? old;

    private static DfsError? CheckSet(MetaProtocol.SetAttributes request, Inode node)
    {
        if (PastIds.IsPast(node.Id))
        {
            return Errors.Path(DfsErrorCode.SnapshotReadOnly, request.Target);
        }

        if (request.Mode is not null && node is LinkInode)
        {
            return Errors.Path(DfsErrorCode.NotSupported, request.Target);
        }

        var caller = request.Caller;
        var mayChown = Permissions.IsSuperuser(caller)
            || (caller.Uid == node.Uid
                && (request.Uid is null || request.Uid == node.Uid)
                && (request.Gid is null || request.Gid == node.Gid || Permissions.IsIn(caller, request.Gid.Value)));
        if ((request.Uid is not null || request.Gid is not null) && !mayChown)
        {
            return Errors.NotPermitted(request.Target, "only the superuser gives nodes away, and owners choose among their own groups");
        }

        var isTouch = request is { Mode: null, Uid: null, Gid: null, AccessedUnixNs: MetaProtocol.SetAttributes.Now, ModifiedUnixNs: MetaProtocol.SetAttributes.Now };
        return Permissions.Owns(caller, node) ? null
            : !isTouch ? Errors.NotPermitted(request.Target, "only its owner may")
            : Permissions.Allows(node, caller, Permissions.Write) ? null
            : Errors.Path(DfsErrorCode.PermissionDenied, request.Target);
    }
}
