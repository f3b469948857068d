// Moving and exchanging names, with all that POSIX refuses.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

internal sealed partial class FileCommands
{
    private MetaProtocol.Reply Rename(MetaProtocol.Rename request)
    {
        var code = _names.ResolveParent(request.From, request.Caller, out var from, out var fromName);
        if (code != DfsErrorCode.None)
        {
            return new MetaProtocol.Failed(Errors.Path(code, request.From));
        }

        code = _names.ResolveParent(request.To, request.Caller, out var to, out var toName);
        if (code != DfsErrorCode.None)
        {
            return new MetaProtocol.Failed(Errors.Path(code, request.To));
        }

        if (from.Children.Find(fromName) is not { } node)
        {
            return new MetaProtocol.Failed(Errors.Path(DfsErrorCode.FileNotFound, request.From));
        }

        var target = to.Children.Find(toName);
        var error = CheckRename(request, node, from, to, target) ?? state.Leases.WhyNotAway(node, request.Holder, request.From);
        error ??= request.Mode == MetaProtocol.RenameMode.Exchange && target is not null ? state.Quotas.WhyNotMove(from, target) : null;
        error ??= state.Quotas.WhyNotMove(to, node);
        error ??= request.Mode != MetaProtocol.RenameMode.Exchange && target is not null && !ReferenceEquals(node, target) && _names.FindSnapshotted(target) is { } kept
            ? Errors.HasSnapshots(request.To, Namespace.PathOf(kept)) : null;
        error ??= target is null || ReferenceEquals(node, target) ? null : state.Leases.WhyNotAway(target, request.Holder, request.To);
        error ??= (target is null ? Namespace.CheckNewName(toName) : null);
        if (error is not null)
        {
            return new MetaProtocol.Failed(error);
        }

        if (!ReferenceEquals(node, target))
        {
            var isExchange = request.Mode == MetaProtocol.RenameMode.Exchange;
            var leases = target is not null && !isExchange ? state.Leases.LiveOn(target) : [];
            if (target is not null && !isExchange)
            {
                state.Sessions.BeforeRemoval(target);
            }

            state.Emit(new EntryMoved(from.Id, fromName.ToString(), to.Id, toName.ToString(), isExchange, state.Now.UnixNs));
            state.Leases.Carry(leases, node);
            Remember(request, OutcomeKind.Done);
            return new MetaProtocol.Done { AtUnixNs = state.Now.UnixNs };
        }

        return new MetaProtocol.Done();
    }

    private static DfsError? CheckRename(MetaProtocol.Rename request, Inode node, DirectoryInode from, DirectoryInode to, Inode? target)
    {
        if (request.Mode == MetaProtocol.RenameMode.NoReplace && target is not null)
        {
            return Errors.Path(DfsErrorCode.AlreadyExists, request.To);
        }

        if (request.Mode == MetaProtocol.RenameMode.Exchange && target is null)
        {
            return Errors.Path(DfsErrorCode.FileNotFound, request.To);
        }

        var intoItself = node is DirectoryInode moved && Namespace.IsWithin(to, moved);
        var ontoAncestor = request.Mode == MetaProtocol.RenameMode.Exchange && target is DirectoryInode swapped
            && Namespace.IsWithin(from, swapped);
        if (!ReferenceEquals(node, target) && (intoItself || ontoAncestor))
        {
            return new DfsError(
                DfsErrorCode.InvalidRename, $"'{request.From}' cannot be moved to '{request.To}': one lies within the other. Choose a target outside.");
        }

        if (ReferenceEquals(node, target))
        {
            return null;
        }

        var isExchange = request.Mode == MetaProtocol.RenameMode.Exchange;
        return !isExchange && target is DirectoryInode over && Namespace.IsWithin(from, over)
            ? Errors.Path(DfsErrorCode.DirectoryNotEmpty, request.To)
            : MayRename(request, node, from, to, target);
    }

    // In the order in which the kernel asks, so that a mount answers as a local disk does.
    private static DfsError? MayRename(MetaProtocol.Rename request, Inode node, DirectoryInode from, DirectoryInode to, Inode? target)
    {
        var caller = request.Caller;
        var code = Permissions.MayRemove(from, node, caller);
        if (code != DfsErrorCode.None)
        {
            return Errors.Path(code, request.From);
        }

        var isExchange = request.Mode == MetaProtocol.RenameMode.Exchange;
        code = target is null ? Permissions.MayAdd(to, caller) : Permissions.MayRemove(to, target, caller);
        code = code != DfsErrorCode.None || isExchange ? code : (node, target) switch
        {
            (DirectoryInode, not null and not DirectoryInode) => DfsErrorCode.NotADirectory,
            (not DirectoryInode, DirectoryInode) => DfsErrorCode.IsADirectory,
            _ => DfsErrorCode.None,
        };
        if (code != DfsErrorCode.None)
        {
            return Errors.Path(code, request.To);
        }

        // A directory that gets another parent changes itself: its entry for the parent.
        var moves = !ReferenceEquals(from, to);
        return moves && node is DirectoryInode && !Permissions.Allows(node, caller, Permissions.Write) ? Errors.Path(DfsErrorCode.PermissionDenied, request.From)
            : moves && isExchange && target is DirectoryInode && !Permissions.Allows(target, caller, Permissions.Write) ? Errors.Path(DfsErrorCode.PermissionDenied, request.To)
            : !isExchange && target is DirectoryInode { Children.Count: > 0 } ? Errors.Path(DfsErrorCode.DirectoryNotEmpty, request.To)
            : null;
    }
}
