// Where the chunks of one open file are: a bounded cache in front of meta. Readers get locations page by page; writers get
// one chunk at a time, opened by meta for writing. A location that failed is given back with its generation, so that many
// callers that failed together cause one request.

using AkkaDfs.Client.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Files;

/// <summary>Locations of one file. Thread-safe.</summary>
internal sealed class FileLocations
{
    private const int Capacity = 4096;
    private const int PageChunks = 256;

    private readonly ClientContext _context;
    private readonly InodeId _file;
    private readonly Lock _gate = new();
    private readonly LocationCache _cache = new(Capacity);
    private readonly SingleFlight<int, bool> _pages = new();
    private readonly SingleFlight<(int Index, ChunkId? After, ReplicaDownPolicy OnReplicaDown), ChunkLocation> _allocations = new();
    private readonly SingleFlight<(ChunkId Chunk, Generation Failed, ReplicaDownPolicy OnReplicaDown), ChunkLocation> _openings = new();
    private int _lastIndex;
    private int _growth;

    public FileLocations(ClientContext context, FileStatus status, IReadOnlyList<ChunkLocation> known, bool openForWriting)
    {
        _context = context;
        _file = status.Inode;
        _lastIndex = -1;
        Learn(status, known, openForWriting);
    }

    /// <summary>Index of the last chunk as far as this client knows; -1 when there is none. Goes back only when the file is found cut.</summary>
    public int LastIndex => Volatile.Read(ref _lastIndex);

    /// <summary>Counts what <see cref="LastIndex"/> has learned; see <see cref="Cut"/>.</summary>
    public int Growth => Volatile.Read(ref _growth);

    /// <summary>Where to read the chunk at an index; null when the file has none there.</summary>
    public async ValueTask<ChunkLocation?> ForReadAsync(int index, Deadline deadline, CancellationToken cancellationToken)
    {
        if (TryGet(index, out var cached))
        {
            return cached.Chunk;
        }

        // Keyed by page, so that the readers of one stretch of the file share a request. An answer that was on its way before
        // this reader began may miss a chunk that this reader has a right to see: then it asks for itself.
        var first = index - (index % PageChunks);
        var own = false;
        while (!own)
        {
            own = (await SharedAsync(_pages, first, () => FetchPageAsync(first, deadline), deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits)).Own;
            if (TryGet(index, out cached))
            {
                return cached.Chunk;
            }
        }

        return null;
    }

    /// <summary>Where to write the chunk at an index; allocates it if it is not there.</summary>
    /// <param name="index">Which chunk.</param>
    /// <param name="after">See <see cref="MetaProtocol.AllocateChunk"/>.</param>
    /// <param name="onReplicaDown">What the caller wants while a server is down.</param>
    /// <param name="deadline">Until when to ask.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<ChunkLocation> ForWriteAsync(int index, ChunkId? after, ReplicaDownPolicy onReplicaDown, Deadline deadline, CancellationToken cancellationToken)
    {
        if (TryGet(index, out var cached) && cached.OpenForWriting)
        {
            return cached.Chunk;
        }

        var opened = await SharedAsync(_allocations, (index, after, onReplicaDown), () => AllocateAsync(index, after, onReplicaDown, deadline), deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        return opened.Value;
    }

    /// <summary>A newer place to write than one that failed.</summary>
    /// <param name="failed">What failed.</param>
    /// <param name="suspect">The server it failed at; none when the server is not to blame.</param>
    /// <param name="code">How it failed.</param>
    /// <param name="onReplicaDown">What the caller wants while a server is down.</param>
    /// <param name="deadline">Until when to ask.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<ChunkLocation> ReopenAsync(
        ChunkLocation failed, ServerId suspect, DfsErrorCode code, ReplicaDownPolicy onReplicaDown, Deadline deadline, CancellationToken cancellationToken)
    {
        if (TryGet(failed.Index, out var cached) && cached.OpenForWriting && cached.Chunk.Chunk == failed.Chunk
            && cached.Chunk.Generation > failed.Generation)
        {
            return cached.Chunk;
        }

        var opened = await SharedAsync(
            _openings, (failed.Chunk, failed.Generation, onReplicaDown), () => OpenAsync(failed, suspect, code, onReplicaDown, deadline), deadline, cancellationToken)
            .ConfigureAwait(Surroundings.HoldAwaits);
        return opened.Value;
    }

