// A file journal on a disk in memory, flushed by hand, and what its listener heard.

using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Shared;
using AkkaDfs.Testing.Files;
using AkkaDfs.Testing.Time;
using Xunit;

namespace AkkaDfs.Meta.Tests.Journal;

/// <summary>An open journal.</summary>
internal sealed class JournalHarness : IJournalListener, IDisposable
{
    internal const string Folder = "/disk/meta/journal";

    private JournalHarness(InMemoryFileSystem disk, long segmentBytes, long checkpointBytes)
    {
        Disk = disk;
        Journal = new FileMetaJournal(new FileJournalSettings(Folder, segmentBytes, MetaHarness.ClusterId) { CheckpointBytes = checkpointBytes }, disk, new ManualTime());
    }

    internal InMemoryFileSystem Disk { get; }

    internal FileMetaJournal Journal { get; }

    internal Result<JournalOpened> Opened { get; private set; }

    /// <summary>Everything that was read back, or confirmed by opening.</summary>
    internal List<MetaEvent> Read { get; } = [];

    internal long DurablePosition { get; private set; }

    internal DfsError? Failure { get; private set; }

    /// <summary>What became of checkpoints.</summary>
    internal List<(long Next, DfsError? Error)> Checkpoints { get; } = [];

    public void Durable(long position) => DurablePosition = position;

    public void Failed(DfsError error) => Failure = error;

    public void Confirmed()
    {
        // A file journal is always confirmed.
    }

    public void Checkpointed(long nextPosition, DfsError? error) => Checkpoints.Add((nextPosition, error));

    internal static InMemoryFileSystem NewDisk()
    {
        var disk = new InMemoryFileSystem();
        disk.CreateDirectory("/disk");
        return disk.AfterKill();
    }

    internal static JournalHarness Open(InMemoryFileSystem disk, long segmentBytes = 1 << 20, long checkpointBytes = long.MaxValue)
    {
        var harness = new JournalHarness(disk, segmentBytes, checkpointBytes);
        harness.Opened = harness.Journal.Open(harness.Read.Add, harness);
        return harness;
    }

    internal static JournalHarness OpenGood(InMemoryFileSystem disk, long segmentBytes = 1 << 20, long checkpointBytes = long.MaxValue)
    {
        var harness = Open(disk, segmentBytes, checkpointBytes);
        Assert.True(harness.Opened.IsOk, harness.Opened.Error?.ToString());
        return harness;
    }

    /// <summary>A transaction that is told from all others by its number.</summary>
    internal static MetaEvent[] Transaction(ulong number, int events = 2)
        => [.. Enumerable.Range(0, events).Select(i => new EntryRemoved(new InodeId(number), $"event {i} of {events}", 0))];

    /// <summary>Numbers of the transactions that were read back; throws when one is not whole.</summary>
    internal IReadOnlyList<ulong> Numbers()
    {
        var numbers = new List<ulong>();
        var entries = Read.OfType<EntryRemoved>().ToList();
        foreach (var group in entries.GroupBy(e => e.Parent.Value))
        {
            Assert.EndsWith($" of {group.Count()}", group.First().Name, StringComparison.Ordinal);
            numbers.Add(group.Key);
        }

        return numbers;
    }

    internal void Write(ulong number)
    {
        Journal.Append(Transaction(number));
        Journal.Flush();
    }

    public void Dispose() => Journal.Dispose();
}
