// The client library's front: turns calls into conversations with meta, and hands out files. Holds no state of files; a path
// is looked up anew with each call, so that renames and removals by others are seen at once.

using System.Runtime.CompilerServices;
using AkkaDfs.Client.Actors;
using AkkaDfs.Client.Core;
using AkkaDfs.Client.Files;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Hosting;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client;

/// <summary>A client of one cluster. Thread-safe.</summary>
public sealed partial class DfsClient : IDfsClient
{
    private const int ListPage = 1000;
    private const int TrackerPage = 200;
    private const int InspectionPage = 1000;
    private const int ChunksPerPage = 512;

    private readonly IMetaChannel? _channel;
    private readonly ClientContext _context;
    private readonly FileLength _length;
    private readonly ReplicaPaths _paths;

    /// <summary>A client over a way to meta and a way to the chunk servers, which it owns from now on.</summary>
    public DfsClient(IMetaChannel channel, IDataPlaneClient data, DfsClientOptions options, TimeProvider? time = null)
    {
        _channel = channel;
        var clock = time ?? TimeProvider.System;
        var entropy = new Entropy(options.RandomSeed);
        var ids = new OperationIds(Surroundings.NewId());
        var meta = new MetaClient(channel, RetryPolicy.Default, options.MetaAttemptTimeout, clock, entropy);
        _context = new ClientContext
        {
            Meta = meta,
            Data = data,
            Time = clock,
            Retry = RetryPolicy.Default,
            Settings = options.Settings ?? new ClientSettings(),
            Options = options,
            Entropy = entropy,
            Ids = ids,
            Reports = new ReplicaReports(meta, clock),
            Caller = options.Caller ?? ProcessIdentity.Caller,
            Holder = options.Holder ?? $"client-{Surroundings.NewId():n}",
            Umask = options.Umask ?? ProcessIdentity.Umask,
        };
        _length = new FileLength(_context);
        _paths = new ReplicaPaths(_context);
    }

    private DfsClient(ClientContext context)
    {
        _context = context;
        _length = new FileLength(context);
        _paths = new ReplicaPaths(context);
    }

    /// <summary>A client of a real cluster: starts an actor system of its own, which joins nothing, and begins to look for meta.</summary>
    /// <exception cref="DfsException">InvalidConfiguration.</exception>
    public static DfsClient Start(DfsClientOptions options)
        => Start(options, NodeConfiguration.Load(NodeRole.Client, options.Node with { Seeds = options.Seeds }), new DataPlaneOptions());

    /// <summary>A client of a cluster whose network and clock may not be real.</summary>
    internal static DfsClient Start(DfsClientOptions options, NodeConfiguration configuration, DataPlaneOptions plane)
    {
        var settings = options.Settings ?? configuration.Settings.Client;
        var data = new DataPlaneClient(plane with { ConnectionsPerServer = settings.ConnectionsPerServer });
        return new DfsClient(ActorMetaChannel.Start(configuration), data, options with { Settings = settings }, plane.Time);
    }

    internal ClientContext Context => _context;

    /// <summary>Settings in use.</summary>
    public ClientSettings Settings => _context.Settings;

