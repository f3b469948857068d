// Takes, ends and enforces leases. An exclusive lease keeps everybody else from opening the file at all, a shared one from opening it for
// writing; neither lets others remove it, replace it or move it. What was opened before stays open, but gets no further chunks to write.

using System.Diagnostics;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>The rules of leases.</summary>
internal sealed class Leases(MetaState state)
{
    /// <summary>Most leases on all files.</summary>
    internal const int MaxLeases = 65_536;

    /// <summary>Most shared leases on one file.</summary>
    internal const int MaxPerFile = 1_024;

    private const int CheckIntervalMs = 250;

    private readonly LeaseTable _table = state.Durable.Leases;
    private readonly Namespace _names = state.Durable.Names;
    private long _nextCheckMs;

    /// <summary>Meta begins to act: what is left of each lease goes on.</summary>
    internal void Start()
    {
        foreach (var lease in _table.Files.SelectMany(_table.Of))
        {
            lease.UntilMs = state.Now.Ms + Math.Clamp((lease.UntilUnixNs - state.Now.UnixNs) / 1_000_000, 0, MetaProtocol.MaxLeaseMs);
        }
    }

    /// <summary>Ends what is over.</summary>
    internal void Tick()
    {
        if (_table.Count == 0 || state.Now.Ms < _nextCheckMs)
        {
            return;
        }

        _nextCheckMs = state.Now.Ms + CheckIntervalMs;
        foreach (var file in _table.Files.ToArray())
        {
            foreach (var lease in _table.Of(file).Where(IsOver).ToArray())
            {
                state.Emit(new LeaseEnded(file, lease.Holder, state.Now.UnixNs));
            }
        }
    }

    /// <summary>Why somebody may not open a file, or null.</summary>
    internal DfsError? WhyNot(Inode node, string holder, MetaProtocol.Access access, PathRef path)
    {
        if (_table.Count == 0)
        {
            return null;
        }

        var wantsContent = (access & MetaProtocol.Access.ReadWrite) != 0;
        var wantsWrite = (access & MetaProtocol.Access.Write) != 0;
        var other = _table.Of(node.Id).FirstOrDefault(l => !IsOver(l) && l.Holder != holder && (l.IsShared ? wantsWrite : wantsContent));
        return other is null ? null : Locked(path, other);
    }

    /// <summary>Why somebody may not take a node and all that is below it away, or null.</summary>
    internal DfsError? WhyNotAway(Inode node, string holder, PathRef path)
    {
        if (_table.Count == 0)
        {
            return null;
        }

        var files = node is DirectoryInode top
            ? _table.Files.Where(f => _names.Find(f) is { } leased && Namespace.IsWithin(leased, top))
            : [node.Id];
        var other = files.SelectMany(_table.Of).FirstOrDefault(l => !IsOver(l) && l.Holder != holder);
        return other is null ? null : Locked(path, other);
    }

    /// <summary>The leases on a node that are not over.</summary>
    internal IReadOnlyList<UserLease> LiveOn(Inode node) => _table.Count == 0 ? [] : [.. _table.Of(node.Id).Where(l => !IsOver(l))];

    /// <summary>Gives leases to the file that has taken the place of theirs.</summary>
    internal void Carry(IReadOnlyList<UserLease> leases, Inode to)
    {
        foreach (var lease in to is FileInode ? leases : [])
        {
            state.Emit(new LeaseTaken(to.Id, lease.Holder, lease.IsShared, lease.UntilUnixNs, state.Now.UnixNs));
            _table.Of(to.Id)[^1].UntilMs = lease.UntilMs;
        }
    }

