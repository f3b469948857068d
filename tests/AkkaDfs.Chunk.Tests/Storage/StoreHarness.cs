// A FileChunkStore on a disk in memory, with background work and time in the test's hands.

using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Testing.Files;
using AkkaDfs.Testing.Time;

namespace AkkaDfs.Chunk.Tests.Storage;

internal sealed class StoreHarness : IDisposable
{
    internal static readonly Guid Cluster = new("0f1e2d3c-0000-4000-8000-000000000001");
    internal static readonly ServerId Self = new(3);
    internal static readonly ReplicaRole Primary = new(Generation.First, 0, 3);
    internal static readonly ChunkId TheChunk = new(0x1a2b);

    internal StoreHarness(InMemoryFileSystem? files = null, int folders = 1, Func<ChunkStoreSettings, ChunkStoreSettings>? change = null, bool stamp = true)
    {
        Files = files ?? new InMemoryFileSystem();
        var settings = new ChunkStoreSettings
        {
            Folders = [.. Enumerable.Range(0, folders).Select(i => $"/data/{i}")],
            FreeSpaceReserveBytes = 0,
            OnEvent = e =>
            {
                lock (Events)
                {
                    Events.Add(e);
                }
            },
        };
        Settings = change?.Invoke(settings) ?? settings;
        Opened = FileChunkStore.Open(Settings, Files, Lanes, Time);
        if (Opened.IsOk && stamp)
        {
            Assert.Null(Store.Stamp(Cluster, Self));
        }
    }

    internal InMemoryFileSystem Files { get; }

    internal ManualLanes Lanes { get; } = new();

    internal ManualTime Time { get; } = new();

    internal ChunkStoreSettings Settings { get; }

    internal Result<FileChunkStore> Opened { get; }

    internal FileChunkStore Store => Opened.Value;

    internal List<StoreEvent> Events { get; } = [];

    internal static string DataPath(ChunkId? chunk = null, int folder = 0) => ChunkFileName.DataPath($"/data/{folder}", chunk ?? TheChunk);

    internal static string MetaPath(ChunkId? chunk = null, int folder = 0) => $"/data/{folder}/{ChunkFileName.RelativeMetaPath(chunk ?? TheChunk)}";

    internal static OperationId Operation(ulong counter) => new(new Guid("aaaaaaaa-0000-4000-8000-000000000001"), counter);

    internal static ReplicaOp Write(ulong sequence, long offset, byte[] payload, bool sync = false, WriteMode mode = WriteMode.AtOffset, bool anywhere = false)
    {
        var shape = anywhere ? 0 : offset;
        var checksums = new uint[Checksum.SegmentCount(new ByteRange(shape, payload.Length))];
        Checksum.ComputeSegments(shape, payload, checksums);
        return new ReplicaOp
        {
            Sequence = sequence, Mode = mode, Offset = offset, Payload = payload, Checksums = checksums, ChecksumBase = shape,
            Operation = Operation(sequence), Sync = sync,
        };
    }

    internal static ReplicaOp Truncate(ulong sequence, long length)
        => new() { Sequence = sequence, Mode = WriteMode.Truncate, Offset = length, Operation = Operation(sequence) };

    internal static ReplicaOp Pad(ulong sequence, long length)
        => new() { Sequence = sequence, Mode = WriteMode.Record, Offset = length, PadToEnd = true, Operation = Operation(sequence) };

    /// <summary>Bytes that differ from each other and from those of another seed.</summary>
    internal static byte[] Bytes(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    internal IReplicaFile Create(int chunkSizeBytes = 64 * 1024, ChunkId? chunk = null)
    {
        var created = Store.Create(chunk ?? TheChunk, Primary, chunkSizeBytes);
        Assert.True(created.IsOk, created.Error?.ToString());
        return created.Value;
    }

    internal IReplicaFile Open(ChunkId? chunk = null)
    {
        var opened = Store.Open(chunk ?? TheChunk);
        Assert.True(opened.IsOk, opened.Error?.ToString());
        return opened.Value;
    }

    internal void Sync(IReplicaFile replica) => Assert.Null(Lanes.Wait(replica.SyncAsync()));

    /// <summary>Lets the delays of background work pass, and the work be done.</summary>
    internal void Settle()
    {
        Time.Advance(Settings.SettleDelay);
        Lanes.RunAll();
    }

    /// <summary>The next process on the same disk, after this one was killed.</summary>
    internal StoreHarness Kill(Func<ChunkStoreSettings, ChunkStoreSettings>? change = null)
        => new(Files.AfterKill(), Settings.Folders.Count, change, stamp: false);

    /// <summary>The next process after a power loss.</summary>
    internal StoreHarness PowerLoss(ICrashChoice choice) => new(Files.AfterPowerLoss(choice), Settings.Folders.Count, stamp: false);

    /// <summary>The next process after this one was stopped in good order.</summary>
    internal StoreHarness Restart()
    {
        Store.Dispose();
        return Kill();
    }

    public void Dispose()
    {
        if (Opened.IsOk)
        {
            Store.Dispose();
        }
    }
}
