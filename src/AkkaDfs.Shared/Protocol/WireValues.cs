// Shared values between records and protobuf. Whatever comes from the wire is checked here before a record is made of it.

using Google.Protobuf;
using Google.Protobuf.Collections;
using W = AkkaDfs.Shared.Protocol.Wire;

namespace AkkaDfs.Shared.Protocol;

internal static class WireValues
{
    internal static W.Error ToWire(DfsError error)
        => new()
        {
            Code = (int)error.Code, Message = error.Message, RetryAfterMs = error.RetryAfterMs, Holder = error.Holder, UntilUnixNs = error.UntilUnixNs,
        };

    internal static DfsError FromWire(W.Error? error)
        => new((DfsErrorCode)(error?.Code ?? (int)DfsErrorCode.Internal), error?.Message ?? string.Empty, error?.RetryAfterMs ?? 0)
        {
            Holder = error?.Holder ?? string.Empty, UntilUnixNs = error?.UntilUnixNs ?? 0,
        };

    internal static ByteString ToWire(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        return ByteString.CopyFrom(bytes);
    }

    internal static Guid GuidFromWire(ByteString bytes) => bytes.Length switch
    {
        0 => Guid.Empty,
        16 => new Guid(bytes.Span, bigEndian: true),
        _ => throw new FormatException($"an identity has {bytes.Length} bytes instead of 16"),
    };

    internal static ByteString TextToWire(string text) => UnsafeByteOperations.UnsafeWrap(PathText.ToBytes(text));

    internal static string TextFromWire(ByteString bytes) => PathText.FromBytes(bytes.Span);

    internal static W.Path ToWire(PathRef path) => new() { Base = path.Base.Value, Path_ = TextToWire(path.Path) };

    internal static PathRef FromWire(W.Path? path)
        => path is null ? PathRef.Of(InodeId.Root) : new PathRef(new InodeId(path.Base), TextFromWire(path.Path_));

    internal static W.RequestHead HeadToWire(MetaProtocol.Request request)
    {
        var head = new W.RequestHead { DeadlineMs = request.DeadlineMs, Holder = request.Holder };
        if (!ReferenceEquals(request.Caller, Caller.Superuser))
        {
            head.Caller = new W.CallerIdentity { Uid = request.Caller.Uid, Gid = request.Caller.Gid };
            head.Caller.Groups.AddRange(request.Caller.Groups);
        }

        if (request is MetaProtocol.Mutation mutation && mutation.Operation != OperationId.None)
        {
            head.Operation = new W.OperationIdentity { Client = ToWire(mutation.Operation.Client), Counter = mutation.Operation.Counter };
            head.AnsweredBelow = mutation.AnsweredBelow;
        }

        if (request.Through != Guid.Empty)
        {
            head.Through = ToWire(request.Through);
        }

        return head;
    }

    internal static T WithHead<T>(T request, W.RequestHead? head)
        where T : MetaProtocol.Request
        => request with
        {
            Caller = FromWire(head?.Caller), DeadlineMs = head?.DeadlineMs ?? 0, Holder = head?.Holder ?? string.Empty, Through = head is null ? Guid.Empty : GuidFromWire(head.Through),
        };

    internal static T WithOperation<T>(T request, W.RequestHead? head)
        where T : MetaProtocol.Mutation
    {
        var operation = head?.Operation is { } id ? new OperationId(GuidFromWire(id.Client), id.Counter) : OperationId.None;
        return WithHead(request, head) with { Operation = operation, AnsweredBelow = head?.AnsweredBelow ?? 0 };
    }

    internal static W.Layout ToWire(FileLayout layout) => new()
    {
        ChunkSizeBytes = layout.ChunkSizeBytes,
        Replicas = layout.Replicas,
        Placement = (int)layout.Placement,
        Ack = (int)layout.Ack,
        OnReplicaDown = (int)layout.OnReplicaDown,
    };

    internal static FileLayout FromWire(W.Layout? layout) => layout is null
        ? FileLayout.Default
        : new FileLayout(
            layout.ChunkSizeBytes,
            layout.Replicas,
            (PlacementPolicy)layout.Placement,
            (AckPolicy)layout.Ack,
            (ReplicaDownPolicy)layout.OnReplicaDown);

    internal static W.Node ToWire(FileStatus status) => new()
    {
        Inode = status.Inode.Value,
        Kind = (int)status.Kind,
        Mode = status.Mode,
        Uid = status.Uid,
        Gid = status.Gid,
        LinkCount = status.LinkCount,
        LengthBytes = status.LengthBytes,
        LengthIsExact = status.LengthIsExact,
        AccessedUnixNs = status.AccessedUnixNs,
        ModifiedUnixNs = status.ModifiedUnixNs,
        ChangedUnixNs = status.ChangedUnixNs,
        MappingUpdatedUnixNs = status.MappingUpdatedUnixNs,
        Layout = ToWire(status.Layout),
        ChunkCount = status.ChunkCount,
        LinkTarget = TextToWire(status.LinkTarget),
        Device = status.Device,
    };

    internal static FileStatus FromWire(W.Node node) => new()
    {
        Inode = new InodeId(node.Inode),
        Kind = (NodeKind)node.Kind,
        Mode = node.Mode,
        Uid = node.Uid,
        Gid = node.Gid,
        LinkCount = node.LinkCount,
        LengthBytes = node.LengthBytes,
        LengthIsExact = node.LengthIsExact,
        AccessedUnixNs = node.AccessedUnixNs,
        ModifiedUnixNs = node.ModifiedUnixNs,
        ChangedUnixNs = node.ChangedUnixNs,
        MappingUpdatedUnixNs = node.MappingUpdatedUnixNs,
        Layout = FromWire(node.Layout),
        ChunkCount = node.ChunkCount,
        LinkTarget = TextFromWire(node.LinkTarget),
        Device = node.Device,
    };

