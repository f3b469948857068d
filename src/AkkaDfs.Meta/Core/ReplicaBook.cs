// Where replicas are, as far as reports have told, and how well every chunk is stored. All changes of a chunk's replicas go
// through here, so that four things always agree: the chunk's list, the server's set, the counts, and the repair queue.
// Invariant: a server has at most one replica of a chunk.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Replicas and their counts.</summary>
internal sealed class ReplicaBook(DurableState durable, RepairQueue queue, SafeMode safeMode)
{
    private readonly long[] _counts = new long[5];

    /// <summary>Number of chunks of a health.</summary>
    public long CountOf(ChunkHealth health) => _counts[(int)health];

    /// <summary>Adds a replica, or changes it.</summary>
    public void Put(Chunk chunk, Replica replica)
    {
        var server = durable.Servers[replica.Server];
        var at = chunk.Replicas.IndexOf(replica.Server);
        var wasAwaited = at >= 0 && !chunk.Replicas[at].IsReported;
        server.Awaited += (replica.IsReported ? 0 : 1) - (wasAwaited ? 1 : 0);
        server.Chunks.Add(chunk.Id);
        chunk.Replicas.Put(replica);
        var isStale = replica.IsReported && replica.Reported < chunk.Written;
        if ((replica.InChain && !isStale) || (replica.Flags & ReplicaMarks.Retired) != 0)
        {
            server.MustRetire.Remove(chunk.Id);
        }
    }

    /// <summary>Takes a replica out, if there is one.</summary>
    public void Drop(Chunk chunk, Server server)
    {
        var at = chunk.Replicas.IndexOf(server.Id);
        if (at >= 0)
        {
            server.Awaited -= chunk.Replicas[at].IsReported ? 0 : 1;
            chunk.Replicas.RemoveAt(at);
            server.Chunks.Remove(chunk.Id);
            server.MustRetire.Remove(chunk.Id);
        }
    }

    /// <summary>A server has listed a replica: keeps count and digest of what it has listed.</summary>
    public static void Listed(Server server, ChunkId chunk, Generation before, Generation now)
    {
        server.ReportedCount += (now == Generation.Any ? 0 : 1) - (before == Generation.Any ? 0 : 1);
        server.ReportedDigest += now == Generation.Any ? 0 : ReportDigest.Of(chunk, now);
        server.ReportedDigest -= before == Generation.Any ? 0 : ReportDigest.Of(chunk, before);
    }

    /// <summary>True for a member of the chain without known damage on a usable server.</summary>
    public bool IsLive(in Replica replica) => replica.InChain && !replica.IsDamaged && durable.Servers[replica.Server].IsUsable;

    /// <summary>Number of live replicas.</summary>
    public int CountLive(Chunk chunk)
    {
        var live = 0;
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            live += IsLive(chunk.Replicas[i]) ? 1 : 0;
        }

