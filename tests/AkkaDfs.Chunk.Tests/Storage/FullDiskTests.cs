// Disks that are full, or fail, and folders that go away: what is refused, what goes on, and what comes back by itself.

using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Testing.Files;
using static AkkaDfs.Chunk.Tests.Storage.StoreHarness;

namespace AkkaDfs.Chunk.Tests.Storage;

public sealed class FullDiskTests
{
    [Fact]
    public void The_reserve_is_kept_free_and_writes_go_on_when_there_is_space_again()
    {
        using var harness = new StoreHarness(change: s => s with { FreeSpaceReserveBytes = 1 << 20 });
        harness.Files.Free = static _ => (1 << 20) + 50_000;
        using var replica = harness.Create();
        Assert.Null(replica.Apply([Write(1, 0, Bytes(30_000))]).Error);
        Wait(harness);
        harness.Files.Free = static _ => (1 << 20) + 10_000;
        Wait(harness);
        var refused = replica.Apply([Write(2, 30_000, Bytes(20_000))]);
        Assert.Equal((0, DfsErrorCode.DiskFull), (refused.Applied, refused.Error?.Code));
        Assert.Equal(10_000, harness.Store.FreeBytes);
        harness.Files.Free = null;
        Wait(harness);
        Assert.Null(replica.Apply([Write(2, 30_000, Bytes(20_000))]).Error);
    }

    [Fact]
    public void New_replicas_go_to_the_folder_with_most_space_and_none_to_a_full_one()
    {
        using var harness = new StoreHarness(folders: 2, change: s => s with { FreeSpaceReserveBytes = 1 << 20 });
        harness.Files.Free = static path => path.StartsWith("/data/0", StringComparison.Ordinal) ? 1 << 20 : 1 << 30;
        for (ulong i = 1; i <= 5; i++)
        {
            using var replica = harness.Create(chunk: new ChunkId(i));
            Assert.Equal(1, replica.Info.Folder);
        }

        harness.Files.Free = static _ => 1 << 20;
        Wait(harness);
        Assert.Equal(DfsErrorCode.DiskFull, harness.Store.Create(new ChunkId(9), Primary, 8192).Error?.Code);
        Assert.False(harness.Store.TryGet(new ChunkId(9), out _));
    }

    [Fact]
    public void A_server_that_starts_on_a_full_disk_takes_the_folder_into_use_when_there_is_space()
    {
        using var harness = new StoreHarness(folders: 2);
        var twin = new ReplicaTwin(64 * 1024);
        using (var replica = harness.Create())
        {
            twin.Apply(Write(1, 0, Bytes(5000), sync: true));
            Assert.Null(replica.Apply([Write(1, 0, Bytes(5000), sync: true)]).Error);
            harness.Sync(replica);
        }

        var files = harness.Files.AfterKill();
        files.Fault = static (action, path) => action == DiskAction.Grow && path.StartsWith("/data/0/wal", StringComparison.Ordinal) ? InMemoryFileSystem.Enospc(path) : null;
        using var next = new StoreHarness(files, folders: 2, stamp: false);
        Assert.Equal(DfsErrorCode.DiskFull, next.Store.Folders[0].Error?.Code);
        Assert.Null(next.Store.Folders[1].Error);
        next.Store.CheckFolders();
        Assert.Equal(DfsErrorCode.DiskFull, next.Store.Folders[0].Error?.Code);
        files.Fault = null;
        next.Store.CheckFolders();
        Assert.Single(next.Events.OfType<StoreEvent.FolderRestored>());
        using var again = next.Open();
        twin.AssertIs(again);
        Assert.Null(again.Apply([Write(2, 5000, Bytes(10), sync: true)]).Error);
        next.Sync(again);
    }

