// Holds on directories: what a mount keeps in memory of names and attributes is right because nothing of it changes unasked.
//
// The invariant. A session believes what it holds until it has said that it gave it back, or for HoldMs after it sent an asking that was
// answered. Meta counts from when it heard the session last, which is later. A request that changes anything of what other sessions hold
// is not carried out before they have given it back or their time is over: it is put aside (MetaTurn.MustWait) and tried again from the
// start. So nobody sees a change before those who hold what it changes have stopped believing the old.
//
// Under a hold on a directory stand: its own attributes, its names, and the attributes of those entries that are no directories and
// have one name only. A file that its session has opened under a hold is told to meta before the hold is given back.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Grants holds and asks them back.</summary>
internal sealed partial class DirectoryHolds(MetaState state)
{
    /// <summary>Most directories that one session holds.</summary>
    internal const int MaxPerSession = 16_384;

    /// <summary>Most holds in all.</summary>
    internal const int MaxHolds = 524_288;

    // What was asked back is granted to nobody for a while: where several change the same, asking each time is cheaper.
    private const int CalmMs = 1_000;
    private const int MostCalm = 65_536;

    private const int EpochShift = 32;
    private const int EntryBytes = 500;

    private readonly HoldTable _table = new();
    private readonly Dictionary<InodeId, long> _calmUntilMs = [];
    private readonly Namespace _names = state.Durable.Names;

    /// <summary>Counts what may let a request go on that was put aside.</summary>
    internal long Releases { get; private set; }

    /// <summary>True while a meta before this one may have granted holds that still last.</summary>
    private bool MayBeHeldFromBefore
        => state.Sessions.IsGrace && state.Now.Ms - state.StartedMs < state.Policy.HoldMs && state.Durable.Sessions.All.Any(s => s is { MayHold: true, IsClaimed: false });

    internal MetaProtocol.Reply Hold(Session session, MetaProtocol.HoldDirectory request)
    {
        if (request.Limit is < 0 or > MetaProtocol.MaxPage)
        {
            return new MetaProtocol.Failed(Errors.Argument($"A page of {request.Limit}", $"0 to {MetaProtocol.MaxPage} entries"));
        }

        var target = PathRef.Of(request.Directory);
        if (_names.Find(request.Directory) is not { } node)
        {
            return new MetaProtocol.Failed(Errors.Path(DfsErrorCode.FileNotFound, target));
        }

        if (node is not DirectoryInode directory)
        {
            return new MetaProtocol.Failed(Errors.Path(DfsErrorCode.NotADirectory, target));
        }

        if (!Permissions.Allows(directory, request.Caller, Permissions.Read | Permissions.Execute))
        {
            return new MetaProtocol.Failed(Errors.Path(DfsErrorCode.PermissionDenied, target));
        }

        var isHeld = _names.IsAttached(directory) && TryGrant(session, directory);
        var named = request.Name.Length > 0 ? directory.Children.Find(request.Name) : null;
        var entries = new List<MetaProtocol.HeldEntry>();
        var cursor = directory.Children.After(request.After);
        var bytes = 0;
        var hasMore = false;
        while (cursor.Next(out var name, out var child))
        {
            if (entries.Count == request.Limit || bytes > Queries.MaxPageBytes)
            {
                hasMore = true;
                break;
            }

            bytes += EntryBytes + (name.Length * 3);
            entries.Add(Entry(name, child));
        }

        return new MetaProtocol.HeldDirectory(
            isHeld, Namespace.StatusOf(directory), directory.Parent?.Id ?? directory.Id, named is null ? null : Entry(request.Name, named), entries, hasMore);
    }

    /// <summary>What was given back goes on; a client that waits is answered when there is something to tell, or after a while.</summary>
    /// <returns>Null: it is answered later, see <see cref="TellDrops"/>.</returns>
    internal MetaProtocol.Reply? Await(Session session, MetaProtocol.AwaitDrops request)
    {
        if (request.GivenUp.Count > MetaProtocol.MaxGivenUp)
        {
            return new MetaProtocol.Failed(Errors.Argument($"{request.GivenUp.Count} directories at once", $"at most {MetaProtocol.MaxGivenUp}"));
        }

        if (!session.IsClaimed)
        {
            return new MetaProtocol.Drops(0, [], state.Policy.HoldMs, MustReclaim: true);
        }

        if (request.Heard != 0 && _table.Find(session.Id) is null)
        {
            // It was silent for so long that its holds are over, or they were another meta's: it believes nothing when it asks with 0.
            return new MetaProtocol.Drops(0, [], state.Policy.HoldMs, MustReclaim: true);
        }

        if (!session.MayHold)
        {
            state.Emit(new SessionHolding(session.Id));
        }

        var holds = HoldsOf(session.Id);
        var heard = request.Heard <= holds.Number ? request.Heard : 0;
        foreach (var directory in holds.Directories.Where(d => d.Value > 0 && d.Value <= heard).Select(d => d.Key).Concat(request.GivenUp).ToArray())
        {
            _table.Remove(holds, directory);
            Releases++;
        }

        if (holds.Outstanding > 0 || request.Heard != holds.Number)
        {
            return DropsOf(holds);
        }

        holds.WaitingSinceMs = state.Now.Ms;
        return null;
    }

