// One chunk server as meta sees it. Durable: who it is. Everything else is gone at every start and comes from the server.
//
// A server is usable when it is registered, alive and has given its full report; only then do its replicas count, and only
// then is it granted the right to serve. Meta never counts on a replica having stopped serving before GrantUntilMs, unless
// the server is gone for certain or has confirmed it.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>One chunk server.</summary>
internal sealed class Server(ServerId id)
{
    /// <summary>Its id.</summary>
    public ServerId Id { get; } = id;

    /// <summary>The run of its process that registered last. Durable.</summary>
    public Guid Incarnation { get; set; }

    /// <summary>Runs that were replaced; their messages are refused.</summary>
    public List<Guid> Replaced { get; } = [];

    /// <summary>host:port of its actor system. Durable.</summary>
    public string ControlAddress { get; set; } = string.Empty;

    /// <summary>Its data plane. Durable.</summary>
    public DataEndpoint Endpoint { get; set; }

    /// <summary>Its data folders. Durable.</summary>
    public IReadOnlyList<string> Folders { get; set; } = [];

    /// <summary>An operator's order. Durable.</summary>
    public ServerMode Mode { get; set; }

    /// <summary>When its maintenance is over by itself, by the calendar, which restarts of meta do not forget. Durable.</summary>
    public long MaintenanceUntilUnixNs { get; set; }

    /// <summary>The same on the monotonic clock.</summary>
    public long MaintenanceUntilMs { get; set; }

    /// <summary>True while it is being emptied: its replicas are good, but others are wanted in their place.</summary>
    public bool IsDraining => Mode == ServerMode.Draining;

    /// <summary>True from when it says that it is about to stop until it registers again.</summary>
    public bool IsStopping { get; set; }

    /// <summary>When it said so first.</summary>
    public long StoppingSinceMs { get; set; }

    /// <summary>True when others are to take the place of its replicas, and nothing new goes there.</summary>
    public bool IsLeaving => IsDraining || IsStopping;

    /// <summary>How far its scrub is.</summary>
    public ScrubStatus Scrub { get; set; }

    /// <summary>True when it is down by an operator's leave.</summary>
    public bool IsExcused => Mode == ServerMode.Maintenance && !IsUsable;

    /// <summary>True once it has registered since meta's start.</summary>
    public bool IsRegistered { get; set; }

    /// <summary>True while heartbeats arrive.</summary>
    public bool IsAlive { get; set; }

    /// <summary>True once its full report is in, until something makes it doubtful.</summary>
    public bool HasReported { get; set; }

    /// <summary>True when its replicas count and it may be given new ones.</summary>
    public bool IsUsable => IsAlive && HasReported;

    /// <summary>
    /// True from the registration of a new run of its process until that one's full report is in: what it had acknowledged but
    /// not synced may be missing there (power lost, an older copy of its disk put back).
    /// </summary>
    public bool WasRestarted { get; set; }

    /// <summary>
    /// Chunks under write of which it may lack operations since a restart: until they are at another generation, which fences
    /// it, it is granted nothing.
    /// </summary>
    public ChunkSet Doubtful { get; } = new();

    /// <summary>
    /// Chunks under write, and their generation, of which it may lack operations since a restart: until they are at another
    /// generation, what it has proves nothing about what others lack. Stays when it registers again without a restart.
    /// </summary>
    public Dictionary<ChunkId, Generation> Unsure { get; } = [];

    /// <summary>True when nothing listens at its address: it serves nobody.</summary>
    public bool IsGone { get; set; }

    /// <summary>When its last heartbeat or registration arrived.</summary>
    public long HeardMs { get; set; }

    /// <summary>Number of its last heartbeat.</summary>
    public long HeartbeatNumber { get; set; }

    /// <summary>Until when it may serve at most.</summary>
    public long GrantUntilMs { get; set; }

    /// <summary>Chunks of which it has a stale replica and has not confirmed that it serves it no more: until then it is granted nothing.</summary>
    public ChunkSet MustRetire { get; } = new();

