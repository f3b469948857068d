// Which replica a read goes to. All usable replicas get an equal share of one stream's bytes; one that is slow has its
// requests outstanding for longer and so gets fewer; the fastest is asked again for what the slowest still owes.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Core;

/// <summary>How a request ended.</summary>
public enum RequestEnd
{
    /// <summary>It gave the bytes.</summary>
    Answered,

    /// <summary>Another replica was faster, and this one was given up.</summary>
    Overtaken,

    /// <summary>It failed.</summary>
    Failed,
}

/// <summary>The load one stream puts on each server, and how fast they answered. Not thread-safe.</summary>
public sealed class SourceBalance
{
    // Weight of the newest answer in the smoothed speed.
    private const double Smoothing = 0.3;

    // A second request before this would cost more than it saves.
    private static readonly TimeSpan LeastPatience = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(2);

    // Time per request that no payload explains, so that small and large requests can be compared.
    private const int OverheadBytes = 64 * 1024;

    // One choice in so many forgets who failed before, so that a server that is well again is found out.
    private const int ForgiveOneIn = 32;

    private readonly Dictionary<ServerId, Load> _loads = [];

    /// <summary>Bytes asked of a server so far, finished or not.</summary>
    public long AssignedBytes(ServerId server) => _loads.TryGetValue(server, out var load) ? load.Assigned : 0;

    /// <summary>
    /// Orders the replicas of a chunk for a first try: live before others, those that did not fail lately before those that
    /// did; then the least outstanding bytes, then the least assigned bytes first; equals in random order.
    /// </summary>
    /// <param name="replicas">As meta gave them.</param>
    /// <param name="random">Breaks ties; seeded by the caller.</param>
    public IReadOnlyList<ReplicaLocation> Order(IReadOnlyList<ReplicaLocation> replicas, Random random)
    {
        var shuffled = replicas.Where(IsWorthAsking).ToArray();
        random.Shuffle(shuffled);
        var forgiving = random.Next(ForgiveOneIn) == 0;
        return shuffled
            .OrderBy(replica => replica.State == ReplicaState.Live ? 0 : 1)
            .ThenBy(replica => forgiving ? 0 : Of(replica.Server).Strikes)
            .ThenBy(replica => Of(replica.Server).Outstanding)
            .ThenBy(replica => Of(replica.Server).Assigned)
            .ToArray();
    }

    /// <summary>A request of so many bytes goes to a server.</summary>
    public void Started(ServerId server, int bytes)
    {
        var load = Of(server);
        load.Outstanding += bytes;
        load.Assigned += bytes;
    }

    /// <summary>A request is over. One that gave nothing takes its bytes back, but counts against its server.</summary>
    public void Finished(ServerId server, int bytes, TimeSpan elapsed, RequestEnd end)
    {
        var load = Of(server);
        load.Outstanding -= bytes;
        if (end != RequestEnd.Answered)
        {
            load.Assigned -= bytes;
            load.Strikes++;
            return;
        }

        load.Strikes = 0;
        var perByte = elapsed.TotalMilliseconds / (bytes + OverheadBytes);
        load.MsPerByte = load.MsPerByte is { } known ? known + (Smoothing * (perByte - known)) : perByte;
    }

    /// <summary>
    /// How long to wait for an answer before the next replica is asked for the same bytes: three times what the fastest
    /// server would take, within bounds.
    /// </summary>
    public TimeSpan Patience(int bytes)
    {
        var fastest = _loads.Values.Min(load => load.MsPerByte);
        if (fastest is null)
        {
            return MostPatience / 4;
        }

        // What is outstanding everywhere is also in the way of this request.
        var ahead = _loads.Values.Sum(load => load.Outstanding);
        var expected = TimeSpan.FromMilliseconds(fastest.Value * (bytes + OverheadBytes + ahead) * 3);
        return expected < LeastPatience ? LeastPatience : expected > MostPatience ? MostPatience : expected;
    }

    /// <summary>Of the servers not yet asked, the one that has been answering fastest; null when none is left.</summary>
    public ReplicaLocation? FastestOf(IEnumerable<ReplicaLocation> notAsked)
        => notAsked.OrderBy(replica => replica.State == ReplicaState.Live ? 0 : 1)
            .ThenBy(replica => Of(replica.Server).Strikes)
            .ThenBy(replica => Of(replica.Server).MsPerByte ?? double.MaxValue)
            .FirstOrDefault();

    // A server that meta holds for dead may still answer, and is the last hope; a replica known to be wrong is not.
    private static bool IsWorthAsking(ReplicaLocation replica) => replica.State is ReplicaState.Live or ReplicaState.Down;

    private Load Of(ServerId server)
    {
        if (!_loads.TryGetValue(server, out var load))
        {
            _loads[server] = load = new Load();
        }

        return load;
    }

    private sealed class Load
    {
        public long Outstanding { get; set; }

        public long Assigned { get; set; }

        public double? MsPerByte { get; set; }

        public int Strikes { get; set; }
    }
}
