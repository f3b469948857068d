// The state machine of meta: Apply(command, now) gives events, effects and a reply. It knows no clock, no disk, no actors;
// the same commands at the same times give the same turns. The durable part changes only by events, and so is rebuilt by them.

using System.Diagnostics;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Meta. Not thread-safe.</summary>
internal sealed class MetaState
{
    private readonly MetaTurn _turn = new();
    private readonly List<Chunk> _freed = [];
    private readonly Queries _queries;
    private readonly FileCommands _files;
    private readonly ChunkCommands _chunks;
    private readonly CutCommands _cuts;
    private readonly ServerCommands _servers;
    private readonly Sweeper _sweeper;

    /// <summary>A state that has not begun to act.</summary>
    /// <param name="policy">The settings.</param>
    /// <param name="seed">Where all randomness comes from.</param>
    /// <param name="address">host:port of this node, for status replies.</param>
    /// <param name="durable">What has been replayed already; null for nothing. Belongs to this state from now on.</param>
    public MetaState(MetaPolicy policy, ulong seed, string address, DurableState? durable = null)
    {
        Policy = policy;
        Address = address;
        Durable = durable ?? new DurableState();
        Queue = new RepairQueue();
        Book = new ReplicaBook(Durable, Queue, SafeMode);
        Placement = new Placement(Durable.Servers, new SeededRandom(seed));
        Changes = new Reconfigurer(this);
        Repair = new Replicator(this, new SeededRandom(seed + 1));
        Blocks = new BlockRepairs(this);
        _sweeper = new Sweeper(this);
        _queries = new Queries(this);
        _files = new FileCommands(this);
        _chunks = new ChunkCommands(this);
        _cuts = new CutCommands(this);
        _servers = new ServerCommands(this);
        Modes = new ServerModes(this);
        Locks = new Locks(this);
        Sessions = new Sessions(this);
        Quotas = new QuotaCommands(this);
        Trash = new TrashCommands(this);
        Leases = new Leases(this);
        Snapshots = new SnapshotCommands(this);
        Seals = new SnapshotSeals(this);
        Copies = new ChunkCopies(this);
        Holds = new DirectoryHolds(this);
        Upkeep = new Housekeeping(this, _sweeper);
    }

    /// <summary>The settings.</summary>
    public MetaPolicy Policy { get; }

    /// <summary>host:port of this node.</summary>
    public string Address { get; }

    /// <summary>What outlives the process.</summary>
    public DurableState Durable { get; }

    /// <summary>Whether meta still waits for reports.</summary>
    public SafeMode SafeMode { get; } = new();

    internal ReplicaBook Book { get; }

    internal RepairQueue Queue { get; }

    internal Placement Placement { get; }

    internal Reconfigurer Changes { get; }

    internal Replicator Repair { get; }

    internal BlockRepairs Blocks { get; }

    internal ServerModes Modes { get; }

    internal Locks Locks { get; }

    internal Sessions Sessions { get; }

    internal QuotaCommands Quotas { get; }

    internal TrashCommands Trash { get; }

    internal Leases Leases { get; }

    internal SnapshotCommands Snapshots { get; }

    internal SnapshotSeals Seals { get; }

    internal ChunkCopies Copies { get; }

    internal Housekeeping Upkeep { get; }

    internal DirectoryHolds Holds { get; }

    /// <summary>When meta began to act; no server's right to serve that was given before lasts longer than one grant from here.</summary>
    internal long StartedMs { get; private set; }

    /// <summary>Time of the command at hand.</summary>
    internal MetaTime Now { get; private set; }

    /// <summary>Turns one event of the journal into state.</summary>
    public void Replay(MetaEvent change) => Durable.Apply(change, null);

    /// <summary>Carries out a client's request.</summary>
    /// <returns>A turn that is valid until the next call.</returns>
    public MetaTurn Apply(MetaProtocol.Request request, MetaTime now)
    {
        Begin(now);
        if (request.Caller.Uid != 0 && (!Policy.ChecksPermissions || request.Caller.Uid == Policy.SuperuserUid))
        {
            request = request with { Caller = request.Caller with { IsPrivileged = true } };
        }

        if (Holds.MustWait(request))
        {
            _turn.MustWait = true;
            return _turn;
        }

        _turn.Reply = request switch
        {
            MetaProtocol.Mutation mutation => Mutate(mutation),
            MetaProtocol.SessionRequest session => Sessions.Answer(session),
            _ => _queries.Answer(request),
        };
        return _turn;
    }

    /// <summary>Takes in what a chunk server says.</summary>
    /// <returns>A turn that is valid until the next call.</returns>
    public MetaTurn Apply(ServerProtocol.ToMeta message, MetaTime now)
    {
        Begin(now);
        if (message is ServerProtocol.ReopenChunk reopen && Holds.MustWait(reopen))
        {
            _turn.MustWait = true;
            return _turn;
        }

        _turn.Reply = _servers.Take(message);
        return _turn;
    }

