// What a meta with very many files costs: memory for each, the time to read them from a checkpoint, and how long a checkpoint keeps
// clients waiting.

using System.Diagnostics;
using AkkaDfs.Client;
using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;
using AkkaDfs.Shared.Hosting;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Benchmarks.Names;

/// <summary>Measures with so many files, each of one closed chunk, 1,000 in a directory.</summary>
internal static class MillionFiles
{
    private const int PerDirectory = 1_000;
    private const int PerTransaction = 1_000;

    private static readonly FileLayout Layout = new(64 << 20, 3, PlacementPolicy.LeastLoaded, AckPolicy.All, ReplicaDownPolicy.Replace);

    /// <summary>Bytes of memory a file (its chunk and its name included), a further chunk of a file, and a name.</summary>
    public static (double File, double Chunk, double Name) Memory(int files)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var state = new DurableState();
        foreach (var change in Events(files))
        {
            state.Apply(change, null);
        }

        var one = GC.GetTotalMemory(forceFullCollection: true) - before;
        var (chunk, file) = (state.Chunks.NextChunk.Value, state.Names.NextInode.Value - 1);
        for (var i = 0; i < files; i++)
        {
            // Further chunks go to files of nine.
            file -= i % 8 == 0 || state.Names.Find(new InodeId(file)) is not FileInode ? 1UL : 0;
            file -= state.Names.Find(new InodeId(file)) is FileInode ? 0UL : 1;
            state.Apply(new ChunkAllocated(new ChunkId(chunk++), new InodeId(file), 1 + (i % 8), 3, 1), null);
        }

        var two = GC.GetTotalMemory(forceFullCollection: true) - before - one;
        GC.KeepAlive(state);

        // A string: header, length and characters of two bytes, padded to eight.
        var name = (22 + (2 * NameOf(files / 2).Length) + 7) / 8 * 8;
        return ((double)one / files, (double)two / files, name);
    }

    /// <summary>Writes a journal with a checkpoint of so many files, and reads it.</summary>
    /// <returns>Seconds to write the log, to make the checkpoint, and to open the journal with it.</returns>
    public static (double Log, double Checkpoint, double Open) Load(string folder, int files)
    {
        var settings = new FileJournalSettings(folder, 64 << 20, Guid.NewGuid()) { CheckpointBytes = 1 };
        var clock = Stopwatch.StartNew();
        double log;
        using (var journal = new FileMetaJournal(settings, DiskFileSystem.Instance, TimeProvider.System))
        {
            Opened(journal.Open(_ => { }, new Deaf()));
            foreach (var transaction in Events(files).Chunk(PerTransaction))
            {
                journal.Append(transaction);
                journal.Flush();
            }

            log = clock.Elapsed.TotalSeconds;
        }

        // A start closes the last segment, so that all of it gets into the checkpoint.
        double checkpoint;
        using (var journal = new FileMetaJournal(settings, DiskFileSystem.Instance, TimeProvider.System))
        {
            Opened(journal.Open(_ => { }, new Deaf()));
            clock.Restart();
            journal.MakeCheckpoint(CancellationToken.None);
            checkpoint = clock.Elapsed.TotalSeconds;
        }

        GC.Collect();
        clock.Restart();
        var state = new DurableState();
        using var opened = new FileMetaJournal(settings, DiskFileSystem.Instance, TimeProvider.System);
        Opened(opened.Open(e => state.Apply(e, null), new Deaf()));
        return state.Names.FileCount == files
            ? (log, checkpoint, clock.Elapsed.TotalSeconds)
            : throw new InvalidOperationException($"{state.Names.FileCount} files were read instead of {files}.");
    }

    /// <summary>Longest time without an answer to one of several clients that ask all the time, without a checkpoint and while one is made.</summary>
    /// <param name="data">Folder of a cluster whose meta has a journal of many files.</param>
    public static async Task<(double QuietMs, double CheckpointMs, double CheckpointSeconds)> PauseAsync(string data)
    {
        await using var cluster = await DfsCluster.StartAsync(new DfsClusterOptions
        {
            ChunkServers = 0,
            DataFolder = data,
            SeparateProcesses = true,
            StartTimeout = TimeSpan.FromMinutes(3),
            Node = new NodeOptions { Overrides = ["dfs.node.meta.journal-checkpoint-size=64 KiB", "dfs.node.meta.journal-segment-size=64 KiB"] },
        });
        var journal = Path.Combine(data, "meta", "journal");
        var before = Checkpoints(journal);
        var quiet = await LongestAsync(cluster.Client, clock => clock.Elapsed < TimeSpan.FromSeconds(3));

        // Segments are closed by what is made; the checkpoint is there when its file has its name.
        using var stop = new CancellationTokenSource();
        var making = MakeAsync(cluster.Client, stop.Token);
        var whole = Stopwatch.StartNew();
        var during = await LongestAsync(cluster.Client, clock => Checkpoints(journal) == before && clock.Elapsed < TimeSpan.FromMinutes(3));
        var seconds = whole.Elapsed.TotalSeconds;
        await stop.CancelAsync();
        await making;
        return (quiet, during, seconds);
    }

    private static string Checkpoints(string journal) => string.Join(' ', Directory.EnumerateFiles(journal, "*.checkpoint").Order());

    private static async Task MakeAsync(IDfsClient client, CancellationToken stop)
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            await client.MakeDirectoryAsync($"/made-{i}");
        }
    }

    private static async Task<double> LongestAsync(IDfsClient client, Predicate<Stopwatch> goesOn)
    {
        var clock = Stopwatch.StartNew();
        var longest = 0.0;
        var last = 0.0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
        {
            while (goesOn(clock))
            {
                await client.StatAsync($"/d{i}/{NameOf((i * PerDirectory) + 7)}");
                lock (clock)
                {
                    var now = clock.Elapsed.TotalMilliseconds;
                    longest = Math.Max(longest, now - last);
                    last = now;
                }
            }
        }));
        return longest;
    }

    private static void Opened(Result<JournalOpened> result)
    {
        if (!result.IsOk)
        {
            throw result.Error.ToException();
        }
    }

    private static string NameOf(int i) => $"file-{i:d8}.dat";

    private static IEnumerable<MetaEvent> Events(int files)
    {
        var (inode, chunk) = (InodeId.Root.Value + 1, 1UL);
        var directory = InodeId.Root;
        for (var i = 0; i < files; i++)
        {
            if (i % PerDirectory == 0)
            {
                directory = new InodeId(inode++);
                yield return new NodeCreated(directory, InodeId.Root, $"d{i / PerDirectory}", NodeKind.Directory, 0x1ED, 0, 0, null, string.Empty, 1);
            }

            yield return new NodeCreated(new InodeId(inode), directory, NameOf(i), NodeKind.File, 0x1A4, 0, 0, Layout, string.Empty, 1);
            yield return new ChunkAllocated(new ChunkId(chunk), new InodeId(inode++), 0, 3, 1);
            yield return new ChunkMeasured(new ChunkId(chunk++), 1, 4_096, true, 1);
        }
    }

    private sealed class Deaf : IJournalListener
    {
        public void Durable(long position)
        {
        }

        public void Failed(DfsError error) => throw error.ToException();

        public void Confirmed()
        {
        }

        public void Checkpointed(long nextPosition, DfsError? error)
        {
            if (error is not null)
            {
                throw error.ToException();
            }
        }
    }
}