    /// <inheritdoc/>
    public async Task<FileStatus> StatAsync(string path, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var deadline = _context.DeadlineOf(options);
        var reply = await AskAsync<MetaProtocol.StatusReply>(
            new MetaProtocol.GetStatus(PathRef.Absolute(path)), deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        return reply.Status.Kind != NodeKind.File || reply.Status.LengthIsExact
            ? reply.Status
            : await _length.GetAsync(reply.Status.Inode, null, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
    }

    /// <inheritdoc/>
    public async Task<FileStatus?> FindAsync(string path, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return await StatAsync(path, options, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }
        catch (DfsException e) when (e.Code is DfsErrorCode.FileNotFound or DfsErrorCode.NotADirectory)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<FileChunks> GetChunksAsync(string path, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var deadline = _context.DeadlineOf(options);
        var target = PathRef.Absolute(path);
        var chunks = new List<ChunkLocation>();
        while (true)
        {
            var page = await AskAsync<MetaProtocol.ChunksReply>(
                new MetaProtocol.GetChunks(target, chunks.Count, ChunksPerPage, WithPaths: true), deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            chunks.AddRange(page.Chunks);
            if (page.HasMore && page.Chunks.Count > 0)
            {
                // Later pages are of the same file, whatever happens to the path.
                target = PathRef.Of(page.Status.Inode);
                continue;
            }

            var status = await _length.OfAsync(page.Status, chunks, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            await _paths.FillInAsync(chunks, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            return new FileChunks(status.IsOk ? status.Value : page.Status, WithExactLength(chunks, status.IsOk ? status.Value : page.Status));
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MetaProtocol.DirectoryEntry> ListAsync(
        string path,
        bool exactLengths = false,
        CallOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var target = PathRef.Absolute(path);
        var after = string.Empty;
        while (true)
        {
            // Each page has the whole time: a long directory is many calls.
            var deadline = _context.DeadlineOf(options);
            var page = await AskAsync<MetaProtocol.DirectoryPage>(
                new MetaProtocol.ListDirectory(target, after, ListPage), deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            var entries = exactLengths
                ? await WithExactLengthsAsync(page.Entries, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits)
                : page.Entries;
            foreach (var entry in entries)
            {
                yield return entry;
            }

            if (!page.HasMore || page.Entries.Count == 0)
            {
                yield break;
            }

            after = page.Entries[^1].Name;
        }
    }

    /// <inheritdoc/>
    public async Task<FileStatus> MakeDirectoryAsync(
        string path, bool makeParents = false, uint mode = 0x1FF, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var request = new MetaProtocol.MakeDirectory(PathRef.Absolute(path), mode & ~_context.Umask, makeParents);
        var reply = await AskAsync<MetaProtocol.StatusReply>(request, _context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        return reply.Status;
    }

    /// <inheritdoc/>
    public Task RemoveAsync(
        string path, bool recursive = false, CallOptions? options = null, CancellationToken cancellationToken = default, bool skipTrash = false)
        => AskAsync<MetaProtocol.Done>(
            new MetaProtocol.Remove(PathRef.Absolute(path), MetaProtocol.RemoveKind.Any, recursive, skipTrash),
            _context.DeadlineOf(options),
            cancellationToken);

    /// <inheritdoc/>
    public Task RenameAsync(
        string from,
        string to,
        MetaProtocol.RenameMode mode = MetaProtocol.RenameMode.Replace,
        CallOptions? options = null,
        CancellationToken cancellationToken = default)
        => AskAsync<MetaProtocol.Done>(
            new MetaProtocol.Rename(PathRef.Absolute(from), PathRef.Absolute(to), mode), _context.DeadlineOf(options), cancellationToken);

    /// <inheritdoc/>
    public async Task<DfsFile> OpenAsync(string path, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var deadline = _context.DeadlineOf(options);
        var reply = await AskAsync<MetaProtocol.ChunksReply>(
            new MetaProtocol.GetChunks(PathRef.Absolute(path), 0, ChunksPerPage, Access: MetaProtocol.Access.Read), deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        if (reply.Status.Kind != NodeKind.File)
        {
            throw new DfsException(DfsErrorCode.IsADirectory, $"{path} is not a regular file. Name a file; dfs ls shows what is there.");
        }

        var status = reply.Status;
        var chunks = reply.Chunks.Where(c => c.Chunk != ChunkId.None).ToArray();
        if (!status.LengthIsExact)
        {
            var exact = reply.HasMore
                ? await _length.GetAsync(status.Inode, null, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits)
                : (await _length.OfAsync(status, chunks, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits)).Match(s => s, _ => status);

            // When nobody answers now, what meta knows is a lower bound, and the reader asks again when it gets there.
            status = exact;
        }

        return new DfsFile(_context, path, status, chunks) { MayWrite = false };
    }

    /// <inheritdoc/>
    public async Task<DfsFile> CreateAsync(
        string path, CreateOptions? create = null, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        create ??= CreateOptions.Default;
        var request = new MetaProtocol.CreateFile(
            PathRef.Absolute(path), create.Disposition, create.Layout, create.Mode & ~_context.Umask, create.MakeParents, create.ExpectsContent);
        var reply = await AskAsync<MetaProtocol.FileOpened>(request, _context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        return new DfsFile(_context, path, reply.Status, reply.First is null ? [] : [reply.First], openForWriting: true);
    }

    /// <inheritdoc/>
    public async Task<DfsStream> OpenReadAsync(string path, CallOptions? options = null, CancellationToken cancellationToken = default)
        => (await OpenAsync(path, options, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits)).OpenReadStream(options);

    /// <inheritdoc/>
    public async Task<DfsStream> OpenWriteAsync(
        string path, CreateOptions? create = null, CallOptions? options = null, CancellationToken cancellationToken = default)
        => (await CreateAsync(path, create, options, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits)).OpenWriteStream(0, options);

    /// <inheritdoc/>
    public async Task<DfsStream> OpenAppendAsync(
        string path, CreateOptions? create = null, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        create = (create ?? CreateOptions.Default) with { Disposition = MetaProtocol.Disposition.OpenOrCreate, ExpectsContent = false };
        return (await CreateAsync(path, create, options, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits)).OpenAppendStream(options);
    }

    /// <inheritdoc/>
    public async Task<ClusterStatus> GetClusterAsync(CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var reply = await AskAsync<MetaProtocol.ClusterReply>(
            new MetaProtocol.GetCluster(), _context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        return reply.Status;
    }

    /// <inheritdoc/>
    public async Task<ClusterStatus> SetServerModeAsync(
        ServerId server, ServerMode mode, TimeSpan length = default, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var request = new MetaProtocol.SetServerMode(server, mode, (long)length.TotalMilliseconds);
        var reply = await AskAsync<MetaProtocol.ClusterReply>(request, _context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        return reply.Status;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MetaProtocol.TrackerRow> TrackAsync(
        string path = "/", CallOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var after = string.Empty;
        do
        {
            var deadline = _context.DeadlineOf(options);
            var page = await AskAsync<MetaProtocol.TrackerPage>(
                new MetaProtocol.GetTracker(PathRef.Absolute(path), after, TrackerPage), deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            foreach (var row in await _paths.FillInAsync(page.Rows, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits))
            {
                yield return row;
            }

            after = page.Next;
        }
        while (after.Length > 0);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MetaProtocol.InspectionPage> InspectAsync(
        string path = "/", bool onlyTroubled = true, CallOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var after = string.Empty;
        do
        {
            var page = await AskAsync<MetaProtocol.InspectionPage>(
                new MetaProtocol.InspectChunks(PathRef.Absolute(path), after, InspectionPage, onlyTroubled),
                _context.DeadlineOf(options),
                cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            yield return page;
            after = page.Next;
        }
        while (after.Length > 0);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MetaProtocol.RepairPage> RepairAsync(
        string path = "/", CallOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var after = string.Empty;
        do
        {
            var page = await AskAsync<MetaProtocol.RepairPage>(
                new MetaProtocol.RepairChunks(PathRef.Absolute(path), after, InspectionPage), _context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            yield return page;
            after = page.Next;
        }
        while (after.Length > 0);
    }

    /// <inheritdoc/>
    public Task<MetaProtocol.LogPage> GetLogAsync(
        string path = "/", DateTimeOffset? since = null, int limit = 1000, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var from = since is { } at ? (at - DateTimeOffset.UnixEpoch).Ticks * 100 : 0;
        var below = path.Length > 1 ? path.TrimEnd('/') : path;
        return AskAsync<MetaProtocol.LogPage>(new MetaProtocol.GetLog(below, from, limit), _context.DeadlineOf(options), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<DamageReport> DamageAsync(DataEndpoint endpoint, DamageOp op, CallOptions? options = null, CancellationToken cancellationToken = default)
        => new ReplicaDamage(_context).DamageAsync(endpoint, op, _context.DeadlineOf(options), cancellationToken);

    /// <summary>Closes the connections, unless they are another client's (<see cref="As"/>).</summary>
    public async ValueTask DisposeAsync()
    {
        if (_channel is not null)
        {
            await _context.Data.DisposeAsync().ConfigureAwait(Surroundings.HoldAwaits);
            await _channel.DisposeAsync().ConfigureAwait(Surroundings.HoldAwaits);
        }
    }

    // Unlike for reading, the length is of no interest: only the last chunk is.
    private async Task<DfsFile> OpenForAppendAsync(string path, CallOptions? options, CancellationToken cancellationToken)
    {
        var reply = await AskAsync<MetaProtocol.ChunksReply>(
            new MetaProtocol.GetChunks(PathRef.Absolute(path), -1, 1, Access: MetaProtocol.Access.Write), _context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        return reply.Status.Kind == NodeKind.File
            ? new DfsFile(_context, path, reply.Status, reply.Chunks)
            : throw new DfsException(DfsErrorCode.IsADirectory, $"{path} is not a regular file. Name a file; dfs ls shows what is there.");
    }

    private async Task<IReadOnlyList<MetaProtocol.DirectoryEntry>> WithExactLengthsAsync(
        IReadOnlyList<MetaProtocol.DirectoryEntry> entries, Deadline deadline, CancellationToken cancellationToken)
    {
        var exact = entries.ToArray();
        var open = Enumerable.Range(0, exact.Length).Where(i => exact[i].Status is { Kind: NodeKind.File, LengthIsExact: false });
        await Bounded.ForEachAsync(open, _context.Settings.Window, FillInAsync, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        return exact;

        async Task FillInAsync(int i, CancellationToken token)
        {
            try
            {
                var status = await _length.GetAsync(exact[i].Status.Inode, null, deadline, token).ConfigureAwait(Surroundings.HoldAwaits);
                exact[i] = exact[i] with { Status = status };
            }
            catch (DfsException e) when (e.Code is DfsErrorCode.FileNotFound or DfsErrorCode.NoReplicaAvailable)
            {
                // Removed meanwhile, or nobody knows: the listing shows what meta knew, marked as not exact.
                exact[i] = entries[i];
            }
        }
    }

    private static List<ChunkLocation> WithExactLength(List<ChunkLocation> chunks, FileStatus status)
    {
        if (status.LengthIsExact && chunks.Count > 0 && chunks.Count == status.ChunkCount && chunks[^1].Chunk != ChunkId.None)
        {
            var last = chunks[^1];
            chunks[^1] = last with { LengthBytes = status.LengthBytes - ((long)last.Index * last.ChunkSizeBytes) };
        }

        return chunks;
    }

    private Task<TReply> AskAsync<TReply>(MetaProtocol.Request request, Deadline deadline, CancellationToken cancellationToken)
        where TReply : MetaProtocol.Reply
        => _context.AskAsync<TReply>(request, deadline, cancellationToken);
}