    /// <summary>A session has ended.</summary>
    internal void End(Guid session)
    {
        if (_table.Find(session) is { WaitingSinceMs: >= 0 })
        {
            state.Do(new TellDrops(session, new MetaProtocol.Drops(0, [], state.Policy.HoldMs, MustReclaim: true)));
        }

        _table.Remove(session);
        Releases++;
    }

    /// <summary>Grants a hold on a directory that was just made by a request of a session's.</summary>
    internal bool TryGrantNew(Guid through, DirectoryInode directory)
        => through != Guid.Empty && state.Durable.Sessions.Find(through) is { } session && TryGrant(session, directory);

    internal void Tick()
    {
        foreach (var holds in _table.Sessions)
        {
            if (holds.WaitingSinceMs >= 0 && state.Now.Ms - holds.WaitingSinceMs >= state.Policy.AwaitDropsMs)
            {
                Tell(holds);
            }
        }

        if (_calmUntilMs.Count > 0)
        {
            foreach (var directory in _calmUntilMs.Where(c => c.Value <= state.Now.Ms).Select(c => c.Key).ToArray())
            {
                _calmUntilMs.Remove(directory);
            }
        }

        // Time alone may have let something go on.
        Releases++;
    }

    private bool TryGrant(Session session, DirectoryInode directory)
    {
        // Who has not begun to ask what is wanted back, or has to begin anew, holds nothing.
        if (_table.Find(session.Id) is not { } holds)
        {
            return false;
        }

        if (holds.Directories.TryGetValue(directory.Id, out var number))
        {
            return number == 0;
        }

        if (!session.IsClaimed || _calmUntilMs.ContainsKey(directory.Id) || holds.Directories.Count >= MaxPerSession || _table.Count >= MaxHolds
            || _table.HoldersOf(directory.Id).Any(h => h.Directories[directory.Id] > 0))
        {
            return false;
        }

        _table.Add(holds, directory.Id);
        return true;
    }

    // Numbers of another meta's term are never mistaken for this one's.
    private SessionHolds HoldsOf(Guid session) => _table.Of(session, state.Durable.Epoch.Value << EpochShift);

    private MetaProtocol.HeldEntry Entry(string name, Inode child)
    {
        var first = child is FileInode file ? file.Find(0) : null;
        return new MetaProtocol.HeldEntry(
            name,
            Namespace.StatusOf(child),
            first is null ? null : state.Book.LocationOf(first),
            child is FileInode && state.Durable.Leases.Of(child.Id).Count == 0,
            _names.XattrsOf(child.Id).Count == 0);
    }

    // True when a holder other than the one who asks has not given a directory back yet; asks it back.
    private bool IsHeldByOthers(InodeId directory, Guid through)
    {
        var isHeld = false;
        foreach (var holds in _table.HoldersOf(directory).ToArray())
        {
            if (holds.Session == through)
            {
                continue;
            }

            if (state.Durable.Sessions.Find(holds.Session) is not { } session || state.Now.Ms - session.HeardMs >= state.Policy.HoldMs)
            {
                // Silent for so long that it believes nothing any more.
                _table.Remove(holds.Session);
                continue;
            }

            isHeld = true;
            Calm(directory);
            if (holds.Directories[directory] == 0)
            {
                holds.Directories[directory] = ++holds.Number;
                holds.Outstanding++;
            }

            if (holds.WaitingSinceMs >= 0)
            {
                Tell(holds);
            }
        }

        return isHeld;
    }

    private void Tell(SessionHolds holds)
    {
        holds.WaitingSinceMs = -1;
        state.Do(new TellDrops(holds.Session, DropsOf(holds)));
    }

    private MetaProtocol.Drops DropsOf(SessionHolds holds)
        => new(holds.Number, holds.Outstanding == 0 ? [] : [.. holds.Directories.Where(d => d.Value > 0).Select(d => d.Key)], state.Policy.HoldMs, MustReclaim: false);

    private void Calm(InodeId directory)
    {
        if (_calmUntilMs.Count < MostCalm)
        {
            _calmUntilMs[directory] = state.Now.Ms + CalmMs;
        }
    }
}
