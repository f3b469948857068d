// What an operation costs besides its bytes: memory taken from the heap, writes, and syncs.

using System.Globalization;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Files;
using Xunit.Abstractions;
using static AkkaDfs.Chunk.Tests.Storage.StoreHarness;

namespace AkkaDfs.Chunk.Tests.Storage;

public sealed class HotPathTests(ITestOutputHelper output) : IDisposable
{
    private const int RecordBytes = 2048;
    private const int Batch = 16;
    private readonly string _folder = Directory.CreateTempSubdirectory("dfs-hot-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_append_takes_next_to_nothing_from_the_heap(bool sync)
    {
        using var store = Open();
        Assert.Null(store.Stamp(Cluster, Self));
        using var replica = store.Create(TheChunk, Primary, 256 << 20).Value;
        var payload = Bytes(RecordBytes);
        var checksums = new uint[1];
        Checksum.ComputeSegments(0, payload, checksums);
        var ops = new ReplicaOp[Batch];

        // The first rounds fill the window of remembered outcomes and every buffer.
        Run(replica, ops, payload, checksums, sync, rounds: 400);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(replica, ops, payload, checksums, sync, rounds: 400);
        var perOp = (GC.GetAllocatedBytesForCurrentThread() - before) / (400.0 * Batch);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(sync ? "logged" : "plain")} append of {RecordBytes} bytes: {perOp:F1} bytes from the heap per operation"));
        Assert.InRange(perOp, 0, 32);
    }

    [Fact]
    public void A_read_takes_next_to_nothing_from_the_heap()
    {
        using var store = Open();
        Assert.Null(store.Stamp(Cluster, Self));
        using var replica = store.Create(TheChunk, Primary, 64 << 20).Value;
        Assert.Null(replica.Apply([Write(1, 0, Bytes(1 << 20))]).Error);
        var destination = new byte[1 << 18];
        var checksums = new uint[64];
        long before = 0;
        for (var i = 0; i < 300; i++)
        {
            before = i == 100 ? GC.GetAllocatedBytesForCurrentThread() : before;
            Assert.Null(replica.Read(new ByteRange(i * 1000, 200_000), destination, checksums).Error);
        }

        var perRead = (GC.GetAllocatedBytesForCurrentThread() - before) / 200.0;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"read of 200,000 bytes: {perRead:F1} bytes from the heap"));
        Assert.InRange(perRead, 0, 64);
    }

    [Fact]
    public async Task A_synced_append_takes_little_from_the_heap()
    {
        using var store = Open();
        Assert.Null(store.Stamp(Cluster, Self));
        using var replica = store.Create(TheChunk, Primary, 64 << 20).Value;
        var payload = Bytes(RecordBytes);
        var checksums = new uint[1];
        Checksum.ComputeSegments(0, payload, checksums);
        var ops = new ReplicaOp[1];
        long before = 0;
        const int Rounds = 300;
        for (var i = 0; i < 2 * Rounds; i++)
        {
            before = i == Rounds ? GC.GetTotalAllocatedBytes(precise: true) : before;
            Fill(ops, replica.Info, payload, checksums, sync: true);
            Assert.Null(replica.Apply(ops).Error);
            Assert.Null(await replica.SyncAsync());
        }

        var perOp = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Rounds;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"append of {RecordBytes} bytes, one at a time, each with its own sync: {perOp:F0} bytes from the heap, all threads"));
    }

    [Fact]
    public void One_sync_of_the_log_serves_all_who_wait()
    {
        using var harness = new StoreHarness();
        var replicas = Enumerable.Range(1, 64).Select(i => harness.Create(chunk: new ChunkId((ulong)i))).ToList();
        harness.Settle();
        var syncs = 0;
        harness.Files.Synced = _ => syncs++;
        var waiting = new List<ValueTask<DfsError?>>();
        foreach (var replica in replicas)
        {
            for (ulong i = 1; i <= 4; i++)
            {
                Assert.Null(replica.Apply([Write(i, (long)(i - 1) * 100, Bytes(100), sync: true)]).Error);
                waiting.Add(replica.SyncAsync());
            }
        }

        waiting.ForEach(w => Assert.Null(harness.Lanes.Wait(w)));
        Assert.Equal(1, syncs);
        replicas.ForEach(r => r.Dispose());
    }

    private static void Run(IReplicaFile replica, ReplicaOp[] ops, byte[] payload, uint[] checksums, bool sync, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            Fill(ops, replica.Info, payload, checksums, sync);
            var applied = replica.Apply(ops);
            if (applied.Error is not null)
            {
                Assert.Fail(applied.Error.ToString());
            }
        }
    }

    private static void Fill(ReplicaOp[] ops, in ReplicaInfo at, byte[] payload, uint[] checksums, bool sync)
    {
        for (var i = 0; i < ops.Length; i++)
        {
            var sequence = at.Sequence + 1 + (ulong)i;
            ops[i] = new ReplicaOp
            {
                Sequence = sequence, Mode = WriteMode.AtOffset, Offset = at.LengthBytes + (i * RecordBytes), Payload = payload, Checksums = checksums,
                ChecksumBase = 0, Operation = Operation(sequence), Sync = sync,
            };
        }
    }

    private FileChunkStore Open()
        => FileChunkStore.Open(new ChunkStoreSettings { Folders = [_folder] }, DiskFileSystem.Instance, ThreadLanes.Instance, TimeProvider.System).Value;
}
