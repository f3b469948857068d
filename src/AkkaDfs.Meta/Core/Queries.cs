// Requests that only look, and the one that looks for what can be repaired.

using System.Diagnostics;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Answers requests that change nothing.</summary>
internal sealed partial class Queries(MetaState state)
{
    /// <summary>Estimated size at which a page ends, well below the largest frame of the transport.</summary>
    internal const int MaxPageBytes = 1024 * 1024;

    private const int EntryBytes = 150;
    private const int ChunkBytes = 60;
    private const int ReplicaBytes = 60;

    private readonly Namespace _names = state.Durable.Names;

    internal MetaProtocol.Reply Answer(MetaProtocol.Request request) => request switch
    {
        MetaProtocol.GetStatus r => Status(r),
        MetaProtocol.GetChunks r => Chunks(r),
        MetaProtocol.ListDirectory r => List(r),
        MetaProtocol.GetQuota r => state.Quotas.Get(r),
        MetaProtocol.ListTrash r => state.Trash.List(r),
        MetaProtocol.ListSnapshots r => state.Snapshots.List(r),
        MetaProtocol.GetLeases r => state.Leases.List(r),
        MetaProtocol.GetXattr r => Xattr(r),
        MetaProtocol.ListXattr r => Xattrs(r),
        MetaProtocol.GetCluster => new MetaProtocol.ClusterReply(Cluster()),
        MetaProtocol.GetTracker r => Walk(r, r.Target, r.Limit, top => new TrackerWalk(state, r.Limit, r.Caller).Page(top, r.After)),
        MetaProtocol.InspectChunks r => Walk(r, r.Target, r.Limit, top => new InspectionWalk(state, r.Limit, r.OnlyTroubled, r.Caller).Page(top, r.After)),
        _ => throw new UnreachableException(request.GetType().Name),
    };

    private MetaProtocol.Reply Status(MetaProtocol.GetStatus request)
    {
        var code = _names.Resolve(request.Target, request.FollowLink, request.Caller, out var node);
        if (code != DfsErrorCode.None)
        {
            return new MetaProtocol.Failed(Errors.Path(code, request.Target));
        }

        return state.CheckAccess(node, request, request.Access, request.Target) is { } error
            ? new MetaProtocol.Failed(error)
            : new MetaProtocol.StatusReply(Namespace.StatusOf(node));
    }

    private MetaProtocol.Reply List(MetaProtocol.ListDirectory request)
    {
        var code = _names.Resolve(request.Target, true, request.Caller, out var node);
        code = code != DfsErrorCode.None ? code
            : node is not DirectoryInode ? DfsErrorCode.NotADirectory
            : !Permissions.Allows(node, request.Caller, Permissions.Read) ? DfsErrorCode.PermissionDenied
            : code;
        if (code != DfsErrorCode.None)
        {
            return new MetaProtocol.Failed(Errors.Path(code, request.Target));
        }

        if (request.Limit is < 1 or > MetaProtocol.MaxPage)
        {
            return new MetaProtocol.Failed(LimitError(request.Limit));
        }

        var entries = new List<MetaProtocol.DirectoryEntry>();
        var bytes = 0;
        foreach (var (name, child) in _names.EntriesAfter((DirectoryInode)node, request.After))
        {
            if (entries.Count == request.Limit || bytes > MaxPageBytes)
            {
                return new MetaProtocol.DirectoryPage(entries, true);
            }

            bytes += EntryBytes + (name.Length * 3);
            entries.Add(new MetaProtocol.DirectoryEntry(name, Namespace.StatusOf(child)));
        }

        return new MetaProtocol.DirectoryPage(entries, false);
    }

    private MetaProtocol.Reply Chunks(MetaProtocol.GetChunks request)
    {
        var code = _names.Resolve(request.Target, true, request.Caller, out var node);
        code = code != DfsErrorCode.None ? code : node is DirectoryInode ? DfsErrorCode.IsADirectory : DfsErrorCode.None;
        if (code != DfsErrorCode.None)
        {
            return new MetaProtocol.Failed(Errors.Path(code, request.Target));
        }

        if (request.Limit is < 1 or > MetaProtocol.MaxPage || request.FirstIndex < -1)
        {
            return new MetaProtocol.Failed(LimitError(request.Limit));
        }

        if (state.CheckAccess(node, request, request.Access, request.Target) is { } error)
        {
            return new MetaProtocol.Failed(error);
        }

        var status = Namespace.StatusOf(node);
        var file = node as FileInode;
        var places = file?.Places ?? 0;
        var first = request.FirstIndex >= 0 ? request.FirstIndex : Math.Max(0, places - 1);
        var end = (int)Math.Min(places, (long)first + request.Limit);
        var chunks = new List<ChunkLocation>(Math.Max(0, end - first));
        var at = file?.LowerBound(first) ?? 0;
        var bytes = 0;
        for (var index = first; index < end; index++)
        {
            if (bytes > MaxPageBytes)
            {
                return new MetaProtocol.ChunksReply(status, chunks, true);
            }

            var isThere = at < file!.Allocated && file.At(at).Index == index;
            var location = isThere ? state.Book.LocationOf(file.At(at++), request.WithPaths) : Hole(file, index);
            bytes += ChunkBytes + location.Replicas.Sum(r => ReplicaBytes + r.Path.Length);
            chunks.Add(location);
        }

        return new MetaProtocol.ChunksReply(status, chunks, end < places);
    }

