// Runs a sequence of operations on one replica while the disk keeps its journal, and then asks at every point of it: what does
// a restart find if the process is killed, or the power goes, just here?

using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Testing.Files;
using static AkkaDfs.Chunk.Tests.Storage.StoreHarness;

namespace AkkaDfs.Chunk.Tests.Storage;

internal sealed class CrashScript : IDisposable
{
    internal const int ChunkSizeBytes = 20_000;
    private const int BaseBytes = 17_000;

    // Which histories are possible from a step of the journal on: how many operations had begun, were applied, were synced.
    private readonly List<(int Step, int Begun, int Applied, int Synced)> _marks = [];
    private readonly List<ReplicaTwin> _twins;
    private readonly StoreHarness _harness;
    private readonly IReplicaFile _replica;
    private readonly string _name;
    private int _applied;
    private int _synced;

    /// <param name="letters">One operation each; see <see cref="Alphabet"/>.</param>
    /// <param name="logSegmentBytes">Small ones make the log go on in a new segment every few operations.</param>
    internal CrashScript(string letters, int logSegmentBytes = 1 << 20)
    {
        _name = letters;
        _harness = new StoreHarness(change: s => s with { LogSegmentBytes = logSegmentBytes });
        _replica = _harness.Create(ChunkSizeBytes);
        var twin = new ReplicaTwin(ChunkSizeBytes);
        var first = Write(1, 0, Bytes(BaseBytes), sync: true);
        twin.Apply(first);
        Assert.Null(_replica.Apply([first]).Error);
        _harness.Sync(_replica);

        // Otherwise a restart would put the old bytes back from the log, whatever had happened to them in the data file.
        Checkpoint();
        _twins = [twin];
        Mark(begun: 0);
        foreach (var letter in letters)
        {
            Run(letter);
        }
    }

    /// <summary>
    /// Everything that can be done to a replica: A append, S and B synced appends (B's bytes are not logged), O and Q overwrites
    /// (Q of what was appended last), P a synced one, T cut, G grow, H write behind a gap, R pad; L settle, C checkpoint; l, m
    /// and c the same with operations that arrive during their syncs.
    /// </summary>
    internal static string Alphabet => "ASBOQPTGHRLC";

    internal int FirstStep => _marks[0].Step;

    internal int LastStep => _harness.Files.StepCount;

    internal int PendingAt(int step) => _harness.Files.PendingAfter(step);

    /// <summary>Power loss after a step, then restart.</summary>
    internal void CheckPowerLoss(int step, ICrashChoice choice)
    {
        var at = MarkAt(step);
        Check(_harness.Files.AfterPowerLoss(choice, step), at.Synced, at.Begun, $"{_name}, power lost after step {step}, {choice}");
    }

    /// <summary>Kill after a step, then restart.</summary>
    internal void CheckKill(int step)
    {
        var at = MarkAt(step);
        Check(_harness.Files.AfterKill(step), at.Applied, at.Begun, $"{_name}, killed after step {step}");
    }

    /// <summary>Power loss, or with no choice a kill, after a step, then a power loss at every step of the restart.</summary>
    internal int CheckPowerLossInRestart(int step, ICrashChoice? choice, int seed)
    {
        var at = MarkAt(step);
        var disk = choice is null ? _harness.Files.AfterKill(step) : _harness.Files.AfterPowerLoss(choice, step);
        var begin = disk.StepCount;
        using var first = new StoreHarness(disk, stamp: false);
        for (var second = begin; second <= disk.StepCount; second++)
        {
            foreach (var again in (ICrashChoice[])[CrashChoices.None, CrashChoices.All, CrashChoices.Random(seed + second)])
            {
                Check(
                    disk.AfterPowerLoss(again, second), at.Synced, at.Begun, $"{_name}, {choice?.ToString() ?? "kill"} after step {step}, and {again} after step {second - begin} of the restart");
            }
        }

        return 3 * (disk.StepCount - begin + 1);
    }

    /// <summary>
    /// Power loss after a step, a restart that cannot write meta files, one more synced append, and another power loss: the
    /// second restart goes by what the first one put on record.
    /// </summary>
    internal void CheckPowerLossAfterHalfRestart(int step, ICrashChoice choice)
    {
        var at = MarkAt(step);
        var disk = _harness.Files.AfterPowerLoss(choice, step);
        disk.Fault = static (action, path) => action == DiskAction.Write && path.EndsWith(".meta.tmp", StringComparison.Ordinal) ? InMemoryFileSystem.Enospc(path) : null;
        using var first = new StoreHarness(disk, stamp: false);
        using var replica = first.Open();
        var found = (int)replica.Info.Sequence - 1;
        var op = Write(replica.Info.Sequence + 1, replica.Info.LengthBytes, Bytes((int)Math.Min(300, ChunkSizeBytes - replica.Info.LengthBytes), 99), sync: true);
        Assert.Null(replica.Apply([op]).Error);
        first.Sync(replica);
        using var second = new StoreHarness(disk.AfterPowerLoss(CrashChoices.None), stamp: false);
        using var again = second.Open();
        Assert.InRange(found, at.Synced, at.Begun);
        _twins[found].After(op).AssertIs(again, $"{_name}, {choice} after step {step}, half a restart and another power loss");
    }

