// What the parts of one client share. Everything in it is thread-safe.

using System.Buffers;
using AkkaDfs.Client.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Files;

/// <summary>Collaborators of one client.</summary>
internal sealed class ClientContext
{
    public required MetaClient Meta { get; init; }

    public required IDataPlaneClient Data { get; init; }

    public required TimeProvider Time { get; init; }

    public required RetryPolicy Retry { get; init; }

    public required ClientSettings Settings { get; init; }

    public required DfsClientOptions Options { get; init; }

    public required Entropy Entropy { get; init; }

    public required OperationIds Ids { get; init; }

    public required ReplicaReports Reports { get; init; }

    /// <summary>Who asks.</summary>
    public required Caller Caller { get; init; }

    /// <summary>By which name leases are held.</summary>
    public required string Holder { get; init; }

    /// <summary>Permission bits taken away from what is made.</summary>
    public required uint Umask { get; init; }

    /// <summary>Payload buffers: rented by whoever fills them, returned by the same owner.</summary>
    public ArrayPool<byte> Buffers { get; private init; } = ArrayPool<byte>.Create(DataPlaneLimits.MaxPayloadBytes, 256);

    public Deadline DeadlineOf(CallOptions? options) => Deadline.After(Time, options?.Timeout ?? Settings.OperationTimeout);

    public Task<TReply> AskAsync<TReply>(MetaProtocol.Request request, Deadline deadline, CancellationToken cancellationToken)
        where TReply : MetaProtocol.Reply
        => Meta.AskAsync<TReply>(request with { Caller = Caller, Holder = Holder, Through = Session?.Invoke() ?? Guid.Empty }, deadline, cancellationToken);

    /// <summary>The session that takes care of its own holds, by its id at the moment; null for none.</summary>
    public Func<Guid>? Session { get; private init; }

    /// <summary>The same client asking for somebody else.</summary>
    public ClientContext As(Caller caller) => With(caller, Session);

    /// <summary>The same client asking through a session.</summary>
    public ClientContext Through(Func<Guid> session) => With(Caller, session);

    private ClientContext With(Caller caller, Func<Guid>? session) => new()
    {
        Session = session,
        Meta = Meta,
        Data = Data,
        Time = Time,
        Retry = Retry,
        Settings = Settings,
        Options = Options,
        Entropy = Entropy,
        Ids = Ids,
        Reports = Reports,
        Buffers = Buffers,
        Caller = caller,
        Holder = Holder,
        Umask = Umask,
    };
}

/// <summary>
/// Tells meta of replicas that failed a reader. Best effort and bounded: a report that is lost is made again by the next
/// reader, and the same one is not repeated within a few seconds.
/// </summary>
internal sealed class ReplicaReports(MetaClient meta, TimeProvider time)
{
    private const int MostInFlight = 32;
    private const int MostRemembered = 1024;
    private static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<(ChunkId Chunk, ServerId Server, DfsErrorCode Code), long> _recent = [];
    private int _inFlight;

    /// <summary>Reports in the background.</summary>
    public void Report(ChunkLocation chunk, ServerId server, DfsErrorCode code)
    {
        if (code is not (DfsErrorCode.ReplicaCorrupt or DfsErrorCode.ReplicaLost or DfsErrorCode.ReplicaNotFound
            or DfsErrorCode.DiskError or DfsErrorCode.Unreachable or DfsErrorCode.ConnectionRefused))
        {
            return;
        }

        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (_recent.Count >= MostRemembered)
            {
                _recent.Clear();
            }

            var key = (chunk.Chunk, server, code);
            if (_inFlight >= MostInFlight || (_recent.TryGetValue(key, out var last) && time.GetElapsedTime(last, now) < QuietTime))
            {
                return;
            }

            _recent[key] = now;
            _inFlight++;
        }

        _ = SendAsync(new MetaProtocol.ReportReplica(chunk.Chunk, chunk.Generation, server, code));
    }

    private async Task SendAsync(MetaProtocol.ReportReplica report)
    {
        try
        {
            await meta.TellAsync(report, CancellationToken.None).ConfigureAwait(Surroundings.HoldAwaits);
        }
        finally
        {
            lock (_gate)
            {
                _inFlight--;
            }
        }
    }
}
