// Mutations of the tree. Each is one transaction: all its events or none. A retry of an applied operation is answered and
// not applied again; a failed one has changed nothing and may be tried again.

using System.Diagnostics;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Creates, removes and moves nodes.</summary>
internal sealed partial class FileCommands(MetaState state)
{
    private readonly Namespace _names = state.Durable.Names;
    private readonly OperationWindows _operations = state.Durable.Operations;

    internal MetaProtocol.Reply Mutate(MetaProtocol.Mutation mutation)
    {
        var operation = mutation.Operation;
        if (operation != OperationId.None)
        {
            _operations.NoteAnswered(operation.Client, Math.Min(mutation.AnsweredBelow, operation.Counter));
            switch (_operations.Find(operation, out var outcome))
            {
                case OperationState.Repeated: return AnswerAgain(outcome);
                case OperationState.Forgotten: return new MetaProtocol.Failed(Errors.OutcomeForgotten(operation));
            }
        }

        return mutation switch
        {
            MetaProtocol.CreateFile m => Create(m),
            MetaProtocol.MakeDirectory m => MakeDirectory(m),
            MetaProtocol.Remove m => Remove(m),
            MetaProtocol.Rename m => Rename(m),
            MetaProtocol.MakeSymbolicLink m => MakeSymbolicLink(m),
            MetaProtocol.MakeSpecial m => MakeSpecial(m),
            MetaProtocol.MakeHardLink m => MakeHardLink(m),
            MetaProtocol.SetAttributes m => SetAttributes(m),
            MetaProtocol.SetXattr m => SetXattr(m),
            MetaProtocol.SetQuota m => state.Quotas.Set(m),
            MetaProtocol.Undelete m => Undelete(m),
            MetaProtocol.EmptyTrash m => state.Trash.Empty(m),
            MetaProtocol.TakeLease m => state.Leases.Take(m),
            MetaProtocol.EndLease m => EndLease(m),
            MetaProtocol.RemoveXattr m => RemoveXattr(m),
            MetaProtocol.CreateSnapshot m => CreateSnapshot(m),
            MetaProtocol.DeleteSnapshot m => DeleteSnapshot(m),
            _ => throw new UnreachableException(mutation.GetType().Name),
        };
    }

    // Taking one again only renews it; that one was ended has to be remembered, or a retry would be told that there is none.
    private MetaProtocol.Reply EndLease(MetaProtocol.EndLease request)
    {
        var reply = state.Leases.End(request);
        if (reply is MetaProtocol.Done)
        {
            Remember(request, OutcomeKind.Done);
        }

        return reply;
    }

    private MetaProtocol.Reply AnswerAgain(OperationOutcome outcome)
    {
        if (outcome.Kind == OutcomeKind.Done)
        {
            return new MetaProtocol.Done();
        }

        // What was made may be gone by now; the operation was applied all the same.
        var node = _names.FindAny(outcome.Inode);
        var status = node is null ? new FileStatus { Inode = outcome.Inode, Kind = NodeKind.File, LinkCount = 0 } : Namespace.StatusOf(node);
        if (outcome.Kind == OutcomeKind.Status)
        {
            return new MetaProtocol.StatusReply(node is null ? status with { Kind = NodeKind.Directory } : status);
        }

        var first = outcome.Chunk == ChunkId.None ? null : state.Durable.Chunks.Find(outcome.Chunk);
        return new MetaProtocol.FileOpened(status, first is null ? null : state.Book.LocationOf(first), outcome.Kind == OutcomeKind.FileCreated);
    }

    private void Remember(MetaProtocol.Mutation mutation, OutcomeKind kind, InodeId inode = default, ChunkId chunk = default)
    {
        var operation = mutation.Operation;
        if (operation != OperationId.None)
        {
            var below = Math.Min(mutation.AnsweredBelow, operation.Counter);
            state.Emit(new OperationDone(operation, below, new OperationOutcome(kind, inode, chunk)));
        }
    }

