// Takes, lists and removes snapshots. A snapshot is taken in one event, at a moment at which no writer below the directory has the right
// to acknowledge anything: what was acknowledged is in it, and whatever comes later has to ask meta first.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Answers requests about snapshots.</summary>
internal sealed class SnapshotCommands(MetaState state)
{
    private readonly Namespace _names = state.Durable.Names;
    private (InodeId Inode, string Name) _freedUpTo;
    private bool _isFreeing;

    /// <summary>To be called when meta begins to act: what a removed snapshot has left may not be freed yet.</summary>
    internal void Start() => BeginFreeing();

    /// <summary>Frees some of what no snapshot sees any more.</summary>
    internal void Tick()
    {
        if (_isFreeing && _names.HasPast)
        {
            state.Emit(new PastFreed(_freedUpTo.Inode, _freedUpTo.Name, state.Policy.FreeNodesPerStep));
            _freedUpTo = _names.FreedUpTo;
            _isFreeing = _freedUpTo.Inode.Value != 0;
        }
    }

    /// <summary>Null when the snapshot is there; the caller remembers that.</summary>
    internal DfsError? Create(MetaProtocol.CreateSnapshot request, out InodeId made)
    {
        made = default;
        if (Find(request.Target, request.Caller, out var directory) is { } refused)
        {
            return refused;
        }

        var isTaken = directory.Children.Find(Namespace.SnapshotName) is not null;
        var error = PathText.CheckName(request.Name)
            ?? (isTaken ? new DfsError(DfsErrorCode.AlreadyExists, $"'{request.Target}' has an entry named '{Namespace.SnapshotName}' of its own, which would be hidden. Rename it first.") : null)
            ?? (_names.SnapshotsOf(directory.Id).Any(s => s.Name == request.Name)
                ? new DfsError(DfsErrorCode.AlreadyExists, $"'{request.Target}' has a snapshot '{request.Name}' already. Choose another name.") : null)
            ?? (_names.SnapshotsOf(directory.Id).Count >= MetaProtocol.MaxSnapshots
                ? Errors.Argument("The number of snapshots", $"a directory has at most {MetaProtocol.MaxSnapshots}; delete some of them") : null)
            ?? (_names.NextSnapshot > PastIds.MaxNumber || _names.NextInode.Value > PastIds.MaxInode
                ? new DfsError(DfsErrorCode.NotSupported, "All numbers of snapshots, or of nodes in them, have been used. Nothing can be done about that.") : null)
            ?? (state.SafeMode.IsActive ? Errors.SafeMode(state.SafeMode.Reason) : null)
            ?? state.Seals.WhyNotSealed(directory);
        if (error is not null)
        {
            return error;
        }

        var number = _names.NextSnapshot;
        state.Emit(new SnapshotTaken(number, directory.Id, request.Name, _names.NextInode, request.Caller.Uid, state.Now.UnixNs));
        state.Seals.Release(directory);
        made = PastIds.Of(number, directory.Id);
        return null;
    }

    /// <summary>Null when the snapshot is gone.</summary>
    internal DfsError? Delete(MetaProtocol.DeleteSnapshot request)
    {
        if (Find(request.Target, request.Caller, out var directory) is { } refused)
        {
            return refused;
        }

        if (_names.SnapshotsOf(directory.Id).FirstOrDefault(s => s.Name == request.Name) is not { } snapshot)
        {
            return new DfsError(DfsErrorCode.FileNotFound, $"'{request.Target}' has no snapshot '{request.Name}'. See 'dfs snapshot list'.");
        }

        state.Emit(new SnapshotRemoved(snapshot.Number, state.Now.UnixNs));
        BeginFreeing();
        return null;
    }

    internal MetaProtocol.Reply List(MetaProtocol.ListSnapshots request)
    {
        var code = _names.Resolve(request.Target, true, request.Caller, out var node);
        code = code != DfsErrorCode.None ? code
            : node is not DirectoryInode ? DfsErrorCode.NotADirectory
            : Permissions.Allows(node, request.Caller, Permissions.Read) ? code
            : DfsErrorCode.PermissionDenied;
        return code == DfsErrorCode.None
            ? new MetaProtocol.SnapshotList([.. _names.SnapshotsOf(node.Id).Select(s => new MetaProtocol.SnapshotEntry(s.Name, s.AtUnixNs, s.Uid))])
            : new MetaProtocol.Failed(Errors.Path(code, request.Target));
    }

    private void BeginFreeing() => (_isFreeing, _freedUpTo) = (true, (default, string.Empty));

    private DfsError? Find(PathRef target, Caller caller, out DirectoryInode directory)
    {
        var code = _names.Resolve(target, true, caller, out var node);
        directory = (node as DirectoryInode)!;
        code = code != DfsErrorCode.None ? code
            : directory is null ? DfsErrorCode.NotADirectory
            : PastIds.IsPast(directory.Id) ? DfsErrorCode.SnapshotReadOnly
            : !_names.IsAttached(directory) ? DfsErrorCode.FileNotFound
            : code;
        return code != DfsErrorCode.None ? Errors.Path(code, target)
            : Permissions.Owns(caller, directory!) ? null
            : Errors.NotPermitted(target, "only its owner takes and deletes its snapshots");
    }
}