    internal static W.Endpoint ToWire(DataEndpoint endpoint) => new() { Host = endpoint.Host ?? string.Empty, Port = endpoint.Port };

    internal static DataEndpoint FromWire(W.Endpoint? endpoint)
        => endpoint is null ? new DataEndpoint(string.Empty, 0) : new DataEndpoint(endpoint.Host, endpoint.Port);

    internal static W.Replica ToWire(ReplicaLocation replica)
        => new() { Server = replica.Server.Value, Endpoint = ToWire(replica.Endpoint), State = (int)replica.State, Path = replica.Path };

    internal static ReplicaLocation FromWire(W.Replica replica)
        => new(new ServerId(replica.Server), FromWire(replica.Endpoint), (ReplicaState)replica.State, replica.Path);

    internal static IReadOnlyList<ReplicaLocation> FromWire(RepeatedField<W.Replica> replicas)
    {
        if (replicas.Count > 4 * FileLayout.MaxReplicas)
        {
            throw new FormatException($"a chunk lists {replicas.Count} replicas");
        }

        return Map(replicas, FromWire);
    }

    internal static W.Chunk ToWire(ChunkLocation chunk)
    {
        var wire = new W.Chunk
        {
            Chunk_ = chunk.Chunk.Value,
            File = chunk.File.Value,
            Index = chunk.Index,
            Generation = chunk.Generation.Value,
            ChunkSizeBytes = chunk.ChunkSizeBytes,
            LengthBytes = chunk.LengthBytes,
            IsOpen = chunk.IsOpen,
        };
        AddAll(wire.Replicas, chunk.Replicas, ToWire);
        return wire;
    }

    internal static ChunkLocation FromWire(W.Chunk chunk) => new()
    {
        Chunk = new ChunkId(chunk.Chunk_),
        File = new InodeId(chunk.File),
        Index = chunk.Index,
        Generation = new Generation(chunk.Generation),
        ChunkSizeBytes = chunk.ChunkSizeBytes,
        LengthBytes = chunk.LengthBytes,
        IsOpen = chunk.IsOpen,
        Replicas = FromWire(chunk.Replicas),
    };

    internal static W.Server ToWire(ServerStatus server)
    {
        var wire = new W.Server
        {
            Server_ = server.Server.Value,
            ControlAddress = server.ControlAddress,
            Endpoint = ToWire(server.Endpoint),
            State = (int)server.State,
            SinceHeartbeatMs = server.SinceHeartbeatMs,
            ChunkCount = server.ChunkCount,
            UsedBytes = server.UsedBytes,
            FreeBytes = server.FreeBytes,
            IsAlive = server.IsAlive,
            LeftChunks = server.LeftChunks,
            DrainedInMs = server.DrainedInMs,
            MaintenanceLeftMs = server.MaintenanceLeftMs,
            Scrub = ToWire(server.Scrub),
        };
        wire.Folders.AddRange(server.Folders);
        return wire;
    }

    internal static ServerStatus FromWire(W.Server server) => new()
    {
        Server = new ServerId(server.Server_),
        ControlAddress = server.ControlAddress,
        Endpoint = FromWire(server.Endpoint),
        State = (ServerState)server.State,
        SinceHeartbeatMs = server.SinceHeartbeatMs,
        ChunkCount = server.ChunkCount,
        UsedBytes = server.UsedBytes,
        FreeBytes = server.FreeBytes,
        Folders = [.. server.Folders],
        IsAlive = server.IsAlive,
        LeftChunks = server.LeftChunks,
        DrainedInMs = server.DrainedInMs,
        MaintenanceLeftMs = server.MaintenanceLeftMs,
        Scrub = FromWire(server.Scrub),
    };

    internal static W.Scrub ToWire(in ScrubStatus scrub) => new()
    {
        PassStartedMs = scrub.PassStartedMs,
        PassBytes = scrub.PassBytes,
        PassBadBlocks = scrub.PassBadBlocks,
        LastPassStartedMs = scrub.LastPassStartedMs,
        LastPassEndedMs = scrub.LastPassEndedMs,
        LastPassBadBlocks = scrub.LastPassBadBlocks,
        Passes = scrub.Passes,
    };

    internal static ScrubStatus FromWire(W.Scrub? w) => w is null ? default : new ScrubStatus(
        w.PassStartedMs, w.PassBytes, w.PassBadBlocks, w.LastPassStartedMs, w.LastPassEndedMs, w.LastPassBadBlocks, w.Passes);

    internal static TOut[] Map<TIn, TOut>(RepeatedField<TIn> values, Func<TIn, TOut> convert)
    {
        var result = new TOut[values.Count];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = convert(values[i]);
        }

        return result;
    }

    internal static void AddAll<TIn, TOut>(RepeatedField<TOut> target, IReadOnlyList<TIn> values, Func<TIn, TOut> convert)
    {
        target.Capacity = values.Count;
        for (var i = 0; i < values.Count; i++)
        {
            target.Add(convert(values[i]));
        }
    }

    private static Caller FromWire(W.CallerIdentity? caller)
        => caller is null ? Caller.Superuser
            : caller.Groups.Count <= Caller.MaxGroups ? new Caller(caller.Uid, caller.Gid, [.. caller.Groups])
            : throw new FormatException($"a caller has {caller.Groups.Count} groups");
}
