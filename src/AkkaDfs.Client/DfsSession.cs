// What a client holds while it lives: open nodes (and with them the content of files that are removed meanwhile). Renews itself in the
// background, says again what it holds to a meta that has just begun to act, and begins anew when it was silent for too long.

using AkkaDfs.Client.Files;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client;

/// <summary>A session with meta. Thread-safe. Disposing it closes all that it holds.</summary>
public sealed class DfsSession : IAsyncDisposable
{
    private const int RenewalsPerTimeout = 3;

    private readonly ClientContext _context;
    private readonly CancellationTokenSource _ended = new();
    private readonly AsyncGate _oneAtATime = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, DfsHandle> _handles = [];
    private ulong _lastHandle;
    private int _tellings;
    private TimeSpan _timeout;
    private Task _renewing = Task.CompletedTask;

    private DfsSession(ClientContext context)
    {
        _context = context.Through(() => Id);
        Locks = new SessionLocks(this, context);
    }

    /// <summary>Its locks.</summary>
    public SessionLocks Locks { get; }

    /// <summary>Its id at the moment; another one after it was lost and begun anew.</summary>
    public Guid Id { get; private set; } = Surroundings.NewId();

    /// <summary>Number of nodes that are open.</summary>
    public int OpenCount
    {
        get
        {
            lock (_gate)
            {
                return _handles.Count;
            }
        }
    }

