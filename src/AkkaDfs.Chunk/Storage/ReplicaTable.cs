// All replicas of a server: a compact row for each, and the objects of those that are active. Sharded by chunk, so that a
// million rows need no large array to be copied when they grow and locks are short. About 60 bytes per replica at rest.

using System.Runtime.InteropServices;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Storage;

internal sealed class ReplicaTable
{
    private const int ShardCount = 256;
    private readonly Shard[] _shards = [.. Enumerable.Range(0, ShardCount).Select(_ => new Shard())];

    internal long Count => _shards.Sum(s => (long)s.Rows.Count);

    internal bool TryGet(ChunkId chunk, out ReplicaInfo info)
    {
        var shard = ShardOf(chunk);
        Replica? active;
        lock (shard.Lock)
        {
            if (!shard.Rows.TryGetValue(chunk.Value, out var row))
            {
                info = default;
                return false;
            }

            info = row.ToInfo(chunk);
            shard.Active.TryGetValue(chunk.Value, out active);
        }

        info = active?.Info ?? info with { Flags = info.Flags | (active?.Flags ?? default) };
        return true;
    }

    /// <summary>Sets the row of a replica at rest.</summary>
    /// <returns>What was there.</returns>
    internal ReplicaInfo? Put(ReplicaInfo info)
    {
        var shard = ShardOf(info.Chunk);
        lock (shard.Lock)
        {
            ref var row = ref CollectionsMarshal.GetValueRefOrAddDefault(shard.Rows, info.Chunk.Value, out var existed);
            ReplicaInfo? old = existed ? row.ToInfo(info.Chunk) : null;
            row = new Row(info);
            return old;
        }
    }

    /// <summary>Adds a replica with its object; false when the chunk has one.</summary>
    internal bool TryAdd(ReplicaInfo info, Replica replica)
    {
        var shard = ShardOf(info.Chunk);
        lock (shard.Lock)
        {
            if (!shard.Rows.TryAdd(info.Chunk.Value, new Row(info)))
            {
                return false;
            }

            shard.Active[info.Chunk.Value] = replica;
            return true;
        }
    }

    /// <summary>Puts a replica and its object in the place of whatever was there.</summary>
    /// <returns>The object that was there, if it was active.</returns>
    internal Replica? Exchange(ReplicaInfo info, Replica replica)
    {
        var shard = ShardOf(info.Chunk);
        lock (shard.Lock)
        {
            shard.Active.TryGetValue(info.Chunk.Value, out var old);
            shard.Rows[info.Chunk.Value] = new Row(info);
            shard.Active[info.Chunk.Value] = replica;
            return old;
        }
    }

    /// <summary>The replica's object, made by <paramref name="make"/> when it is at rest, with one more handle; null when unknown.</summary>
    internal Replica? Acquire(ChunkId chunk, Func<ReplicaInfo, Replica> make)
    {
        var shard = ShardOf(chunk);
        lock (shard.Lock)
        {
            if (!shard.Rows.TryGetValue(chunk.Value, out var row))
            {
                return null;
            }

            ref var active = ref CollectionsMarshal.GetValueRefOrAddDefault(shard.Active, chunk.Value, out _);
            active ??= make(row.ToInfo(chunk));
            active.Handles++;
            return active;
        }
    }

    internal void Release(Replica replica)
    {
        lock (ShardOf(replica.Chunk).Lock)
        {
            replica.Handles--;
        }

        TryRest(replica);
    }

    /// <summary>Lets go of the object when nobody holds it and its files say everything.</summary>
    internal void TryRest(Replica replica)
    {
        var shard = ShardOf(replica.Chunk);
        lock (shard.Lock)
        {
            if (replica.Handles == 0
                && shard.Active.TryGetValue(replica.Chunk.Value, out var active)
                && ReferenceEquals(active, replica)
                && replica.IsAtRest)
            {
                if (replica.Info is { } info)
                {
                    shard.Rows[replica.Chunk.Value] = new Row(info);
                }

                shard.Active.Remove(replica.Chunk.Value);
                replica.Close();
            }
        }
    }

    /// <summary>Takes a replica out; with <paramref name="replica"/> only if that is its object.</summary>
    internal bool Remove(ChunkId chunk, Replica? replica = null)
    {
        var shard = ShardOf(chunk);
        lock (shard.Lock)
        {
            if (replica is not null && shard.Active.TryGetValue(chunk.Value, out var active) && !ReferenceEquals(active, replica))
            {
                return false;
            }

            shard.Active.Remove(chunk.Value);
            return shard.Rows.Remove(chunk.Value);
        }
    }

    /// <summary>Takes out all replicas of a folder.</summary>
    /// <returns>The objects of those that were active.</returns>
    internal List<Replica> RemoveFolder(int folder)
    {
        var removed = new List<Replica>();
        foreach (var shard in _shards)
        {
            lock (shard.Lock)
            {
                foreach (var (chunk, _) in shard.Rows.Where(r => r.Value.ToInfo(default).Folder == folder).ToList())
                {
                    shard.Rows.Remove(chunk);
                    if (shard.Active.Remove(chunk, out var active))
                    {
                        removed.Add(active);
                    }
                }
            }
        }

        return removed;
    }

    /// <summary>Objects of the active replicas.</summary>
    internal IEnumerable<Replica> Active()
    {
        foreach (var shard in _shards)
        {
            Replica[] active;
            lock (shard.Lock)
            {
                active = [.. shard.Active.Values];
            }

            foreach (var replica in active)
            {
                yield return replica;
            }
        }
    }

    internal IEnumerable<ReplicaInfo> List()
    {
        foreach (var shard in _shards)
        {
            ReplicaInfo[] rows;
            Dictionary<ulong, Replica> active;
            lock (shard.Lock)
            {
                rows = [.. shard.Rows.Select(r => r.Value.ToInfo(new ChunkId(r.Key)))];
                active = new Dictionary<ulong, Replica>(shard.Active);
            }

            foreach (var row in rows)
            {
                yield return active.TryGetValue(row.Chunk.Value, out var replica)
                    ? replica.Info ?? row with { Flags = row.Flags | replica.Flags }
                    : row;
            }
        }
    }

    private Shard ShardOf(ChunkId chunk) => _shards[(int)((chunk.Value * 0x9E3779B97F4A7C15UL) >> 56)];

    private sealed class Shard
    {
        internal readonly Lock Lock = new();
        internal readonly Dictionary<ulong, Row> Rows = [];
        internal readonly Dictionary<ulong, Replica> Active = [];
    }

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private readonly struct Row(ReplicaInfo info)
    {
        private readonly ulong _sequence = info.Sequence;
        private readonly uint _generation = info.Role.Generation.Value;
        private readonly int _length = (int)info.LengthBytes;
        private readonly int _chunkSize = info.ChunkSizeBytes;
        private readonly byte _position = info.Role.Position;
        private readonly byte _chainLength = info.Role.ChainLength;
        private readonly byte _folder = info.Folder;
        private readonly byte _flags = (byte)info.Flags;

        internal ReplicaInfo ToInfo(ChunkId chunk) => new(
            chunk,
            new ReplicaRole(new Generation(_generation), _position, _chainLength),
            _sequence,
            _length,
            _chunkSize,
            _folder,
            (ServerProtocol.ReplicaFlags)_flags);
    }
}