        return live;
    }

    /// <summary>Number of live replicas that their servers have listed under the chunk's generation.</summary>
    public int CountVerified(Chunk chunk)
    {
        var verified = 0;
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var replica = chunk.Replicas[i];
            verified += IsLive(replica) && replica.Reported == chunk.Generation ? 1 : 0;
        }

        return verified;
    }

    /// <summary>True when every member of the chain is known, live, and has adopted the generation.</summary>
    public bool IsChainWhole(Chunk chunk) => chunk.ChainLength > 0 && CountLive(chunk) == chunk.ChainLength && HasAdopted(chunk);

    /// <summary>True when all members are known to have adopted the generation: told so, written under it, or listed it.</summary>
    public bool HasAdopted(Chunk chunk)
        => chunk.IsSettled || chunk.Written == chunk.Generation || (chunk.ChainLength > 0 && CountVerified(chunk) == chunk.ChainLength);

    /// <summary>
    /// True when the chunk was certainly never written: no server has listed it, and too few have not reported to be all the
    /// members that would have to have it.
    /// </summary>
    public bool IsNowhere(Chunk chunk)
    {
        if (chunk.Replicas.Count > 0 || chunk.HasData)
        {
            return false;
        }

        var unknown = 0;
        foreach (var server in durable.Servers.All)
        {
            unknown += server.HasReported ? 0 : 1;
        }

        return unknown < chunk.Members;
    }

    /// <summary>The primary of the chain, or null when it is not known.</summary>
    public Server? PrimaryOf(Chunk chunk)
        => chunk.Replicas.Count > 0 && chunk.Replicas[0] is { InChain: true, Position: 0 } first ? durable.Servers[first.Server] : null;

    /// <summary>Counts the chunk anew after its replicas, its servers or its own state have changed.</summary>
    public void Recount(Chunk chunk)
    {
        // Members that have not adopted the generation do not count, unless they are about to.
        var live = chunk.IsChanging || HasAdopted(chunk) ? CountLive(chunk) : CountVerified(chunk);
        var health = live >= chunk.Wanted ? ChunkHealth.Full
            : !chunk.HasData ? ChunkHealth.Unwritten
            : live > 0 ? ChunkHealth.Under
            : ChunkHealth.Missing;
        if (health != chunk.Health)
        {
            _counts[(int)chunk.Health]--;
            _counts[(int)health]++;
            chunk.Health = health;
        }

        // What has enough and is only to move comes last.
        queue.Set(chunk, !NeedsCopy(chunk, live) ? 0 : live < chunk.Wanted ? live : queue.Levels);
    }

    /// <summary>Number of verified replicas on servers that are not to go.</summary>
    public int CountStaying(Chunk chunk)
    {
        var staying = 0;
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var replica = chunk.Replicas[i];
            staying += IsLive(replica) && replica.Reported == chunk.Generation && !durable.Servers[replica.Server].IsDraining ? 1 : 0;
        }

        return staying;
    }

    /// <summary>True when a live member of the chain is on a server that does not stop.</summary>
    public bool HasMemberThatStays(Chunk chunk)
    {
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            if (IsLive(chunk.Replicas[i]) && !durable.Servers[chunk.Replicas[i].Server].IsStopping)
            {
                return true;
            }
        }

        return false;
    }

    private bool NeedsCopy(Chunk chunk, int live)
    {
        if (!chunk.HasData || safeMode.IsActive || live == 0)
        {
            return false;
        }

        var draining = 0;
        var away = 0;
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var replica = chunk.Replicas[i];
            draining += IsLive(replica) && durable.Servers[replica.Server].IsDraining ? 1 : 0;
            away += !replica.IsDamaged && durable.Servers[replica.Server].IsExcused ? 1 : 0;
        }

        // The last good copy is not left alone, whatever was announced.
        var isLastAlone = live == 1 && chunk.Wanted > 1;
        return live - draining + (isLastAlone ? 0 : away + CountUnknownAway(chunk)) < chunk.Wanted;
    }

    // After a start of meta a server that is away by leave cannot say what it has: members of the chain that nobody has listed are
    // presumed to be there, as far as there are such servers.
    private int CountUnknownAway(Chunk chunk)
    {
        var unlisted = chunk.Members - chunk.Replicas.Count;
        if (unlisted <= 0 || durable.Servers.InMaintenance == 0)
        {
            return 0;
        }

        var servers = 0;
        foreach (var server in durable.Servers.All)
        {
            servers += server is { IsExcused: true, IsRegistered: false } ? 1 : 0;
        }

        return Math.Min(unlisted, servers);
    }

    /// <summary>Counts all chunks of a server anew: it has become usable, or no longer is.</summary>
    public void RecountAll(Server server)
    {
        for (var next = server.Chunks.FirstFrom(ChunkId.None); next != ChunkId.None; next = server.Chunks.FirstFrom(new ChunkId(next.Value + 1)))
        {
            Recount(durable.Chunks.Find(next)!);
        }
    }

    /// <summary>A new run of a server's process has begun: what it was given before and has not listed may be lost.</summary>
    public void DoubtUnlisted(Server server)
    {
        for (var next = server.Chunks.FirstFrom(ChunkId.None); next != ChunkId.None; next = server.Chunks.FirstFrom(new ChunkId(next.Value + 1)))
        {
            var chunk = durable.Chunks.Find(next)!;
            var replica = chunk.Replicas[chunk.Replicas.IndexOf(server.Id)];
            if (!replica.IsReported)
            {
                Put(chunk, replica with { Flags = replica.Flags | ReplicaMarks.Doubted });
            }
        }
    }

    /// <summary>Counts all chunks anew: at the start, and when safe mode ends.</summary>
    public void RecountAll()
    {
        foreach (var chunk in durable.Chunks.InOrder())
        {
            Recount(chunk);
        }
    }

    /// <summary>The replicas outside the chain must not be served any more: their servers are granted nothing until they confirm.</summary>
    public void RequireRetirement(Chunk chunk)
    {
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var replica = chunk.Replicas[i];
            if ((replica.Flags & (ReplicaMarks.InChain | ReplicaMarks.Retired)) == 0)
            {
                durable.Servers[replica.Server].MustRetire.Add(chunk.Id);
            }
        }
    }

    /// <summary>
    /// Servers that may serve a state which is older than the chain's at this moment: those with a right to serve that have a
    /// replica outside the chain and have not confirmed to have stopped, or whose replicas are not known yet.
    /// </summary>
    public IEnumerable<ServerId> StaleServers(Chunk chunk, long nowMs)
    {
        foreach (var server in durable.Servers.All)
        {
            if (!server.IsGone && server.GrantUntilMs > nowMs)
            {
                var at = chunk.Replicas.IndexOf(server.Id);
                if (at >= 0 ? (chunk.Replicas[at].Flags & (ReplicaMarks.InChain | ReplicaMarks.Retired)) == 0 : !server.HasReported)
                {
                    yield return server.Id;
                }
            }
        }
    }

    /// <summary>A change was given up: members that may lack what was acknowledged, and have not adopted, are none.</summary>
    public void ExpelUnadopted(Chunk chunk)
    {
        for (var i = chunk.Replicas.Count - 1; i >= 0 && !HasAdopted(chunk); i--)
        {
            var replica = chunk.Replicas[i];
            if (replica is { InChain: true, IsReported: true } && replica.Reported < chunk.Written)
            {
                Put(chunk, replica with { Flags = replica.Flags & ~ReplicaMarks.InChain });
                durable.Servers[replica.Server].MustRetire.Add(chunk.Id);
            }
        }
    }

    /// <summary>Makes garbage of the replicas outside the chain; they are deleted once enough verified ones exist.</summary>
    public void DiscardStale(Chunk chunk, long nowMs)
    {
        for (var i = chunk.Replicas.Count - 1; i >= 0; i--)
        {
            var replica = chunk.Replicas[i];
            if (!replica.InChain && replica.Reported < chunk.Generation)
            {
                var server = durable.Servers[replica.Server];
                server.Garbage.TryGet(chunk.Id, out var old);
                server.Garbage.Put(chunk.Id, new Garbage.Entry(new Generation(chunk.Generation.Value - 1), Generation.Any, nowMs, old.Sent));
            }
        }
    }

    /// <summary>A chunk is gone for good: its replicas become garbage.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="deleteFromMs">When they may be deleted.</param>
    /// <param name="isCut">True when its file is still there, and nobody may read from them.</param>
    public void Forget(Chunk chunk, long deleteFromMs, bool isCut)
    {
        while (chunk.Replicas.Count > 0)
        {
            var replica = chunk.Replicas[0];
            var server = durable.Servers[replica.Server];
            Drop(chunk, server);
            var upto = replica.Reported > chunk.Generation ? replica.Reported : chunk.Generation;
            server.Garbage.Put(chunk.Id, new Garbage.Entry(upto, replica.Reported, deleteFromMs, 0));
            if (isCut && (replica.Flags & ReplicaMarks.Retired) == 0)
            {
                server.MustWithhold.Add(chunk.Id);
            }
        }

        queue.Set(chunk, 0);
        _counts[(int)chunk.Health]--;
        chunk.Health = ChunkHealth.Uncounted;
        _counts[(int)ChunkHealth.Uncounted]++;
    }

    /// <summary>The replicas of a chunk as clients see them.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="withPaths">Whether to give the path of each replica on its server.</param>
    /// <param name="withStale">Whether to list replicas outside the chain too.</param>
    public IReadOnlyList<ReplicaLocation> Locations(Chunk chunk, bool withPaths = false, bool withStale = false)
    {
        var locations = new List<ReplicaLocation>(chunk.Replicas.Count);
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var replica = chunk.Replicas[i];
            if (replica.InChain || withStale)
            {
                locations.Add(LocationOf(chunk, replica, withPaths));
            }
        }

        return locations;
    }

    /// <summary>One replica as clients see it.</summary>
    public ReplicaLocation LocationOf(Chunk chunk, in Replica replica, bool withPaths = false)
    {
        var server = durable.Servers[replica.Server];
        var state = !replica.InChain ? ReplicaState.Stale
            : replica.IsDamaged ? ReplicaState.Corrupt
            : server.IsUsable ? ReplicaState.Live
            : ReplicaState.Down;
        var path = withPaths && replica.IsReported && replica.Folder < server.Folders.Count
            ? ChunkFileName.DataPath(server.Folders[replica.Folder], chunk.Id)
            : string.Empty;
        return new ReplicaLocation(server.Id, server.Endpoint, state, path);
    }

    /// <summary>A chunk and its replicas as clients see them.</summary>
    public ChunkLocation LocationOf(Chunk chunk, bool withPaths = false) => new()
    {
        Chunk = chunk.Id,
        File = chunk.File.Id,
        Index = chunk.Index,
        Generation = chunk.Generation,
        ChunkSizeBytes = chunk.File.Layout.ChunkSizeBytes,
        LengthBytes = chunk.LengthBytes,
        IsOpen = chunk.IsOpen && !IsNowhere(chunk),
        Replicas = Locations(chunk, withPaths, withPaths),
    };
}