    /// <summary>Takes in anything else.</summary>
    /// <returns>A turn that is valid until the next call.</returns>
    public MetaTurn Apply(MetaSignal signal, MetaTime now)
    {
        Begin(now);
        switch (signal)
        {
            case Tick: Upkeep.Tick(); break;
            case ServerLost s: _servers.Lost(s); break;
            case ServerProbed s: _servers.Probed(s); break;
            case CopyEnded { Plan.Of: not null } s: Copies.Ended(s); break;
            case CopyEnded s: Repair.Ended(s); break;
            case CopiesLost: LoseCopies(); break;
            case Started: Start(); break;
            default: throw new UnreachableException(signal.GetType().Name);
        }

        return _turn;
    }

    /// <summary>Changes the durable state and remembers the change for the journal.</summary>
    internal void Emit(MetaEvent change)
    {
        Durable.Apply(change, _freed);
        _turn.Events.Add(change);
        switch (change)
        {
            case ChunkMeasured { Closes: true } closed: Seals.Closed(closed.Chunk); break;
            case EntryMoved or LinkAdded or TrashRestored: Seals.Moved(); break;
        }

        if (_freed.Count > 0)
        {
            // Readers may finish with a removed file; of one that was cut they must not see what is gone.
            var isCut = change is FileCut;
            foreach (var chunk in _freed)
            {
                Changes.Forget(chunk);
                Repair.Forget(chunk);
                Copies.Forget(chunk);
                Seals.Closed(chunk.Id);
                Book.Forget(chunk, isCut ? Now.Ms : Now.Ms + Policy.DeleteDelayMs, isCut);
            }

            _freed.Clear();
        }
    }

    /// <summary>Why somebody may not do something with a node, or null.</summary>
    internal DfsError? CheckAccess(Inode node, MetaProtocol.Request request, MetaProtocol.Access access, PathRef path)
        => access == MetaProtocol.Access.None ? null
            : access.HasFlag(MetaProtocol.Access.Write) && PastIds.IsPast(node.Id) ? Errors.Path(DfsErrorCode.SnapshotReadOnly, path)
            : !Permissions.Allows(node, request.Caller, (uint)access) ? Errors.Path(DfsErrorCode.PermissionDenied, path)
            : Leases.WhyNot(node, request.Holder, access, path);

    internal ClusterStatus Status() => _queries.Cluster();

    internal void Do(MetaEffect effect) => _turn.Effects.Add(effect);

    internal void Send(ServerId server, ServerProtocol.ToServer order) => _turn.Effects.Add(new SendOrder(server, order));

    internal void Warn(string text) => _turn.Effects.Add(new Note(true, text));

    internal void Inform(string text) => _turn.Effects.Add(new Note(false, text));

    /// <summary>Tries whether a server that does not answer is gone for certain; at most once per resend interval.</summary>
    internal void Probe(Server server)
    {
        if (server.IsRegistered && !server.IsGone && Now.Ms - server.ProbedMs >= Policy.ResendMs)
        {
            server.ProbedMs = Now.Ms;
            Do(new ProbeServer(server.Id, server.Incarnation, server.Endpoint));
        }
    }

    private MetaProtocol.Reply Mutate(MetaProtocol.Mutation mutation) => mutation switch
    {
        MetaProtocol.AllocateChunk m => _chunks.Allocate(m),
        MetaProtocol.OpenChunk m => _chunks.Open(m),
        MetaProtocol.CompleteFile m => _chunks.Complete(m),
        MetaProtocol.CompleteFiles m => _chunks.Complete(m),
        MetaProtocol.CutFile m => _cuts.Cut(m),
        MetaProtocol.ReportReplica m => _chunks.Report(m),
        MetaProtocol.SetServerMode m => Modes.Set(m),
        MetaProtocol.RepairChunks m => _queries.Repair(m),
        _ => _files.Mutate(mutation),
    };

    /// <summary>Answers a primary that has waited for the right to write.</summary>
    internal ServerProtocol.ChunkReopened Reopen(ServerProtocol.ReopenChunk message) => _servers.Reopen(message);

    private void LoseCopies()
    {
        Repair.AllLost();
        Copies.AllLost();
    }

    private void Begin(MetaTime now)
    {
        _turn.Clear();
        Now = now;
    }

    private void Start()
    {
        StartedMs = Now.Ms;
        SafeMode.Begin(Now);
        foreach (var server in Durable.Servers.All)
        {
            server.HeardMs = Now.Ms;
            server.GrantUntilMs = Now.Ms + Policy.ServeMs;
        }

        Modes.Start();
        Sessions.Start();
        Leases.Start();
        Copies.Start();
        Snapshots.Start();
        Book.RecountAll();
        Upkeep.Tick();
    }
}