    [Fact]
    public void S2_32_A_folder_deleted_under_a_running_server_costs_its_replicas_only_and_is_filled_again()
    {
        using var harness = new StoreHarness(folders: 2);
        harness.Files.Free = static path => path.StartsWith("/data/0", StringComparison.Ordinal) ? 1 << 30 : 1 << 20;
        using var gone = harness.Create();
        harness.Files.Free = static path => path.StartsWith("/data/1", StringComparison.Ordinal) ? 1 << 30 : 1 << 20;
        Wait(harness);
        using var kept = harness.Create(chunk: new ChunkId(2));
        using var copy = harness.Store.BeginIncoming(TheChunk, 64 * 1024, seedFromExisting: false).Value;
        harness.Files.Remove("/data/0");
        harness.Store.CheckFolders();
        Assert.Single(harness.Events.OfType<StoreEvent.FolderFailed>());
        Assert.Single(harness.Events.OfType<StoreEvent.FolderRestored>());
        Assert.Equal(DfsErrorCode.ReplicaLost, gone.Apply([Write(1, 0, Bytes(1))]).Error?.Code);
        Assert.Equal([new ChunkId(2)], harness.Store.List().Select(r => r.Chunk));
        Assert.Null(kept.Apply([Write(1, 0, Bytes(1))]).Error);

        // A copy that was under way there is none of the new folder's.
        Assert.NotNull(copy.WriteBlocks(0, Bytes(1), [Checksum.Compute(Bytes(1))]));
        harness.Files.Free = null;
        Wait(harness);
        using var filled = harness.Create();
        Assert.Null(filled.Apply([Write(1, 0, Bytes(500), sync: true)]).Error);
        harness.Sync(filled);
        using var next = harness.Restart();
        Assert.All(next.Store.Folders, f => Assert.Null(f.Error));
        Assert.Equal(2, next.Store.ReplicaCount);
    }

    [Fact]
    public void A_failed_sync_of_a_data_file_is_final_for_that_replica_alone()
    {
        using var harness = new StoreHarness();
        using var lost = harness.Create();
        using var kept = harness.Create(chunk: new ChunkId(2));
        Assert.Null(lost.Apply([Write(1, 0, Bytes(100_000 - 50_000))]).Error);
        harness.Files.Fault = static (action, path) => action == DiskAction.Sync && path == DataPath() ? InMemoryFileSystem.Eio(path) : null;
        Assert.Equal(DfsErrorCode.ReplicaLost, harness.Lanes.Wait(lost.SyncAsync())?.Code);
        harness.Files.Fault = null;
        Assert.Equal(DfsErrorCode.ReplicaLost, harness.Lanes.Wait(lost.SyncAsync())?.Code);
        Assert.Equal(DfsErrorCode.ReplicaLost, lost.Apply([Write(2, 0, Bytes(1))]).Error?.Code);
        Assert.Equal(DfsErrorCode.ReplicaLost, harness.Store.Open(TheChunk).Error?.Code);
        Assert.Null(kept.Apply([Write(1, 0, Bytes(100), sync: true)]).Error);
        harness.Sync(kept);
        using var next = harness.Kill();
        Assert.Equal(DfsErrorCode.ReplicaLost, next.Store.Open(TheChunk).Error?.Code);
        Assert.Equal(1, next.Open(new ChunkId(2)).Info.LengthBytes / 100);
    }

    [Fact]
    public void Files_beyond_the_limit_are_closed_and_opened_again_when_needed()
    {
        using var harness = new StoreHarness(change: s => s with { MaxOpenFiles = 4 });
        var replicas = Enumerable.Range(1, 40).Select(i => harness.Create(chunk: new ChunkId((ulong)i))).ToList();
        var twins = replicas.Select(_ => new ReplicaTwin(64 * 1024)).ToList();
        for (ulong round = 1; round <= 3; round++)
        {
            for (var i = 0; i < replicas.Count; i++)
            {
                var op = Write(round, (long)(round - 1) * 100, Bytes(100, (i * 10) + (int)round), sync: true);
                twins[i].Apply(op);
                Assert.Null(replicas[i].Apply([op]).Error);
                harness.Sync(replicas[i]);
            }

            harness.Time.Advance(harness.Settings.CheckpointInterval);
            harness.Lanes.RunAll();
            for (var i = 0; i < replicas.Count; i++)
            {
                twins[i].AssertIs(replicas[i]);
            }

            Assert.InRange(harness.Files.OpenDataFiles, 1, 6);
        }

        harness.Files.Remove(DataPath(new ChunkId(1)));
        foreach (var replica in replicas.Skip(1))
        {
            Assert.Null(replica.Read(new ByteRange(0, 10), new byte[10], new uint[1]).Error);
        }

        Assert.Equal(DfsErrorCode.ReplicaLost, replicas[0].Read(new ByteRange(0, 10), new byte[10], new uint[1]).Error?.Code);
        replicas.ForEach(r => r.Dispose());
    }

    // Free space is asked for anew after a while.
    private static void Wait(StoreHarness harness) => harness.Time.Advance(TimeSpan.FromSeconds(2));
}
