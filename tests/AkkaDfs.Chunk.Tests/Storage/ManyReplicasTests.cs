// A million replicas on one server: what one at rest costs, and how long a start takes. The memory is asserted; times are only
// measured, when asked for:
//
//   DFS_MANY_REPLICAS=1000000 DFS_MANY_FOLDER=/path dotnet test tests/AkkaDfs.Chunk.Tests --filter FullyQualifiedName~ManyReplicas

using System.Diagnostics;
using System.Globalization;
using AkkaDfs.Chunk.Core;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;
using AkkaDfs.Shared.Protocol;
using Xunit.Abstractions;
using static AkkaDfs.Chunk.Tests.Storage.StoreHarness;

namespace AkkaDfs.Chunk.Tests.Storage;

public sealed class ManyReplicasTests(ITestOutputHelper output)
{
    [Fact]
    public void A_replica_at_rest_takes_less_than_200_bytes()
    {
        const int Count = 500_000;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var table = new ReplicaTable();
        var report = new ChunkReport();
        report.BeginFull();
        var page = new List<ServerProtocol.ReplicaReport>();
        for (ulong i = 1; i <= Count; i++)
        {
            var info = Info(i);
            table.Put(info);
            page.Add(info.ToReport(isOpen: false));
            if (page.Count == ServerProtocol.MaxReportEntries)
            {
                report.Told(page);
                page.Clear();
            }
        }

        report.Told(page);
        page = null;
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Count;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bytes:F1} bytes per replica at rest (table and report)"));
        Assert.InRange(bytes, 20, 200);
        Assert.Equal(Count, table.Count);
        GC.KeepAlive(report);
    }

    [Fact]
    public void Start_with_very_many_replicas_when_asked_for()
    {
        if (Environment.GetEnvironmentVariable("DFS_MANY_REPLICAS") is not { Length: > 0 } given)
        {
            output.WriteLine("skipped: set DFS_MANY_REPLICAS (and DFS_MANY_FOLDER) to run it");
            return;
        }

        var count = int.Parse(given, CultureInfo.InvariantCulture);
        var folder = Environment.GetEnvironmentVariable("DFS_MANY_FOLDER") is { Length: > 0 } asked ? asked : Directory.CreateTempSubdirectory("dfs-many-").FullName;
        try
        {
            Fill(folder, count);
            Measure("start after a crash", folder, count);
            Measure("start after a stop in good order", folder, count);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ReplicaInfo Info(ulong i) => new(new ChunkId(i), Primary, i, 1000, 1 << 26, 0, ServerProtocol.ReplicaFlags.None);

    private void Measure(string what, string folder, int count)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var clock = Stopwatch.StartNew();
        using var store = Open(folder);
        var opened = clock.Elapsed;
        Assert.Equal(count, store.ReplicaCount);
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)count;
        clock.Restart();
        var listed = store.List().Count();
        Assert.Equal(count, listed);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {opened.TotalSeconds:F2} s for {count} replicas, {bytes:F1} bytes each; listed in {clock.Elapsed.TotalSeconds:F2} s"));
        clock.Restart();
        store.Dispose();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"stopped in {clock.Elapsed.TotalSeconds:F2} s"));
    }

    // The files of replicas of no bytes, made without the store, which would take far longer.
    private static void Fill(string folder, int count)
    {
        using (var store = Open(folder))
        {
            Assert.Null(store.Stamp(Cluster, Self));
        }

        Parallel.For(1, count + 1, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            var chunk = new ChunkId((ulong)i);
            var image = new ReplicaImage(chunk, 1 << 26, Primary, new OperationWindow(16)) { Sequence = 1, Lsn = 1 };
            var bytes = new byte[ReplicaMetaFile.BytesFor(image)];
            ReplicaMetaFile.Write(image, bytes);
            File.WriteAllBytes($"{folder}/{ChunkFileName.RelativeMetaPath(chunk)}", bytes);
            File.WriteAllBytes(ChunkFileName.DataPath(folder, chunk), []);
        });

        // Without it the index of the empty folder would count.
        File.Delete($"{folder}/wal/index");
    }

    private static FileChunkStore Open(string folder) => FileChunkStore.Open(
        new ChunkStoreSettings { Folders = [folder], FreeSpaceReserveBytes = 0 }, DiskFileSystem.Instance, ThreadLanes.Instance, TimeProvider.System).Value;
}
