// Moves to the trash, puts back, and removes for good what has been there for long enough. Age is by the calendar: it has to count while no meta
// runs, too.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>The trash.</summary>
internal sealed class TrashCommands(MetaState state)
{
    private const int IntervalMs = 1_000;
    private const int MostPerStep = 200;

    private readonly Namespace _names = state.Durable.Names;
    private long _nextMs;

    /// <summary>True when a removal of the node can be taken back: it is on, and the name is the node's last.</summary>
    internal bool Takes(Inode node) => state.Policy.TrashMs > 0 && (node is DirectoryInode || node.LinkCount == 1);

    internal void Put(DirectoryInode parent, string name, Inode node, Caller caller)
        => state.Emit(new EntryTrashed(
            parent.Id, name, node.Id, Namespace.PathOf(parent).TrimEnd('/') + "/" + name, caller.Uid, state.Now.UnixNs));

    /// <summary>Removes for good what is old enough.</summary>
    internal void Tick()
    {
        if (state.Now.Ms < _nextMs)
        {
            return;
        }

        _nextMs = state.Now.Ms + IntervalMs;
        for (var left = MostPerStep; left > 0 && _names.OldestTrash is { } oldest && oldest.AtUnixNs + AgeNs <= state.Now.UnixNs; left--)
        {
            Expunge(oldest.Inode);
        }
    }

    internal MetaProtocol.Reply List(MetaProtocol.ListTrash request)
    {
        if (request.Limit is < 1 or > MetaProtocol.MaxPage)
        {
            return new MetaProtocol.Failed(Errors.Argument("The limit", $"1 to {MetaProtocol.MaxPage} entries"));
        }

        var entries = new List<MetaProtocol.TrashEntry>();
        var bytes = 0;
        foreach (var (inode, trashed) in _names.Trash)
        {
            if (inode.Value <= request.After.Value || !IsHis(trashed, request.Caller))
            {
                continue;
            }

            if (entries.Count == request.Limit || bytes > Queries.MaxPageBytes)
            {
                return new MetaProtocol.TrashPage(entries, true);
            }

            bytes += 200 + (trashed.Path.Length * 3);
            entries.Add(EntryOf(inode, trashed));
        }

        return new MetaProtocol.TrashPage(entries, false);
    }

    /// <summary>The entry that a request means, or why there is none.</summary>
    internal DfsError? Find(MetaProtocol.Undelete request, out Inode node)
    {
        node = null!;
        var found = _names.Trash
            .Where(t => (request.Inode == t.Key || (request.Inode.Value == 0 && t.Value.Path == request.Path)) && IsHis(t.Value, request.Caller))
            .OrderBy(t => t.Value.AtUnixNs)
            .LastOrDefault();
        if (found.Key.Value == 0)
        {
            return new DfsError(
                DfsErrorCode.FileNotFound, $"Nothing that was removed from '{request.Path}' is in the trash (any more), or somebody else has removed it. See 'dfs trash list'.");
        }

        node = _names.Find(found.Key)!;
        return null;
    }

    /// <summary>Where it was.</summary>
    internal string PathOf(Inode node) => _names.Trash[node.Id].Path;

    internal MetaProtocol.TrashPage Empty(MetaProtocol.EmptyTrash request)
    {
        var gone = _names.Trash.Where(t => IsHis(t.Value, request.Caller)).Take(MostPerStep).Select(t => (t.Key, Entry: EntryOf(t.Key, t.Value))).ToArray();
        foreach (var (inode, _) in gone)
        {
            Expunge(inode);
        }

        return new MetaProtocol.TrashPage([.. gone.Select(g => g.Entry)], gone.Length == MostPerStep);
    }

    private long AgeNs => state.Policy.TrashMs * 1_000_000;

    private static bool IsHis(Trashed trashed, Caller caller) => Permissions.IsSuperuser(caller) || trashed.Uid == caller.Uid;

    private void Expunge(InodeId inode)
    {
        state.Sessions.BeforeRemoval(_names.Find(inode)!);
        state.Emit(new TrashExpunged(inode, state.Now.UnixNs));
    }

    private MetaProtocol.TrashEntry EntryOf(InodeId inode, Trashed trashed)
        => new(trashed.Path, Namespace.StatusOf(_names.Find(inode)!), trashed.AtUnixNs, trashed.AtUnixNs + AgeNs, trashed.Uid);
}

internal sealed partial class FileCommands
{
    private MetaProtocol.Reply Undelete(MetaProtocol.Undelete request)
    {
        if (state.Trash.Find(request, out var node) is { } missing)
        {
            return new MetaProtocol.Failed(missing);
        }

        var target = PathRef.Absolute(request.To.Length > 0 ? request.To : state.Trash.PathOf(node));
        var code = _names.ResolveParent(target, request.Caller, out var parent, out var name);
        var isMissing = code == DfsErrorCode.FileNotFound;
        code = code != DfsErrorCode.None ? code
            : parent.Children.Find(name) is not null ? DfsErrorCode.AlreadyExists
            : Permissions.MayAdd(parent, request.Caller);
        if (code != DfsErrorCode.None && !isMissing)
        {
            return new MetaProtocol.Failed(Errors.Path(code, target));
        }

        var error = isMissing ? null : state.Quotas.WhyNotMove(parent, node);
        error ??= Namespace.CheckNewName(name) ?? (isMissing ? MakeParents(target, request.Caller, out parent) : null);
        if (error is not null)
        {
            return new MetaProtocol.Failed(error);
        }

        state.Emit(new TrashRestored(node.Id, parent.Id, name.ToString(), state.Now.UnixNs));
        Remember(request, OutcomeKind.Status, node.Id);
        return new MetaProtocol.StatusReply(Namespace.StatusOf(node));
    }
}