    internal MetaProtocol.Reply Take(MetaProtocol.TakeLease request)
    {
        if (request.Holder.Length is 0 or > MetaProtocol.MaxHolder || request.LengthMs is < MetaProtocol.MinLeaseMs or > MetaProtocol.MaxLeaseMs)
        {
            return new MetaProtocol.Failed(Errors.Argument(
                $"A lease of '{request.Holder}' for {request.LengthMs} ms",
                $"a holder has 1 to {MetaProtocol.MaxHolder} characters, a lease lasts {MetaProtocol.MinLeaseMs} ms to {MetaProtocol.MaxLeaseMs} ms"));
        }

        if (Find(request.Target, request.Caller, out var file) is { } missing)
        {
            return new MetaProtocol.Failed(missing);
        }

        // As for the use it is taken for: whoever could not open the file keeps nobody else from it. Then: no lease of others that forbids it.
        var access = request.IsShared ? MetaProtocol.Access.Read : MetaProtocol.Access.Write;
        var others = _table.Of(file.Id).Where(l => !IsOver(l) && l.Holder != request.Holder).ToArray();
        var error = Permissions.Allows(file, request.Caller, (uint)access) ? null : Errors.Path(DfsErrorCode.PermissionDenied, request.Target);
        error ??= others.FirstOrDefault(l => !l.IsShared || !request.IsShared) is { } other ? Locked(request.Target, other) : null;
        error ??= _table.Count >= MaxLeases || others.Length >= MaxPerFile ? Errors.TooManyHandles($"{MaxLeases} leases, {MaxPerFile} on one file") : null;
        if (error is not null)
        {
            return new MetaProtocol.Failed(error);
        }

        state.Emit(new LeaseTaken(file.Id, request.Holder, request.IsShared, state.Now.UnixNs + (request.LengthMs * 1_000_000), state.Now.UnixNs));
        var taken = _table.Of(file.Id)[^1];
        taken.UntilMs = state.Now.Ms + request.LengthMs;
        return new MetaProtocol.LeasesReply([InfoOf(taken)]);
    }

    internal MetaProtocol.Reply End(MetaProtocol.EndLease request)
    {
        if (Find(request.Target, request.Caller, out var file) is { } missing)
        {
            return new MetaProtocol.Failed(missing);
        }

        if (request.Force && !Permissions.IsSuperuser(request.Caller))
        {
            return new MetaProtocol.Failed(Errors.NotPermitted(request.Target, "only the superuser ends the leases of others"));
        }

        var ending = _table.Of(file.Id).Where(l => !IsOver(l) && (request.Force || l.Holder == request.Holder)).ToArray();
        if (ending.Length == 0)
        {
            return new MetaProtocol.Failed(new DfsError(
                DfsErrorCode.LeaseNotHeld, $"'{request.Holder}' has no lease on '{request.Target}' (any more): it was over, or never taken. Take it again if it is needed."));
        }

        foreach (var lease in ending)
        {
            state.Emit(new LeaseEnded(file.Id, lease.Holder, state.Now.UnixNs));
        }

        return new MetaProtocol.Done();
    }

    internal MetaProtocol.Reply List(MetaProtocol.GetLeases request)
        => Find(request.Target, request.Caller, out var file) is { } missing
            ? new MetaProtocol.Failed(missing)
            : new MetaProtocol.LeasesReply([.. _table.Of(file.Id).Where(l => !IsOver(l)).Select(InfoOf)]);

    private bool IsOver(UserLease lease) => lease.UntilMs <= state.Now.Ms;

    private MetaProtocol.LeaseInfo InfoOf(UserLease lease) => new(lease.Holder, lease.IsShared, lease.UntilMs - state.Now.Ms, lease.UntilUnixNs);

    private DfsError? Find(PathRef path, Caller caller, out FileInode file)
    {
        var code = _names.Resolve(path, true, caller, out var node);
        file = (node as FileInode)!;
        return code != DfsErrorCode.None ? Errors.Path(code, path)
            : file is not null && PastIds.IsPast(file.Id) ? Errors.Path(DfsErrorCode.SnapshotReadOnly, path)
            : file is not null ? null
            : Errors.Path(node is DirectoryInode ? DfsErrorCode.IsADirectory : DfsErrorCode.NotSupported, path);
    }

    private DfsError Locked(PathRef path, UserLease lease)
    {
        var left = Math.Max(1, lease.UntilMs - state.Now.Ms);
        var kind = lease.IsShared ? "a shared" : "an exclusive";
        return new DfsError(
            DfsErrorCode.FileLocked,
            $"'{path}' is locked: {lease.Holder} has {kind} lease on it for another {(left + 999) / 1000} s. Wait until it is over, or ask its holder for 'dfs unlease'.",
            (int)Math.Min(left, int.MaxValue))
        {
            Holder = lease.Holder, UntilUnixNs = state.Now.UnixNs + (left * 1_000_000),
        };
    }
}
