// Which directories a request would change something of.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

internal sealed partial class DirectoryHolds
{
    private readonly List<InodeId> _touched = [];

    /// <summary>True when a request has to wait until others have given back what it changes; they are asked to.</summary>
    internal bool MustWait(MetaProtocol.Request request)
    {
        if (request is not MetaProtocol.Mutation || (_table.Count == 0 && !state.Sessions.IsGrace))
        {
            return false;
        }

        _touched.Clear();
        Collect(request);
        return MustWait(request.Through);
    }

    /// <summary>The same for a primary that wants to take writes again.</summary>
    internal bool MustWait(ServerProtocol.ReopenChunk message)
    {
        if (_table.Count == 0 && !state.Sessions.IsGrace)
        {
            return false;
        }

        _touched.Clear();
        Touch(state.Durable.Chunks.Find(message.Chunk)?.File);
        return MustWait(Guid.Empty);
    }

    private bool MustWait(Guid through)
    {
        if (_touched.Count == 0)
        {
            return false;
        }

        // Nobody can be asked for what an earlier meta has granted; its sessions say soon that they believe nothing any more.
        var mustWait = MayBeHeldFromBefore;
        foreach (var directory in _touched)
        {
            mustWait |= IsHeldByOthers(directory, through);
        }

        return mustWait;
    }

    private void Collect(MetaProtocol.Request request)
    {
        switch (request)
        {
            case MetaProtocol.CreateFile r: TouchParent(r.Target, alsoNode: true); break;
            case MetaProtocol.MakeDirectory r: TouchParent(r.Target, alsoNode: false); break;
            case MetaProtocol.MakeSymbolicLink r: TouchParent(r.Target, alsoNode: false); break;
            case MetaProtocol.MakeSpecial r: TouchParent(r.Target, alsoNode: false); break;
            case MetaProtocol.Remove r: TouchParent(r.Target, alsoNode: true); break;
            case MetaProtocol.Rename r:
                TouchParent(r.From, alsoNode: true);
                TouchParent(r.To, alsoNode: true);
                break;
            case MetaProtocol.MakeHardLink r:
                TouchNode(r.Existing, r.FollowLink);
                TouchParent(r.Target, alsoNode: false);
                break;
            case MetaProtocol.SetAttributes r: TouchNode(r.Target, r.FollowLink); break;
            case MetaProtocol.SetXattr r: TouchNode(r.Target, r.FollowLink); break;
            case MetaProtocol.RemoveXattr r: TouchNode(r.Target, r.FollowLink); break;
            case MetaProtocol.TakeLease r: TouchNode(r.Target, followLink: true); break;
            case MetaProtocol.AllocateChunk r: Touch(_names.Find(r.File)); break;
            case MetaProtocol.OpenChunk r: Touch(state.Durable.Chunks.Find(r.Chunk)?.File); break;
            case MetaProtocol.CutFile r: Touch(_names.Find(r.File)); break;
            case MetaProtocol.CompleteFile r: Touch(_names.Find(r.File)); break;
            case MetaProtocol.CompleteFiles r:
                foreach (var file in r.Files)
                {
                    Touch(_names.Find(file.File));
                }

                break;
            case MetaProtocol.Undelete r: TouchParent(PathRef.Absolute(r.To.Length > 0 ? r.To : r.Path), alsoNode: false); break;
        }
    }

    // The directory of a name; where directories on the way are missing (they may be about to be made), the deepest one that is there.
    private void TouchParent(PathRef target, bool alsoNode)
    {
        var path = target.Path;
        while (true)
        {
            var code = _names.ResolveParent(new PathRef(target.Base, path), Caller.Superuser, out var parent, out var name);
            if (code == DfsErrorCode.None)
            {
                _touched.Add(parent.Id);
                if (alsoNode && path.Length == target.Path.Length && parent.Children.Find(name) is { } node)
                {
                    TouchBelow(node);
                }

                return;
            }

            var slash = path.TrimEnd('/').LastIndexOf('/');
            if (code != DfsErrorCode.FileNotFound || slash <= 0)
            {
                return;
            }

            path = path[..slash];
        }
    }

    private void TouchNode(PathRef target, bool followLink)
    {
        if (_names.Resolve(target, followLink, Caller.Superuser, out var node) == DfsErrorCode.None)
        {
            Touch(node);
        }
    }

    private void Touch(Inode? node)
    {
        if (node is DirectoryInode)
        {
            _touched.Add(node.Id);
        }
        else if (node?.Parent is { } parent)
        {
            // With several names, its attributes stand under no hold.
            _touched.Add(parent.Id);
        }
    }

    // What is removed or moved away takes with it what is held below it.
    private void TouchBelow(Inode node)
    {
        if (node is not DirectoryInode top)
        {
            Touch(node);
            return;
        }

        _touched.Add(top.Id);
        if (top.Children.Count > 0)
        {
            _touched.AddRange(_table.Held.Where(held => held != top.Id && _names.Find(held) is { } inner && Namespace.IsWithin(inner, top)));
        }
    }
}