    /// <summary>
    /// Chunks that are in no file (any more), of which it has a replica that it may not know to be out of use: until it has
    /// confirmed that it serves them no more, it is granted nothing.
    /// </summary>
    public ChunkSet MustWithhold { get; } = new();

    /// <summary>When its address was last tried.</summary>
    public long ProbedMs { get; set; } = long.MinValue / 2;

    /// <summary>Bytes it may use in all.</summary>
    public long CapacityBytes { get; set; }

    /// <summary>Bytes it can still take.</summary>
    public long FreeBytes { get; set; }

    /// <summary>Bytes it stores.</summary>
    public long UsedBytes { get; set; }

    /// <summary>Chunks of which it has, or was given, a replica.</summary>
    public ChunkSet Chunks { get; } = new();

    /// <summary>Number of replicas that it has listed, garbage included.</summary>
    public long ReportedCount { get; set; }

    /// <summary>Digest of what it has listed.</summary>
    public ulong ReportedDigest { get; set; }

    /// <summary>Replicas it was given and has not listed yet.</summary>
    public int Awaited { get; set; }

    /// <summary>Copies under way to or from it.</summary>
    public int Copies { get; set; }

    /// <summary>Copies under way to it.</summary>
    public int CopiesIn { get; set; }

    /// <summary>Replicas that it is to delete.</summary>
    public Garbage Garbage { get; } = new();

    /// <summary>The full report that is coming in, or null.</summary>
    public ReportSession? Session { get; set; }

    /// <summary>Replicas that it has or will have: what placement balances on.</summary>
    public long Load => ReportedCount + Awaited + CopiesIn;

    /// <summary>Bytes one more replica is expected to take.</summary>
    public long TypicalReplicaBytes => ReportedCount == 0 ? 0 : UsedBytes / ReportedCount;
}

/// <summary>A full report while its pages come in.</summary>
internal sealed class ReportSession
{
    /// <summary>Number of the page that must come next.</summary>
    public int NextPage { get; set; }

    /// <summary>When the last page came.</summary>
    public long HeardMs { get; set; }

    /// <summary>What was listed so far.</summary>
    public ChunkSet Seen { get; } = new();
}

/// <summary>Replicas that a server is to delete, each with the moment from which it may be told.</summary>
internal sealed class Garbage
{
    private readonly Dictionary<ChunkId, Entry> _entries = [];
    private readonly PriorityQueue<ChunkId, long> _due = new();

    /// <summary>Number of replicas.</summary>
    public int Count => _entries.Count;

    /// <summary>What is known of one; false when it is no garbage.</summary>
    public bool TryGet(ChunkId chunk, out Entry entry) => _entries.TryGetValue(chunk, out entry);

    /// <summary>Adds or changes one.</summary>
    public void Put(ChunkId chunk, Entry entry)
    {
        if (!_entries.TryGetValue(chunk, out var old) || old.DueMs != entry.DueMs)
        {
            _due.Enqueue(chunk, entry.DueMs);
        }

        _entries[chunk] = entry;
    }

    /// <summary>Forgets one.</summary>
    public void Remove(ChunkId chunk) => _entries.Remove(chunk);

    /// <summary>Takes the next one that is due; it stays in until it is removed, and must be put again to become due again.</summary>
    public bool TryTakeDue(long nowMs, out ChunkId chunk, out Entry entry)
    {
        while (_due.TryPeek(out chunk, out var due) && due <= nowMs)
        {
            _due.Dequeue();
            if (_entries.TryGetValue(chunk, out entry) && entry.DueMs == due)
            {
                return true;
            }
        }

        entry = default;
        return false;
    }

    /// <summary>All of them.</summary>
    public IEnumerable<ChunkId> All => _entries.Keys;

    /// <param name="Upto">Newest generation that may be deleted.</param>
    /// <param name="Reported">Generation in the last report; Any when it was not listed.</param>
    /// <param name="DueMs">When to tell the server (again).</param>
    /// <param name="Sent">How often it was told.</param>
    internal readonly record struct Entry(Generation Upto, Generation Reported, long DueMs, int Sent);
}