    private static ChunkLocation Hole(FileInode file, int index) => new()
    {
        Chunk = ChunkId.None, File = file.Id, Index = index, Generation = Generation.Any, ChunkSizeBytes = file.Layout.ChunkSizeBytes,
    };

    internal ClusterStatus Cluster() => new()
    {
        ClusterId = state.Durable.ClusterId,
        MetaAddress = state.Address,
        Epoch = state.Durable.Epoch,
        InSafeMode = state.SafeMode.IsActive,
        SafeModeReason = state.SafeMode.Reason,
        Servers = [.. state.Durable.Servers.All.Select(StatusOf)],
        Files = _names.FileCount,
        Directories = _names.DirectoryCount,
        Chunks = state.Durable.Chunks.Count,
        FullyReplicated = state.Book.CountOf(ChunkHealth.Full),
        UnderReplicated = state.Book.CountOf(ChunkHealth.Under),
        Missing = state.Book.CountOf(ChunkHealth.Missing),
        CopiesInFlight = state.Repair.InFlight,
        CopiesDone = state.Repair.Done,
        CopiesFailed = state.Repair.Failed,
        CopiesQueued = state.Queue.Count,
        RecoveredInMs = state.Repair.EstimateAllMs(state.Queue.Count),
    };

    private ServerStatus StatusOf(Server server)
    {
        var left = server.IsDraining ? ServerModes.CountLeft(state, server) : 0;
        return Basics(server) with
        {
            State = StateOf(server, left),
            LeftChunks = left,
            DrainedInMs = server.IsDraining ? state.Repair.EstimateAllMs(left) : -1,
            MaintenanceLeftMs = server.Mode == ServerMode.Maintenance ? Math.Max(1, server.MaintenanceUntilMs - state.Now.Ms) : 0,
        };
    }

    private static ServerState StateOf(Server server, long left)
        => server.Mode == ServerMode.Maintenance ? ServerState.Maintenance
        : !server.IsAlive ? ServerState.Dead
        : server.IsStopping ? ServerState.Stopping
        : !server.IsDraining ? ServerState.Alive
        : left == 0 && server.HasReported ? ServerState.Drained
        : ServerState.Draining;

    private ServerStatus Basics(Server server) => new()
    {
        IsAlive = server.IsAlive,
        Scrub = server.Scrub,
        Server = server.Id,
        ControlAddress = server.ControlAddress,
        Endpoint = server.Endpoint,
        State = server.IsAlive ? ServerState.Alive : ServerState.Dead,
        SinceHeartbeatMs = state.Now.Ms - server.HeardMs,
        ChunkCount = server.ReportedCount,
        UsedBytes = server.UsedBytes,
        FreeBytes = server.FreeBytes,
        Folders = server.Folders,
    };

    internal MetaProtocol.Reply Repair(MetaProtocol.RepairChunks request)
        => !Permissions.IsSuperuser(request.Caller)
            ? new MetaProtocol.Failed(new DfsError(DfsErrorCode.NotPermitted, "Only the superuser orders repairs; they happen by themselves, too. Act as the superuser."))
            : state.SafeMode.IsActive
                ? new MetaProtocol.Failed(Errors.SafeMode(state.SafeMode.Reason))
                : Walk(request, request.Target, request.Limit, top => new RepairWalk(state, request.Limit).Page(top, request.After));

    private MetaProtocol.Reply Walk(MetaProtocol.Request request, PathRef target, int limit, Func<Inode, MetaProtocol.Reply> page)
    {
        if (limit is < 1 or > MetaProtocol.MaxPage)
        {
            return new MetaProtocol.Failed(LimitError(limit));
        }

        var code = _names.Resolve(target, true, request.Caller, out var node);
        return code == DfsErrorCode.None ? page(node) : new MetaProtocol.Failed(Errors.Path(code, target));
    }

    private static DfsError LimitError(int limit)
        => Errors.Argument($"A page of {limit}", $"a page has 1 to {MetaProtocol.MaxPage} entries, and indexes begin at 0 (-1 for the last)");
}
