// Meta's part of the fake: a flat table of paths is enough. Answers each operation id once and repeats the answer.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using M = AkkaDfs.Shared.Protocol.MetaProtocol;

namespace AkkaDfs.Client.Tests.Fakes;

internal sealed class FakeNode(FileStatus status)
{
    public FileStatus Status = status;

    public SortedDictionary<int, FakeChunk> Chunks { get; } = [];
}

internal sealed class FakeMeta(FakeCluster cluster) : IMetaChannel
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, FakeNode> _nodes = new(StringComparer.Ordinal) { ["/"] = Directory(1) };
    private readonly Dictionary<OperationId, M.Reply> _answers = [];
    private ulong _lastInode = 1;

    /// <summary>Looks at each request first: a reply given here is the answer; true as second value drops the answer.</summary>
    public Func<M.Request, (M.Reply? Reply, bool Drop)>? Interfere { get; set; }

    public List<M.Request> Log { get; } = [];

    public IReadOnlyList<string> Seeds => ["fake:1"];

    public bool ReportsExactLengths { get; set; }

    public FakeNode Node(string path)
    {
        lock (_gate)
        {
            return _nodes[path];
        }
    }

    public IReadOnlyList<TRequest> Requests<TRequest>()
    {
        lock (_gate)
        {
            return [.. Log.OfType<TRequest>()];
        }
    }

    public int Count<TRequest>()
    {
        lock (_gate)
        {
            return Log.Count(r => r is TRequest);
        }
    }

    public async Task<M.Reply?> AskAsync(M.Request request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await Task.Yield();
        var (planted, drop) = Interfere?.Invoke(request) ?? default;
        M.Reply reply;
        lock (_gate)
        {
            Log.Add(request);
            reply = planted ?? Answer(request);
        }

        if (drop)
        {
            await Task.Delay(timeout, cancellationToken);
            return null;
        }

        return reply;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static FakeNode Directory(ulong inode) => new(new FileStatus { Inode = new InodeId(inode), Kind = NodeKind.Directory, Mode = 0x41ED, LinkCount = 2 });

    private static M.Failed Fail(DfsErrorCode code, string message = "fake") => new(new DfsError(code, message));

    private static string Normal(PathRef target) => "/" + string.Join('/', target.Path.Split('/', StringSplitOptions.RemoveEmptyEntries));

    private M.Reply Answer(M.Request request)
    {
        if (request is M.Mutation { Operation.Counter: 0 })
        {
            throw new InvalidOperationException("a mutation without an operation id");
        }

        if (request is not M.Mutation mutation)
        {
            return Look(request);
        }

        if (!_answers.TryGetValue(mutation.Operation, out var reply))
        {
            _answers[mutation.Operation] = reply = Change(mutation);
        }

        return reply;
    }

    private M.Reply Look(M.Request request)
    {
        switch (request)
        {
            case M.GetStatus get:
                return Find(get.Target) is { } node ? new M.StatusReply(Fresh(node)) : Fail(DfsErrorCode.FileNotFound);
            case M.ListDirectory list:
                return List(list);
            case M.GetChunks chunks:
                return Find(chunks.Target) is not { } file ? Fail(DfsErrorCode.FileNotFound)
                    : file.Status.Kind != NodeKind.File ? Fail(DfsErrorCode.IsADirectory)
                    : ChunksOf(file, chunks);
            case M.GetCluster:
                return new M.ClusterReply(Cluster());
            case M.GetTracker tracker:
                return Track(tracker);
            default:
                return Fail(DfsErrorCode.NotSupported);
        }
    }

    private M.Reply Change(M.Mutation mutation)
    {
        switch (mutation)
        {
            case M.CreateFile create:
                return Create(create);
            case M.MakeDirectory make:
                return Make(make);
            case M.Remove remove:
                return Remove(remove);
            case M.Rename rename:
                return Rename(rename);
            case M.AllocateChunk allocate:
                var node = _nodes.Values.First(n => n.Status.Inode == allocate.File);
                var last = node.Chunks.Count == 0 ? null : node.Chunks.Values.Last();
                if (allocate.After is { } after && !node.Chunks.ContainsKey(allocate.Index)
                    && (after != (last?.Location.Chunk ?? ChunkId.None) || allocate.Index != (last?.Location.Index ?? -1) + 1))
                {
                    return Fail(DfsErrorCode.ChunkNotFound);
                }

                var place = Chunk(node, allocate.Index).Location;
                return place.Replicas.Count > 0 ? new M.ChunkReply(place, node.Chunks.Keys.Max() + 1) : Fail(DfsErrorCode.NoReplicaAvailable);
            case M.OpenChunk open:
                var chunk = cluster.Chunks[open.Chunk];
                if (open.Suspect != ServerId.None && open.Failed == chunk.Location.Generation)
                {
                    cluster.Reconfigure(chunk, open.Suspect);
                }

                return chunk.Location.Replicas.Count > 0 ? new M.ChunkReply(chunk.Location, chunk.Location.Index + 1) : Fail(DfsErrorCode.NoReplicaAvailable);
            case M.CompleteFile complete:
                return new M.StatusReply(Fresh(_nodes.Values.First(n => n.Status.Inode == complete.File)));
            case M.CutFile cut:
                var kept = _nodes.Values.First(n => n.Status.Inode == cut.File);
                foreach (var gone in kept.Chunks.Keys.Where(i => i >= cut.Places).ToArray())
                {
                    kept.Chunks.Remove(gone);
                }

                return new M.StatusReply(Fresh(kept));
            case M.ReportReplica:
                return new M.Done();
            default:
                return Fail(DfsErrorCode.NotSupported);
        }
    }

    private FakeNode? Find(PathRef target)
        => target.Base != InodeId.Root
            ? _nodes.Values.FirstOrDefault(n => n.Status.Inode == target.Base)
            : _nodes.GetValueOrDefault(Normal(target));

    private FakeChunk Chunk(FakeNode node, int index)
    {
        if (!node.Chunks.TryGetValue(index, out var chunk))
        {
            node.Chunks[index] = chunk = cluster.NewChunk(node.Status.Inode, index, node.Status.Layout);
        }

        return chunk;
    }

    private M.Reply Create(M.CreateFile create)
    {
        var path = Normal(create.Target);
        var parent = AkkaDfs.Client.Core.RemotePath.ParentOf(path);
        if (!_nodes.TryGetValue(parent, out var above))
        {
            if (!create.MakeParents)
            {
                return Fail(DfsErrorCode.FileNotFound);
            }

            Make(new M.MakeDirectory(PathRef.Absolute(parent), MakeParents: true));
        }
        else if (above.Status.Kind != NodeKind.Directory)
        {
            return Fail(DfsErrorCode.NotADirectory);
        }

        var exists = _nodes.TryGetValue(path, out var node);
        if (exists && create.Disposition == M.Disposition.CreateNew)
        {
            return Fail(DfsErrorCode.AlreadyExists);
        }

        if (!exists || create.Disposition == M.Disposition.Replace)
        {
            var layout = create.Layout with
            {
                ChunkSizeBytes = create.Layout.ChunkSizeBytes == 0 ? cluster.Layout.ChunkSizeBytes : create.Layout.ChunkSizeBytes,
                Replicas = create.Layout.Replicas == 0 ? cluster.Layout.Replicas : create.Layout.Replicas,
            };
            _nodes[path] = node = new FakeNode(new FileStatus
            {
                Inode = new InodeId(++_lastInode), Kind = NodeKind.File, Mode = 0x8000 | create.Mode, LinkCount = 1, Layout = layout,
            });
        }

        var first = create.AllocateFirst ? Chunk(node!, 0).Location : null;
        return new M.FileOpened(Fresh(node!), first, !exists);
    }

    private M.Reply Make(M.MakeDirectory make)
    {
        var path = Normal(make.Target);
        if (_nodes.TryGetValue(path, out var there))
        {
            return make.MakeParents && there.Status.Kind == NodeKind.Directory ? new M.StatusReply(there.Status) : Fail(DfsErrorCode.AlreadyExists);
        }

        var parent = AkkaDfs.Client.Core.RemotePath.ParentOf(path);
        if (!_nodes.ContainsKey(parent))
        {
            if (!make.MakeParents)
            {
                return Fail(DfsErrorCode.FileNotFound);
            }

            Make(make with { Target = PathRef.Absolute(parent) });
        }

        _nodes[path] = Directory(++_lastInode);
        return new M.StatusReply(_nodes[path].Status);
    }

    private M.Reply Remove(M.Remove remove)
    {
        var path = Normal(remove.Target);
        if (!_nodes.TryGetValue(path, out _))
        {
            return Fail(DfsErrorCode.FileNotFound);
        }

        var below = _nodes.Keys.Where(k => k.StartsWith(path + "/", StringComparison.Ordinal)).ToArray();
        if (below.Length > 0 && !remove.Recursive)
        {
            return Fail(DfsErrorCode.DirectoryNotEmpty);
        }

        foreach (var key in below.Append(path))
        {
            _nodes.Remove(key);
        }

        return new M.Done();
    }

    private M.Reply Rename(M.Rename rename)
    {
        var (from, to) = (Normal(rename.From), Normal(rename.To));
        if (!_nodes.TryGetValue(from, out _))
        {
            return Fail(DfsErrorCode.FileNotFound);
        }

        foreach (var key in _nodes.Keys.Where(k => k == from || k.StartsWith(from + "/", StringComparison.Ordinal)).ToArray())
        {
            _nodes[to + key[from.Length..]] = _nodes[key];
            _nodes.Remove(key);
        }

        return new M.Done();
    }

    private M.Reply List(M.ListDirectory list)
    {
        var directory = Normal(list.Target);
        if (!_nodes.TryGetValue(directory, out var node))
        {
            return Fail(DfsErrorCode.FileNotFound);
        }

        if (node.Status.Kind != NodeKind.Directory)
        {
            return Fail(DfsErrorCode.NotADirectory);
        }

        var entries = _nodes
            .Where(n => n.Key != "/" && AkkaDfs.Client.Core.RemotePath.ParentOf(n.Key) == directory)
            .Select(n => new M.DirectoryEntry(AkkaDfs.Client.Core.RemotePath.NameOf(n.Key), Fresh(n.Value)))
            .Where(e => string.CompareOrdinal(e.Name, list.After) > 0)
            .OrderBy(e => e.Name, StringComparer.Ordinal)
            .ToArray();
        return new M.DirectoryPage([.. entries.Take(list.Limit)], entries.Length > list.Limit);
    }

    private M.ChunksReply ChunksOf(FakeNode file, M.GetChunks request)
    {
        var status = Fresh(file);
        var first = request.FirstIndex < 0 ? Math.Max(0, status.ChunkCount - 1) : request.FirstIndex;
        var last = Math.Min(status.ChunkCount, first + request.Limit);
        var chunks = Enumerable.Range(first, Math.Max(0, last - first)).Select(i => file.Chunks.TryGetValue(i, out var chunk)
            ? chunk.Location with { LengthBytes = chunk.Length }
            : new ChunkLocation { Chunk = ChunkId.None, File = status.Inode, Index = i, Generation = Generation.Any, ChunkSizeBytes = status.Layout.ChunkSizeBytes });
        return new M.ChunksReply(status, [.. chunks], last < status.ChunkCount);
    }

    private FileStatus Fresh(FakeNode node)
    {
        if (node.Status.Kind != NodeKind.File)
        {
            return node.Status;
        }

        var count = node.Chunks.Count == 0 ? 0 : node.Chunks.Keys.Max() + 1;
        var length = count == 0 ? 0 : ((long)(count - 1) * node.Status.Layout.ChunkSizeBytes) + node.Chunks[count - 1].Length;

        // Like the real one, it knows an old length only while the last chunk is open.
        return node.Status with
        {
            ChunkCount = count,
            LengthBytes = ReportsExactLengths ? length : count == 0 ? 0 : (long)(count - 1) * node.Status.Layout.ChunkSizeBytes,
            LengthIsExact = ReportsExactLengths || count == 0,
        };
    }

    private ClusterStatus Cluster() => new()
    {
        ClusterId = Guid.Parse("11111111-2222-3333-4444-555555555555"),
        MetaAddress = "fake:1",
        MetaNodes = [new MetaNodeStatus("fake:1", true), new MetaNodeStatus("fake:2", true), new MetaNodeStatus("fake:3", false)],
        Epoch = new Epoch(7),
        Files = _nodes.Values.Count(n => n.Status.Kind == NodeKind.File),
        Directories = _nodes.Values.Count(n => n.Status.Kind == NodeKind.Directory),
        Chunks = cluster.Chunks.Count,
        FullyReplicated = cluster.Chunks.Count,
        Servers =
        [
            .. cluster.Servers.Select(s => new ServerStatus
            {
                Server = s.Id, ControlAddress = $"fake:{s.Endpoint.Port - 1000}", Endpoint = s.Endpoint, State = s.Mood == ServerMood.Refusing ? ServerState.Dead : ServerState.Alive,
                IsAlive = s.Mood != ServerMood.Refusing,
                SinceHeartbeatMs = 1200, ChunkCount = 3, UsedBytes = 5000, FreeBytes = 1_000_000,
            }),
        ],
    };

    private M.TrackerPage Track(M.GetTracker request)
    {
        var files = _nodes.Where(n => n.Value.Status.Kind == NodeKind.File && string.CompareOrdinal(n.Key, request.After) > 0).Take(request.Limit + 1).ToArray();
        var rows =
            from file in files.Take(request.Limit)
            from chunk in file.Value.Chunks
            from replica in chunk.Value.Location.Replicas
            select new M.TrackerRow(
                file.Key, chunk.Value.Location.Chunk, chunk.Key, chunk.Value.Location.Generation, replica.Server, replica.Endpoint,
                $"/data/{replica.Server}/{chunk.Value.Location.Chunk}.dat", cluster.Server(replica.Server).Mood != ServerMood.Refusing, replica.State);
        return new M.TrackerPage([.. rows], files.Length > request.Limit ? files[request.Limit - 1].Key : string.Empty);
    }
}
