// The store on a real file system of a few megabytes, filled to the last byte. Needs root to mount it; skipped, with the reason
// printed, where that is not to be had.

using System.Diagnostics;
using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;
using Xunit.Abstractions;
using static AkkaDfs.Chunk.Tests.Storage.StoreHarness;

namespace AkkaDfs.Chunk.Tests.Storage;

public sealed class SmallDiskTests : IDisposable
{
    private readonly ITestOutputHelper _output;
    private readonly string _folder = Directory.CreateTempSubdirectory("dfs-small-").FullName;
    private readonly List<StoreEvent> _events = [];
    private readonly bool _isMounted;

    public SmallDiskTests(ITestOutputHelper output)
    {
        _output = output;
        var why = Environment.UserName != "root" ? "not root" : Run("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", _folder);
        _isMounted = why is null;
        _output.WriteLine(why is null ? $"tmpfs of 12 MiB at {_folder}" : $"skipped: no tmpfs can be mounted here ({why})");
    }

    public void Dispose()
    {
        if (_isMounted)
        {
            _output.WriteLine(Run("umount", "-l", _folder) ?? "unmounted");
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 0)]
    [InlineData(true, 2 << 20)]
    public async Task A_full_disk_refuses_writes_loses_nothing_and_goes_on_when_there_is_space(bool sync, int reserveBytes)
    {
        if (!_isMounted)
        {
            return;
        }

        var twin = new ReplicaTwin(16 << 20);
        using (var store = Open(reserveBytes))
        {
            Assert.Null(store.Stamp(Cluster, Self));
            using var replica = store.Create(TheChunk, Primary, 16 << 20).Value;
            var refused = await FillAsync(replica, twin, sync);
            Assert.Equal(DfsErrorCode.DiskFull, refused.Code);
            Assert.True(twin.Bytes.Length > 1 << 20, $"only {twin.Bytes.Length} bytes fit");
            Assert.True(reserveBytes == 0 || DiskFileSystem.Instance.FreeBytes(_folder) >= reserveBytes / 2, "the reserve was used");

            // Somebody else takes the very last bytes: the store does not fall over it.
            var filler = await FillDiskAsync();
            Assert.Equal(DfsErrorCode.DiskFull, (await FillAsync(replica, twin, sync)).Code);
            store.CheckFolders();
            Assert.DoesNotContain(_events, e => e is StoreEvent.FolderFailed or StoreEvent.ReplicaLost);
            twin.AssertIs(replica);
            File.Delete(filler);
            Assert.Null(Run("mount", "-o", "remount,size=48m", _folder));
            await GoOnAsync(replica, twin);
        }

        using var again = Open(reserveBytes);
        using var opened = again.Open(TheChunk).Value;
        twin.AssertIs(opened);
        Assert.DoesNotContain(_events, e => e is StoreEvent.FolderFailed or StoreEvent.ReplicaLost or StoreEvent.ReplicaDamaged);
    }

    private static async Task<DfsError> FillAsync(IReplicaFile replica, ReplicaTwin twin, bool sync)
    {
        while (true)
        {
            var op = Write(twin.Sequence + 1, twin.Bytes.Length, Bytes(50_000, (int)twin.Sequence), sync: sync, mode: Shared.DataPlane.WriteMode.Append);
            if (replica.Apply([op]).Error is { } refused)
            {
                return refused;
            }

            twin.Apply(op);
            if (sync && await replica.SyncAsync() is { } failed)
            {
                return failed;
            }
        }
    }

    // Free space is asked for once a second at most.
    private static async Task GoOnAsync(IReplicaFile replica, ReplicaTwin twin)
    {
        var op = Write(twin.Sequence + 1, 100, Bytes(1000, 77), sync: true);
        var deadline = DateTime.UtcNow.AddSeconds(60);
        DfsError? refused;
        while ((refused = replica.Apply([op]).Error) is { Code: DfsErrorCode.DiskFull } && DateTime.UtcNow < deadline)
        {
            await Task.Delay(20);
        }

        Assert.True(refused is null, refused?.ToString());
        twin.Apply(op);
        Assert.Null(await replica.SyncAsync());
        twin.AssertIs(replica);
    }

    private async Task<string> FillDiskAsync()
    {
        var path = $"{_folder}/filler";
        await using var file = File.Create(path);
        var bytes = new byte[4096];
        try
        {
            while (true)
            {
                await file.WriteAsync(bytes);
                await file.FlushAsync();
            }
        }
        catch (IOException full) when (FileErrors.IsFull(full))
        {
            _output.WriteLine($"the disk is full: {full.Message}");
            return path;
        }
    }

    private FileChunkStore Open(int reserveBytes) => FileChunkStore.Open(
        new ChunkStoreSettings
        {
            Folders = [_folder],
            FreeSpaceReserveBytes = reserveBytes,
            LogSegmentBytes = 1 << 20,
            LogCheckpointBytes = 2 << 20,
            OnEvent = e =>
            {
                lock (_events)
                {
                    _events.Add(e);
                }
            },
        },
        DiskFileSystem.Instance,
        ThreadLanes.Instance,
        TimeProvider.System).Value;

    // Null, or why it failed.
    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : error.Trim();
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return missing.Message;
        }
    }
}
