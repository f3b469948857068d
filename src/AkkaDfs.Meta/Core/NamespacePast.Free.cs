// What no snapshot sees any more is forgotten, some at a time, in order of nodes and names: where to go on is told by the event, so
// that a replay does the same. Chunks that nothing else names are freed with it.

using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

internal sealed partial class Namespace
{
    private readonly List<InodeId> _emptied = [];

    /// <summary>Where the walk of the last <see cref="PastFreed"/> ended; inode 0 when it was through.</summary>
    public (InodeId Inode, string Name) FreedUpTo { get; private set; }

    internal void Apply(PastFreed freed)
    {
        var left = freed.Count;
        FreedUpTo = default;
        foreach (var past in _past.From(freed.From.Value))
        {
            var after = past.Id == freed.From ? freed.After : string.Empty;
            if (left <= 0)
            {
                FreedUpTo = (past.Id, string.Empty);
                break;
            }

            if (after.Length == 0)
            {
                left -= 1 + past.States.Count;
                FreeStates(past);
            }

            if (!FreeEntries(past, after, ref left))
            {
                break;
            }

            if (past is { States.Count: 0, Entries: null or { Count: 0 } } && NewestUpTo(past.Covered) == 0)
            {
                _emptied.Add(past.Id);
            }
        }

        _emptied.ForEach(i => _past.Remove(i.Value));
        _emptied.Clear();
    }

    // Chunks that a file has lost: those that a snapshot sees stay.
    private void FreeOrKeep(Chunk chunk)
    {
        if (PastHolderOf(chunk) is { } holder)
        {
            chunk.File = holder;
        }
        else
        {
            Freed.Add(chunk);
        }
    }

    private void FreeStates(Past past)
    {
        for (var at = past.States.Count - 1; at >= 0; at--)
        {
            var state = past.States[at];
            if (IsSeen(past.Id, state.From, state.Upto))
            {
                continue;
            }

            past.States.RemoveAt(at);
            for (var i = 0; i < ((state.Node as FileInode)?.Allocated ?? 0); i++)
            {
                var chunk = ((FileInode)state.Node).At(i);
                if (!(Find(past.Id) is FileInode living && ReferenceEquals(living.Find(chunk.Index), chunk)))
                {
                    FreeOrKeep(chunk);
                }
            }
        }
    }

    // False when the count is up before the last name.
    private bool FreeEntries(Past past, string after, ref int left)
    {
        if (past.Entries is not { Count: > 0 } entries)
        {
            return true;
        }

        var gone = new List<string>();
        var cursor = entries.After(after);
        while (cursor.Next(out var name, out var known))
        {
            if (left-- <= 0)
            {
                break;
            }

            after = name;
            known.RemoveAll(e => !IsSeen(past.Id, e.From, e.Upto));
            if (known.Count == 0)
            {
                gone.Add(name);
            }
        }

        gone.ForEach(n => entries.Remove(n));
        if (left < 0)
        {
            // No name is as small as this one: the states are done.
            FreedUpTo = (past.Id, after.Length == 0 ? "\0" : after);
        }

        return left >= 0;
    }

    // True when one of the snapshots after `from` up to `upto` sees the node.
    private bool IsSeen(InodeId inode, uint from, uint upto)
    {
        foreach (var (number, snapshot) in _snapshots)
        {
            if (number > upto)
            {
                break;
            }

            if (number > from && IsIn(inode, snapshot))
            {
                return true;
            }
        }

        return false;
    }

    // Goes up the tree of the past. Every state that the snapshot sees is there; when one is not, this may be a way that the snapshot
    // does not see, and nothing is forgotten on a guess.
    private bool IsIn(InodeId inode, Snapshot snapshot)
    {
        var open = new Stack<InodeId>([inode]);
        while (open.TryPop(out var at))
        {
            if (at == snapshot.Directory)
            {
                return true;
            }

            if (_past.Find(at.Value)?.StateAt(snapshot.Number) is { } state)
            {
                foreach (var parent in state.Parents)
                {
                    open.Push(parent);
                }
            }
            else if (Find(at) is { } living)
            {
                if (living.Parent is { } parent)
                {
                    open.Push(parent.Id);
                }

                foreach (var (further, _) in _further.GetValueOrDefault(at) ?? [])
                {
                    open.Push(further.Id);
                }
            }
            else if (at != TrashId)
            {
                return true;
            }
        }

        return false;
    }
}
