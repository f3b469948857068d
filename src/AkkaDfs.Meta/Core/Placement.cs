// Chooses servers for new replicas, never two for one chunk. Least-loaded weighs the number of replicas and the free space,
// and counts what was just placed and what is being copied, so that a burst between two heartbeats does not pile up on the
// server that looked emptiest. The hash ring counts all servers ever registered, so that a server that is away shifts nothing
// but its own share.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>What a choice is for.</summary>
/// <param name="Policy">How to choose; not Default.</param>
/// <param name="Count">How many servers, at least 1.</param>
/// <param name="ChunkSizeBytes">Most that the replica may take.</param>
/// <param name="RingStart">For the hash ring: hash of the path plus index of the chunk.</param>
internal readonly record struct PlacementRequest(PlacementPolicy Policy, int Count, int ChunkSizeBytes, ulong RingStart);

/// <summary>Chooses servers.</summary>
internal sealed class Placement(ServerTable servers, SeededRandom random)
{
    private readonly List<Server> _candidates = [];

    /// <summary>Chooses up to the number asked for; fewer when there are no more.</summary>
    /// <param name="request">What for.</param>
    /// <param name="refuses">True for servers that cannot be taken.</param>
    /// <param name="chosen">Receives the servers; the first becomes the primary.</param>
    public void Choose(in PlacementRequest request, Predicate<Server> refuses, List<Server> chosen)
    {
        if (request.Policy == PlacementPolicy.HashRing)
        {
            ChooseOnRing(request, refuses, chosen);
            return;
        }

        Gather(request.ChunkSizeBytes, refuses);
        if (request.Policy == PlacementPolicy.Random)
        {
            ChooseRandomly(request.Count, chosen);
        }
        else
        {
            ChooseLeastLoaded(request.Count, chosen);
        }
    }

    /// <summary>Why a server could not be taken, apart from what the chunk at hand has against it.</summary>
    /// <param name="server">The server.</param>
    /// <param name="chunkSizeBytes">Most that the replica may take.</param>
    public static PlacementRefusal WhyNot(Server server, int chunkSizeBytes)
        => !server.IsAlive ? PlacementRefusal.NotAlive
        : !server.HasReported ? PlacementRefusal.NotReported
        : server.IsLeaving ? PlacementRefusal.Leaving
        : server.Mode == ServerMode.Maintenance ? PlacementRefusal.Maintenance
        : server.FreeBytes <= 0 ? PlacementRefusal.NoSpace
        : server.FreeBytes < chunkSizeBytes ? PlacementRefusal.LittleSpace
        : PlacementRefusal.None;

    /// <summary>FNV-1a of the path's bytes: where a file begins on the hash ring.</summary>
    public static ulong HashOf(string path)
    {
        var hash = 0xCBF29CE484222325UL;
        foreach (var value in PathText.ToBytes(path))
        {
            hash = (hash ^ value) * 0x100000001B3UL;
        }

        return hash;
    }

    private void Gather(int chunkSizeBytes, Predicate<Server> refuses)
    {
        _candidates.Clear();
        var full = 0;
        foreach (var server in servers.All)
        {
            if (WhyNot(server, chunkSizeBytes) is PlacementRefusal.None or PlacementRefusal.LittleSpace && !refuses(server))
            {
                _candidates.Add(server);
                full += server.FreeBytes < chunkSizeBytes ? 1 : 0;
            }
        }

        // Servers that may not hold a whole chunk are taken only when there is nobody else.
        if (full > 0 && full < _candidates.Count)
        {
            _candidates.RemoveAll(s => s.FreeBytes < chunkSizeBytes);
        }
    }

    private void ChooseRandomly(int count, List<Server> chosen)
    {
        for (; count > 0 && _candidates.Count > 0; count--)
        {
            var at = random.Next(_candidates.Count);
            chosen.Add(_candidates[at]);
            _candidates.RemoveAt(at);
        }
    }

    private void ChooseLeastLoaded(int count, List<Server> chosen)
    {
        long load = 0, free = 1;
        foreach (var server in _candidates)
        {
            load += server.Load;
            free = Math.Max(free, server.FreeBytes);
        }

        var mean = ((double)load / Math.Max(1, _candidates.Count)) + 1;
        for (; count > 0 && _candidates.Count > 0; count--)
        {
            // Equal servers are taken from a random start, so that ties spread.
            var start = random.Next(_candidates.Count);
            var best = start;
            for (var i = 1; i < _candidates.Count; i++)
            {
                var at = (start + i) % _candidates.Count;
                best = Score(_candidates[at], mean, free) < Score(_candidates[best], mean, free) ? at : best;
            }

            chosen.Add(_candidates[best]);
            _candidates.RemoveAt(best);
        }
    }

    private static double Score(Server server, double mean, double mostFree)
    {
        var expected = server.FreeBytes - ((server.Awaited + server.CopiesIn) * server.TypicalReplicaBytes);
        return (server.Load / mean) - (Math.Max(0, expected) / mostFree);
    }

    private void ChooseOnRing(in PlacementRequest request, Predicate<Server> refuses, List<Server> chosen)
    {
        var all = servers.All;
        var start = all.Count == 0 ? 0 : (int)(request.RingStart % (ulong)all.Count);
        for (var i = 0; i < all.Count && chosen.Count < request.Count; i++)
        {
            var server = all[(start + i) % all.Count];
            if (WhyNot(server, 0) == PlacementRefusal.None && !refuses(server))
            {
                chosen.Add(server);
            }
        }
    }
}