    private MetaProtocol.Reply Create(MetaProtocol.CreateFile request)
    {
        if (!TryFillIn(request.Layout, out var layout))
        {
            return new MetaProtocol.Failed(Errors.Argument(
                "The layout", $"chunk size {FileLayout.MinChunkSizeBytes} to {FileLayout.MaxChunkSizeBytes} bytes, 1 to {FileLayout.MaxReplicas} replicas, known policies"));
        }

        var code = _names.ResolveParent(request.Target, request.Caller, out var parent, out var name);
        var missing = code == DfsErrorCode.FileNotFound && request.MakeParents;
        if (code != DfsErrorCode.None && !missing)
        {
            return new MetaProtocol.Failed(Errors.Path(code, request.Target));
        }

        var existing = missing ? null : parent.Children.Find(name);
        if (existing is LinkInode && request.Disposition == MetaProtocol.Disposition.OpenOrCreate)
        {
            return ThroughLink(request);
        }

        if (existing is not null && request.Disposition != MetaProtocol.Disposition.Replace)
        {
            return request.Disposition == MetaProtocol.Disposition.CreateNew
                ? new MetaProtocol.Failed(Errors.Path(DfsErrorCode.AlreadyExists, request.Target))
                : Open(request, existing);
        }

        if (existing is DirectoryInode)
        {
            return new MetaProtocol.Failed(Errors.Path(DfsErrorCode.IsADirectory, request.Target));
        }

        // Everything that can refuse comes before the first event.
        var error = missing ? null : MayReplace(request, parent, existing);
        error ??= missing || existing is not null ? null : state.Quotas.WhyNotMake(parent);
        error ??= missing || !request.AllocateFirst ? null : state.Quotas.WhyNotWrite(parent) ?? state.Seals.WhyHeld(parent);
        error ??= (existing is null ? Namespace.CheckNewName(name) : null) ?? (request.AllocateFirst ? ChunkCommands.CanAllocate(state, layout) : null);
        if (error is null && missing)
        {
            error = MakeParents(request.Target, request.Caller, out parent);
        }

        return error is null
            ? Make(request, layout, parent, name.ToString(), existing is not null)
            : new MetaProtocol.Failed(error);
    }

    private MetaProtocol.Reply ThroughLink(MetaProtocol.CreateFile request)
    {
        var code = _names.Resolve(request.Target, true, request.Caller, out var node);
        return code == DfsErrorCode.None
            ? Open(request, node)
            : new MetaProtocol.Failed(Errors.Path(code, request.Target));
    }

    // What is replaced is another file afterwards: that takes the right to change the directory, and, as a protection, the file itself.
    private DfsError? MayReplace(MetaProtocol.CreateFile request, DirectoryInode parent, Inode? existing)
    {
        var code = existing is null ? Permissions.MayAdd(parent, request.Caller) : Permissions.MayRemove(parent, existing, request.Caller);
        return code != DfsErrorCode.None ? Errors.Path(code, request.Target)
            : existing is FileInode ? state.CheckAccess(existing, request, MetaProtocol.Access.Write, request.Target)
            : null;
    }

    private MetaProtocol.FileOpened Make(MetaProtocol.CreateFile request, FileLayout layout, DirectoryInode parent, string name, bool replaces)
    {
        IReadOnlyList<UserLease> leases = [];
        if (replaces)
        {
            var old = parent.Children.Find(name)!;
            leases = state.Leases.LiveOn(old);
            state.Sessions.BeforeRemoval(old);
            state.Emit(new EntryRemoved(parent.Id, name, state.Now.UnixNs));
        }

        var file = (FileInode)MakeNode(parent, name, NodeKind.File, request.Mode, request.Caller, layout);
        state.Leases.Carry(leases, file);
        var first = request.AllocateFirst ? ChunkCommands.Allocate(state, file, 0) : null;
        Remember(request, OutcomeKind.FileCreated, file.Id, first?.Id ?? ChunkId.None);
        return new MetaProtocol.FileOpened(Namespace.StatusOf(file), first is null ? null : state.Book.LocationOf(first), true);
    }

