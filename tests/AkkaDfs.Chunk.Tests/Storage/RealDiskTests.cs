// The same store on the machine's own disk, with its own threads and clock.

using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;
using static AkkaDfs.Chunk.Tests.Storage.StoreHarness;

namespace AkkaDfs.Chunk.Tests.Storage;

public sealed class RealDiskTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dfs-store-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Synced_overwritten_and_cut_bytes_are_the_same_after_reopening()
    {
        var twin = new ReplicaTwin(1 << 20);
        using (var store = Open())
        {
            Assert.Null(store.Stamp(Cluster, Self));
            using var replica = store.Create(TheChunk, Primary, 1 << 20).Value;
            ReplicaOp[] ops = [Write(1, 0, Bytes(300_000)), Write(2, 1000, Bytes(100_000, 2), sync: true), Truncate(3, 120_000), Write(4, 120_000, Bytes(64_000, 4), sync: true)];
            foreach (var op in ops)
            {
                twin.Apply(op);
                Assert.Null(replica.Apply([op]).Error);
                Assert.Null(await replica.SyncAsync());
            }

            twin.AssertIs(replica);
        }

        using var again = Open();
        using var opened = again.Open(TheChunk).Value;
        twin.AssertIs(opened);
        Assert.Equal(twin.Bytes, await File.ReadAllBytesAsync(opened.DataPath));
    }

    [Fact]
    public async Task Overwritten_bytes_reach_the_data_file_soon_without_being_asked_for()
    {
        using var store = Open();
        Assert.Null(store.Stamp(Cluster, Self));
        using var replica = store.Create(TheChunk, Primary, 1 << 20).Value;
        replica.Apply([Write(1, 0, Bytes(1000)), Write(2, 100, Bytes(50, 2))]);
        var expected = Bytes(1000);
        Bytes(50, 2).CopyTo(expected, 100);
        var deadline = DateTime.UtcNow.AddSeconds(30);
        while (!(await File.ReadAllBytesAsync(replica.DataPath)).AsSpan().SequenceEqual(expected))
        {
            Assert.True(DateTime.UtcNow < deadline, "the data file was not brought up to date");
            await Task.Delay(5);
        }
    }

    [Fact]
    public async Task Many_replicas_sync_at_once_by_few_syncs_of_the_log()
    {
        using var store = Open();
        Assert.Null(store.Stamp(Cluster, Self));
        var replicas = Enumerable.Range(1, 64).Select(i => store.Create(new ChunkId((ulong)i), Primary, 1 << 20).Value).ToList();
        for (ulong round = 1; round <= 5; round++)
        {
            var synced = replicas.Select(r =>
            {
                Assert.Null(r.Apply([Write(round, (long)(round - 1) * 2048, Bytes(2048, (int)round), sync: true)]).Error);
                return r.SyncAsync().AsTask();
            }).ToList();
            Assert.All(await Task.WhenAll(synced), Assert.Null);
        }

        replicas.ForEach(r => r.Dispose());
    }

    [Fact]
    public void A_second_process_cannot_open_the_folder()
    {
        using var store = Open();
        var second = FileChunkStore.Open(new ChunkStoreSettings { Folders = [_folder] }, DiskFileSystem.Instance, ThreadLanes.Instance, TimeProvider.System);
        Assert.Equal(DfsErrorCode.FolderLocked, second.Error?.Code);
    }

    private FileChunkStore Open()
        => FileChunkStore.Open(new ChunkStoreSettings { Folders = [_folder] }, DiskFileSystem.Instance, ThreadLanes.Instance, TimeProvider.System).Value;
}