    public void Dispose() => _harness.Dispose();

    private void Run(char letter)
    {
        var twin = _twins[^1];
        var sequence = twin.Sequence + 1;
        var length = twin.Bytes.Length;
        var room = Math.Min(700, ChunkSizeBytes - length);
        ReplicaOp? op = letter switch
        {
            'A' or 'B' => Write(sequence, length, Bytes(room, (int)sequence), mode: WriteMode.Append),
            'S' => Write(sequence, length, Bytes(room, (int)sequence), sync: true, mode: WriteMode.Append),
            'O' => Write(sequence, Math.Min(16_300, length), Bytes(200, (int)sequence)),
            'Q' => Write(sequence, Math.Max(0, length - 350), Bytes(Math.Min(200, length), (int)sequence)),
            'P' => Write(sequence, Math.Min(16_200, length), Bytes(150, (int)sequence), sync: true),
            'T' => Truncate(sequence, Math.Max(0, length - 1000)),
            'G' => Truncate(sequence, Math.Min(ChunkSizeBytes, length + 900)),
            'H' => Write(sequence, Math.Min(ChunkSizeBytes - 100, length + 700), Bytes(100, (int)sequence)),
            'R' => Pad(sequence, length),
            _ => null,
        };
        if (op is { } real)
        {
            _twins.Add(twin.After(real));
            Mark(begun: _applied + 1);
            Assert.Null(_replica.Apply([real]).Error);
            _applied++;
            Mark(begun: _applied);
        }

        switch (letter)
        {
            case 'S' or 'B' or 'P':
                _harness.Sync(_replica);
                _synced = _applied;
                Mark(begun: _applied);
                break;
            case 'L':
                _harness.Settle();
                break;
            case 'C':
                Checkpoint();
                break;
            case 'l':
                DuringSyncs(["AO", "QA"], _harness.Settle);
                break;
            case 'm':
                DuringSyncs(["Q", "O"], _harness.Settle);
                break;
            case 'c':
                _harness.Settle();
                DuringSyncs(["A", "QA", "O"], Checkpoint);
                break;
        }
    }

    private void Checkpoint()
    {
        _harness.Time.Advance(_harness.Settings.CheckpointInterval);
        _harness.Lanes.RunAll();
    }

    // Runs operations right after each of the first syncs took effect, before the work goes on, that the work does without holding the replica.
    private void DuringSyncs(string[] letters, Action work)
    {
        // When the log goes over to its next segment it syncs while nobody can append to it.
        var mayBeRoll = _harness.Settings.LogSegmentBytes < 1 << 20;
        var next = 0;
        _harness.Files.Synced = path =>
        {
            var isOpen = !(mayBeRoll && path.Contains("/wal", StringComparison.Ordinal));
            if (isOpen && next < letters.Length)
            {
                foreach (var letter in letters[next++])
                {
                    Run(letter);
                }
            }
        };
        work();
        _harness.Files.Synced = null;
    }

    private void Mark(int begun) => _marks.Add((_harness.Files.StepCount, begun, _applied, _synced));

    // The last mark at or before the step tells what was done; an operation that begins right there may have got through.
    private (int Begun, int Applied, int Synced) MarkAt(int step)
    {
        var (_, begun, applied, synced) = _marks.Last(m => m.Step <= step);
        return (Math.Max(begun, _marks.Where(m => m.Step < step || m.Step == _marks[0].Step).Max(m => m.Begun)), applied, synced);
    }

    private void Check(InMemoryFileSystem disk, int atLeast, int atMost, string context)
    {
        using var next = new StoreHarness(disk, stamp: false);
        Assert.True(next.Opened.IsOk, $"{context}: {next.Opened.Error}");
        Assert.True(next.Events.Count == 0, $"{context}: {string.Join("; ", next.Events)}");
        var opened = next.Store.Open(TheChunk);
        Assert.True(opened.IsOk, $"{context}: {opened.Error}");
        var replica = opened.Value;
        var found = (int)replica.Info.Sequence - 1;
        Assert.True(found >= atLeast && found <= atMost, $"{context}: {found} operations, not {atLeast} to {atMost}");
        _twins[found].AssertIs(replica, context);
        Assert.True(next.Files.ReadAll(replica.DataPath).AsSpan().SequenceEqual(_twins[found].Bytes), $"{context}: the data file differs");
        foreach (var later in _twins.Skip(found + 1))
        {
            Assert.False(replica.TryGetOutcome(Operation(later.Sequence), out _), $"{context}: remembers operation {later.Sequence}");
        }
    }
}