    private MetaProtocol.Reply Open(MetaProtocol.CreateFile request, Inode existing)
    {
        if (existing is not FileInode file)
        {
            return new MetaProtocol.Failed(Errors.Path(
                existing is DirectoryInode ? DfsErrorCode.IsADirectory : DfsErrorCode.NotSupported, request.Target));
        }

        if (state.CheckAccess(file, request, MetaProtocol.Access.Write, request.Target) is { } refused)
        {
            return new MetaProtocol.Failed(refused);
        }

        var first = request.AllocateFirst ? file.Find(0) : null;
        return new MetaProtocol.FileOpened(Namespace.StatusOf(file), first is null ? null : state.Book.LocationOf(first), false);
    }

    private MetaProtocol.Reply MakeDirectory(MetaProtocol.MakeDirectory request)
    {
        var code = _names.ResolveParent(request.Target, request.Caller, out var parent, out var name);
        if (code == DfsErrorCode.InvalidPath && request.MakeParents && _names.Resolve(request.Target, true, request.Caller, out var root) == DfsErrorCode.None)
        {
            return new MetaProtocol.StatusReply(Namespace.StatusOf(root));
        }

        var missing = code == DfsErrorCode.FileNotFound && request.MakeParents;
        if (code != DfsErrorCode.None && !missing)
        {
            return new MetaProtocol.Failed(Errors.Path(code, request.Target));
        }

        if (!missing && parent.Children.Find(name) is { } existing)
        {
            return request.MakeParents && existing is DirectoryInode
                ? new MetaProtocol.StatusReply(Namespace.StatusOf(existing))
                : new MetaProtocol.Failed(Errors.Path(DfsErrorCode.AlreadyExists, request.Target));
        }

        var error = missing ? null : MayAdd(parent, request.Caller, request.Target);
        error ??= missing ? null : state.Quotas.WhyNotMake(parent);
        error ??= Namespace.CheckNewName(name) ?? (missing ? MakeParents(request.Target, request.Caller, out parent) : null);
        if (error is not null)
        {
            return new MetaProtocol.Failed(error);
        }

        var made = MakeNode(parent, name.ToString(), NodeKind.Directory, request.Mode, request.Caller, null);
        Remember(request, OutcomeKind.Status, made.Id);
        return new MetaProtocol.StatusReply(Namespace.StatusOf(made)) { IsHeld = state.Holds.TryGrantNew(request.Through, (DirectoryInode)made) };
    }

    // Makes the directories that are missing on the way to a path. Checks all their names before it makes the first.
    private DfsError? MakeParents(PathRef target, Caller caller, out DirectoryInode parent)
    {
        var path = target.Path.TrimEnd('/');
        var parts = path[..(path.LastIndexOf('/') + 1)].Split('/', StringSplitOptions.RemoveEmptyEntries);
        parent = null!;
        var there = 0;
        var code = DfsErrorCode.None;
        for (; there <= parts.Length; there++)
        {
            code = _names.Resolve(new PathRef(target.Base, string.Join('/', parts.AsSpan(0, there)!)), true, caller, out var node);
            if (code != DfsErrorCode.None)
            {
                break;
            }

            if (node is not DirectoryInode directory)
            {
                return Errors.Path(DfsErrorCode.NotADirectory, target);
            }

            parent = directory;
        }

        // The first part that did not resolve is missing, unless the base itself is gone or removed, or a link leads nowhere.
        if (there == 0 || code != DfsErrorCode.FileNotFound || parent.Children.Find(parts[there - 1]) is not null || !_names.IsAttached(parent))
        {
            return Errors.Path(code == DfsErrorCode.None ? DfsErrorCode.FileNotFound : code, target);
        }

        if ((MayAdd(parent, caller, target) ?? state.Quotas.WhyNotMake(parent, parts.Length - there + 2)) is { } denied)
        {
            return denied;
        }

        foreach (var part in parts.AsSpan(there - 1))
        {
            if (PathText.CheckName(part) is { } error)
            {
                return error;
            }
        }

        foreach (var part in parts.AsSpan(there - 1))
        {
            parent = (DirectoryInode)MakeNode(parent, part, NodeKind.Directory, 0x1ED, caller, null);
        }

        return null;
    }