    internal static async Task<DfsSession> StartAsync(ClientContext context, CallOptions? options, CancellationToken cancellationToken)
    {
        var session = new DfsSession(context);
        var reply = await context.AskAsync<MetaProtocol.SessionReply>(
            new MetaProtocol.StartSession(session.Id), context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        session._timeout = TimeSpan.FromMilliseconds(reply.TimeoutMs);
        session._renewing = session.RenewAsync();
        return session;
    }

    /// <summary>Opens a node: a file keeps its content until the handle is disposed, even when its last name goes.</summary>
    /// <param name="target">The node.</param>
    /// <param name="access">What it is opened for; decides about permissions.</param>
    /// <param name="followLink">Whether a symbolic link at the end is followed.</param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DfsException">FileNotFound, PermissionDenied, FileLocked, TooManyHandles and others.</exception>
    public Task<DfsHandle> OpenAsync(
        PathRef target,
        MetaProtocol.Access access = MetaProtocol.Access.ReadWrite,
        bool followLink = true,
        CallOptions? options = null,
        CancellationToken cancellationToken = default)
        => OpenAsync(_context.Caller, target, access, followLink, options, cancellationToken);

    /// <summary>The same for a caller who is not this client's.</summary>
    internal async Task<DfsHandle> OpenAsync(
        Caller caller, PathRef target, MetaProtocol.Access access, bool followLink, CallOptions? options, CancellationToken cancellationToken)
    {
        var asker = _context.As(caller);
        var deadline = _context.DeadlineOf(options);
        var number = NextHandle();
        var isTold = false;
        try
        {
            while (true)
            {
                var (session, tellings) = Now();
                var status = await AskOpenAsync(asker, session, number, target, access, followLink, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
                if (status is null)
                {
                    await BeginAgainAsync(session, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
                    continue;
                }

                isTold = true;
                var handle = new DfsHandle(this, number, status, new DfsFile(_context, target.ToString(), status, [])
                {
                    MayWrite = (access & MetaProtocol.Access.Write) != 0,
                });
                if (TryKeep(handle, tellings))
                {
                    return handle;
                }

                // A new meta was told meanwhile what is open, and this was not among it: it is told once more, by the node itself.
                target = PathRef.Of(status.Inode);
            }
        }
        catch (Exception e) when (isTold && e is DfsException or OperationCanceledException)
        {
            await TellClosedAsync(number).ConfigureAwait(Surroundings.HoldAwaits);
            throw;
        }
    }

    /// <summary>Opens a file without telling meta: only for what stands under a hold, which is not given back before <see cref="TellOpenAsync"/>.</summary>
    internal DfsHandle OpenHeld(FileStatus status, ChunkLocation? first, bool mayWrite)
    {
        var file = new DfsFile(_context, string.Empty, status, first is null ? [] : [first], openForWriting: mayWrite && first is not null) { MayWrite = mayWrite };
        var handle = new DfsHandle(this, NextHandle(), status, file) { IsTold = false };
        lock (_gate)
        {
            _handles.Add(handle.Number, handle);
        }

        return handle;
    }

    /// <summary>Tells meta of files that were opened under holds.</summary>
    internal async Task TellOpenAsync(IReadOnlyCollection<DfsHandle> handles, Deadline deadline, CancellationToken cancellationToken)
    {
        MetaProtocol.NodeHandle[] all;
        Guid session;
        lock (_gate)
        {
            session = Id;
            all = [.. handles.Where(h => !h.IsTold && _handles.ContainsKey(h.Number)).Select(h => new MetaProtocol.NodeHandle(h.Number, h.Status.Inode))];
            foreach (var (number, _) in all)
            {
                // From now on its closing is told: a late telling of its opening opens nothing then.
                _handles[number].IsTold = true;
            }
        }

        try
        {
            // What is gone by now was removed while this client was silent: its chunks are there for a while, and never change, so who has it
            // open reads on for as long as that goes.
            await TellAsync(session, all, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }
        catch (DfsException e) when (e.Code == DfsErrorCode.SessionLost)
        {
            await BeginAgainAsync(session, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }
    }

    /// <summary>Says again what it holds to a meta that does not know, or begins anew.</summary>
    internal Task RenewNowAsync() => RenewOnceAsync();

    /// <summary>Closes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_ended.IsCancellationRequested)
        {
            return;
        }

        await Surroundings.CancelAsync(_ended).ConfigureAwait(Surroundings.HoldAwaits);
        await _renewing.ConfigureAwait(Surroundings.HoldAwaits);
        try
        {
            var deadline = Deadline.After(_context.Time, _context.Options.MetaAttemptTimeout);
            await _context.AskAsync<MetaProtocol.Done>(new MetaProtocol.EndSession(Id), deadline, CancellationToken.None).ConfigureAwait(Surroundings.HoldAwaits);
        }
        catch (DfsException e) when (e.Error.Advice != DfsAdvice.Fail)
        {
            // Nobody answers: the session ends by itself with its time-out.
            return;
        }
    }

    internal async Task CloseAsync(DfsHandle handle)
    {
        lock (_gate)
        {
            if (!_handles.Remove(handle.Number) || !handle.IsTold)
            {
                return;
            }
        }

        await TellClosedAsync(handle.Number).ConfigureAwait(Surroundings.HoldAwaits);
    }

    private ulong NextHandle() => Interlocked.Increment(ref _lastHandle);

    private (Guid Session, int Tellings) Now()
    {
        lock (_gate)
        {
            return (Id, _tellings);
        }
    }

    private bool TryKeep(DfsHandle handle, int tellings)
    {
        lock (_gate)
        {
            if (tellings != _tellings)
            {
                return false;
            }

            _handles.Add(handle.Number, handle);
            return true;
        }
    }

    private async Task<FileStatus?> AskOpenAsync(
        ClientContext asker, Guid session, ulong number, PathRef target, MetaProtocol.Access access, bool followLink, Deadline deadline, CancellationToken cancellationToken)
    {
        try
        {
            var request = new MetaProtocol.OpenNode(session, number, target, access, followLink);
            return (await asker.AskAsync<MetaProtocol.StatusReply>(request, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits)).Status;
        }
        catch (DfsException e) when (e.Code == DfsErrorCode.SessionLost && !_ended.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task TellClosedAsync(ulong number)
    {
        try
        {
            var deadline = Deadline.After(_context.Time, _timeout);
            await _context.AskAsync<MetaProtocol.Done>(new MetaProtocol.CloseNode(Id, number), deadline, _ended.Token).ConfigureAwait(Surroundings.HoldAwaits);
        }
        catch (Exception e) when (e is DfsException or OperationCanceledException)
        {
            // The session ends, or a meta that was silent for so long is told anew what is open; this is not among it any more.
            return;
        }
    }

    private async Task RenewAsync()
    {
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(_timeout / RenewalsPerTimeout, _context.Time, _ended.Token).ConfigureAwait(Surroundings.HoldAwaits);
                await RenewOnceAsync().ConfigureAwait(Surroundings.HoldAwaits);
            }
            catch (DfsException e) when (e.Code != DfsErrorCode.ProtocolViolation)
            {
                // Meta is silent or busy: it is tried again; what is lost by then is found out then.
                continue;
            }
            catch (OperationCanceledException) when (_ended.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task RenewOnceAsync()
    {
        var deadline = Deadline.After(_context.Time, _timeout);
        var session = Id;
        try
        {
            var reply = await _context.AskAsync<MetaProtocol.SessionReply>(new MetaProtocol.RenewSession(session), deadline, _ended.Token).ConfigureAwait(Surroundings.HoldAwaits);
            _timeout = TimeSpan.FromMilliseconds(reply.TimeoutMs);
            if (reply.MustReclaim)
            {
                await TellAllAsync(session, deadline, _ended.Token).ConfigureAwait(Surroundings.HoldAwaits);
            }
        }
        catch (DfsException e) when (e.Code == DfsErrorCode.SessionLost)
        {
            await BeginAgainAsync(session, deadline, _ended.Token).ConfigureAwait(Surroundings.HoldAwaits);
        }
    }

    internal async Task BeginAgainAsync(Guid lost, Deadline deadline, CancellationToken cancellationToken)
    {
        await _oneAtATime.EnterAsync(cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        try
        {
            if (Id != lost)
            {
                return;
            }

            var next = Surroundings.NewId();
            await _context.AskAsync<MetaProtocol.SessionReply>(new MetaProtocol.StartSession(next), deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            lock (_gate)
            {
                Id = next;
            }

            // Others may have had the locks meanwhile: what they protected is no longer protected.
            Locks.Lose();

            await TellAllAsync(next, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }
        finally
        {
            _oneAtATime.Leave();
        }
    }

    private async Task TellAllAsync(Guid session, Deadline deadline, CancellationToken cancellationToken)
    {
        MetaProtocol.NodeHandle[] all;
        lock (_gate)
        {
            _tellings++;
            foreach (var handle in _handles.Values)
            {
                handle.IsTold = true;
            }

            all = [.. _handles.Values.Where(h => !h.IsLost).Select(h => new MetaProtocol.NodeHandle(h.Number, h.Status.Inode))];
        }

        MarkLost(await TellAsync(session, all, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits));
        await Locks.TellAllAsync(session, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
    }

    private async Task<IReadOnlyList<ulong>> TellAsync(Guid session, MetaProtocol.NodeHandle[] all, Deadline deadline, CancellationToken cancellationToken)
    {
        List<ulong> lost = [];
        for (var at = 0; at < all.Length; at += MetaProtocol.MaxReclaim)
        {
            var part = all.Skip(at).Take(MetaProtocol.MaxReclaim).ToArray();
            var request = new MetaProtocol.ReclaimSession(session, part, [], false);
            var reply = await _context.AskAsync<MetaProtocol.SessionReply>(request, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            lost.AddRange(reply.Lost);
        }

        return lost;
    }

    private void MarkLost(IReadOnlyList<ulong> lost)
    {
        lock (_gate)
        {
            foreach (var number in lost)
            {
                if (_handles.TryGetValue(number, out var handle))
                {
                    handle.IsLost = true;
                }
            }
        }
    }
}

/// <summary>An open node. Disposing it closes it.</summary>
public sealed class DfsHandle : IAsyncDisposable
{
    private readonly DfsSession _session;

    internal DfsHandle(DfsSession session, ulong number, FileStatus status, DfsFile file)
        => (_session, Number, Status, File) = (session, number, status, file);

    /// <summary>Its number in the session.</summary>
    public ulong Number { get; }

    /// <summary>The node's state when it was opened.</summary>
    public FileStatus Status { get; }

    /// <summary>The file to read and write; only for regular files.</summary>
    public DfsFile File { get; }

    /// <summary>False while meta does not know of it, because a hold keeps what it stands for.</summary>
    internal bool IsTold { get; set; } = true;

    /// <summary>Gives it back without telling primaries that the writer is done: they find out by themselves, soon.</summary>
    internal Task CloseAsync() => _session.CloseAsync(this);

    /// <summary>True when the client was silent for so long that the node was given up, and its last name is gone.</summary>
    public bool IsLost { get; internal set; }

    /// <summary>Completes the file if it was written to, and closes it.</summary>
    public async ValueTask DisposeAsync()
    {
        await File.DisposeAsync().ConfigureAwait(Surroundings.HoldAwaits);
        await _session.CloseAsync(this).ConfigureAwait(Surroundings.HoldAwaits);
    }
}