    /// <summary>The chunk that is known at an index; none when none is.</summary>
    public ChunkId Known(int index) => TryGet(index, out var cached) ? cached.Chunk.Chunk : ChunkId.None;

    /// <summary>Forgets a location that a reader could not use.</summary>
    public void Forget(ChunkLocation failed)
    {
        lock (_gate)
        {
            _cache.Forget(failed.Index, failed.Generation);
        }
    }

    /// <summary>The file was found to be shorter than was believed.</summary>
    /// <param name="status">What meta said.</param>
    /// <param name="growth">The <see cref="Growth"/> before meta was asked: what others have learned since is newer.</param>
    public void Cut(FileStatus status, int growth)
    {
        lock (_gate)
        {
            if (_growth == growth && status.ChunkCount - 1 < _lastIndex)
            {
                _lastIndex = status.ChunkCount - 1;
                _cache.ForgetFrom(status.ChunkCount);
            }
        }
    }

    /// <summary>Takes in what meta said.</summary>
    public void Learn(FileStatus status, IEnumerable<ChunkLocation> chunks, bool openForWriting = false)
    {
        lock (_gate)
        {
            // A hole may be filled by others at any time, so it is looked up each time it is read.
            foreach (var chunk in chunks.Where(c => c.Chunk != ChunkId.None))
            {
                _cache.Put(chunk, openForWriting);
            }

            Grow(status.ChunkCount - 1);
        }
    }

    private bool TryGet(int index, out CachedChunk cached)
    {
        lock (_gate)
        {
            return _cache.TryGet(index, out cached);
        }
    }

    private async Task<bool> FetchPageAsync(int first, Deadline deadline)
    {
        var reply = await _context.AskAsync<MetaProtocol.ChunksReply>(
            new MetaProtocol.GetChunks(PathRef.Of(_file), first, PageChunks), deadline, CancellationToken.None).ConfigureAwait(Surroundings.HoldAwaits);
        Learn(reply.Status, reply.Chunks);
        return true;
    }

    private async Task<ChunkLocation> AllocateAsync(int index, ChunkId? after, ReplicaDownPolicy onReplicaDown, Deadline deadline)
    {
        var reply = await _context.AskAsync<MetaProtocol.ChunkReply>(
            new MetaProtocol.AllocateChunk(_file, index, after, onReplicaDown), deadline, CancellationToken.None).ConfigureAwait(Surroundings.HoldAwaits);
        return Opened(reply);
    }

    private async Task<ChunkLocation> OpenAsync(
        ChunkLocation failed, ServerId suspect, DfsErrorCode code, ReplicaDownPolicy onReplicaDown, Deadline deadline)
    {
        var request = new MetaProtocol.OpenChunk(failed.Chunk, failed.Generation, suspect, code, onReplicaDown);
        try
        {
            var reply = await _context.AskAsync<MetaProtocol.ChunkReply>(request, deadline, CancellationToken.None).ConfigureAwait(Surroundings.HoldAwaits);
            return Opened(reply);
        }
        catch (DfsException)
        {
            // Nobody should go where it failed before meta has said again that one may.
            Forget(failed);
            throw;
        }
    }

    private ChunkLocation Opened(MetaProtocol.ChunkReply reply)
    {
        var chunk = reply.Chunk;
        if (chunk.Replicas.Count == 0)
        {
            throw new DfsException(
                DfsErrorCode.NoReplicaAvailable, $"Meta named no server to write chunk {chunk.Chunk} to. See dfs nodes for servers that are down, start them, and try again.");
        }

        lock (_gate)
        {
            _cache.Put(chunk, openForWriting: true);
            Grow(reply.Places - 1);
        }

        return chunk;
    }

    private void Grow(int index)
    {
        if (index > _lastIndex)
        {
            _lastIndex = index;
            _growth++;
        }
    }

    // A caller whose own time is not up does not accept that somebody else's was.
    private static async Task<(TValue Value, bool Own)> SharedAsync<TKey, TValue>(
        SingleFlight<TKey, TValue> flights, TKey key, Func<Task<TValue>> start, Deadline deadline, CancellationToken cancellationToken)
        where TKey : notnull
    {
        while (true)
        {
            var own = false;
            try
            {
                return await flights.RunAsync(key, Start, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            }
            catch (DfsException e) when (!own && e.Error.Advice != DfsAdvice.Fail && !deadline.IsOver)
            {
                continue;
            }

            Task<TValue> Start()
            {
                own = true;
                return start();
            }
        }
    }
}