    private static DfsError? MayAdd(DirectoryInode parent, Caller caller, PathRef target)
        => Permissions.MayAdd(parent, caller) is var code and not DfsErrorCode.None ? Errors.Path(code, target) : null;

    private Inode MakeNode(
        DirectoryInode parent, string name, NodeKind kind, uint mode, Caller caller, FileLayout? layout, string linkTarget = "", ulong device = 0)
    {
        // A directory with the set-group bit gives its group to what is made in it, and the bit to directories.
        var inode = _names.NextInode;
        var givesGroup = (parent.Mode & Permissions.SetGroup) != 0;
        mode &= kind == NodeKind.Special ? uint.MaxValue : Permissions.Mask;
        mode |= givesGroup && kind == NodeKind.Directory ? Permissions.SetGroup : 0;
        state.Emit(new NodeCreated(
            inode, parent.Id, name, kind, mode, caller.Uid, givesGroup ? parent.Gid : caller.Gid, layout, linkTarget, state.Now.UnixNs, device));
        return _names.Find(inode)!;
    }

    private MetaProtocol.Reply Remove(MetaProtocol.Remove request)
    {
        var code = _names.ResolveParent(request.Target, request.Caller, out var parent, out var name);
        var node = code == DfsErrorCode.None ? parent.Children.Find(name) : null;
        code = code != DfsErrorCode.None ? code
            : node is null ? DfsErrorCode.FileNotFound
            : Permissions.MayRemove(parent, node, request.Caller) is var refusal and not DfsErrorCode.None ? refusal
            : node is DirectoryInode && request.Kind == MetaProtocol.RemoveKind.NotDirectory ? DfsErrorCode.IsADirectory
            : node is not DirectoryInode && request.Kind == MetaProtocol.RemoveKind.Directory ? DfsErrorCode.NotADirectory
            : node is DirectoryInode { Children.Count: > 0 } && !request.Recursive ? DfsErrorCode.DirectoryNotEmpty
            : _names.FindSnapshotted(node) is not null ? DfsErrorCode.HasSnapshots
            : node is DirectoryInode tree ? Permissions.MayRemoveTree(tree, request.Caller)
            : DfsErrorCode.None;
        if (code != DfsErrorCode.None)
        {
            return new MetaProtocol.Failed(code == DfsErrorCode.HasSnapshots
                ? Errors.HasSnapshots(request.Target, Namespace.PathOf(_names.FindSnapshotted(node!)!))
                : Errors.Path(code, request.Target));
        }

        if (state.Leases.WhyNotAway(node!, request.Holder, request.Target) is { } locked)
        {
            return new MetaProtocol.Failed(locked);
        }

        if (!request.SkipTrash && state.Trash.Takes(node!))
        {
            state.Trash.Put(parent, name.ToString(), node!, request.Caller);
        }
        else
        {
            state.Sessions.BeforeRemoval(node!);
            state.Emit(new EntryRemoved(parent.Id, name.ToString(), state.Now.UnixNs));
        }

        Remember(request, OutcomeKind.Done);
        return new MetaProtocol.Done { AtUnixNs = state.Now.UnixNs };
    }

    private bool TryFillIn(FileLayout asked, out FileLayout layout)
    {
        var defaults = state.Policy.DefaultLayout;
        layout = new FileLayout(
            asked.ChunkSizeBytes == 0 ? defaults.ChunkSizeBytes : asked.ChunkSizeBytes,
            asked.Replicas == 0 ? defaults.Replicas : asked.Replicas,
            asked.Placement == PlacementPolicy.Default ? defaults.Placement : asked.Placement,
            asked.Ack == AckPolicy.Default ? defaults.Ack : asked.Ack,
            asked.OnReplicaDown == ReplicaDownPolicy.Default ? defaults.OnReplicaDown : asked.OnReplicaDown);
        return layout.ChunkSizeBytes is >= FileLayout.MinChunkSizeBytes and <= FileLayout.MaxChunkSizeBytes
            && layout.Replicas is >= 1 and <= FileLayout.MaxReplicas
            && Enum.IsDefined(layout.Placement)
            && Enum.IsDefined(layout.Ack)
            && Enum.IsDefined(layout.OnReplicaDown);
    }
}
