// One case of the fault matrix: a server with two folders and some replicas, a fault put into one file of one of them, and the
// question what a restart, or the running server, makes of it. Bytes that differ from history fail the test at once.

using AkkaDfs.Chunk.Storage;
using AkkaDfs.Shared;
using AkkaDfs.Testing.Files;
using static AkkaDfs.Chunk.Tests.Storage.StoreHarness;

namespace AkkaDfs.Chunk.Tests.Storage;

internal sealed class FaultCase : IDisposable
{
    private const string Root = "/data/0";
    private const int ChunkSize = 64 * 1024;
    private static readonly string[] Regions = ["head", "middle", "tail"];
    private static readonly string[] Injected = ["EIO on read", "EIO on write", "ENOSPC", "fsync fails"];
    private readonly string _kind;
    private readonly StoreHarness _harness;
    private readonly List<ReplicaTwin> _history = [];
    private readonly ReplicaTwin _other = new(ChunkSize);
    private readonly IReplicaFile _replica;

    internal FaultCase(string kind)
    {
        _kind = kind;
        _harness = new StoreHarness(folders: 2);
        _replica = CreateIn(0, TheChunk);
        using var other = CreateIn(1, new ChunkId(7));
        Do(other, _other, Write(1, 0, Bytes(3000, 7), sync: true));
        _harness.Sync(other);
        var twin = new ReplicaTwin(ChunkSize);
        _history.Add(twin);
        Apply(Write(1, 0, Bytes(40_000, 1), sync: true));
        Checkpoint(_harness);

        // These are in the log only, as far as a restart is concerned.
        Apply(Write(2, 100, Bytes(200, 2), sync: true));
        Apply(Write(3, 40_000, Bytes(9000, 3), sync: true));
        Apply(Write(4, 20_000, Bytes(500, 4), sync: true));
    }

    /// <summary>Kinds of files, the folder itself at the end.</summary>
    internal static string[] Kinds =>
        ["data file", "meta file", "log after a kill", "log after a stop", "log state after a kill", "log state after a stop", "index", "folder stamp", "incoming copy", "folder"];

    /// <summary>Where and what.</summary>
    internal static IEnumerable<(string Region, string Fault)> Faults(string kind)
    {
        if (kind == "folder")
        {
            return new[] { "deleted while running", "unmounted while running", "wiped while down", "older copy put back", "of another server", "of another cluster" }.Select(f => (string.Empty, f));
        }

        var onDisk = Regions.SelectMany(r => new[] { "flip", "zero" }.Select(f => (r, f))).Concat([("middle", "truncate"), (string.Empty, "empty"), (string.Empty, "missing"), (string.Empty, "older one put back")]);
        return onDisk.Concat(Injected.Select(f => (string.Empty, f)));
    }

    /// <summary>Puts the fault in and tells what comes of it.</summary>
    internal string Run(string region, string fault) => fault switch
    {
        _ when _kind == "folder" => RunFolder(fault),
        _ when _kind == "incoming copy" => RunIncoming(region, fault),
        "EIO on read" => AfterRestart(files => Inject(files, DiskAction.Read, InMemoryFileSystem.Eio)),
        "EIO on write" => WhileRunning(DiskAction.Write, InMemoryFileSystem.Eio),
        "ENOSPC" => WhileRunning(DiskAction.Grow, InMemoryFileSystem.Enospc),
        "fsync fails" => WhileRunning(DiskAction.Sync, InMemoryFileSystem.Eio),
        "older one put back" => OlderFile(),
        "missing" => AfterRestart(files => files.Remove(Target(files))),
        _ => AfterRestart(files => files.Damage(Target(files), bytes => Change(bytes, region, fault))),
    };

    public void Dispose() => _harness.Dispose();

    private static byte[] Change(byte[] bytes, string region, string fault)
    {
        // Of the log the frames are meant, not the empty rest of the head.
        var at = region switch { "head" => 20, "middle" => bytes.Length / 2, _ => bytes.Length - 12 };
        at = Math.Clamp(at, 0, Math.Max(0, bytes.Length - 1));
        switch (fault)
        {
            case "flip":
                bytes[at] ^= 0x10;
                return bytes;
            case "zero":
                bytes.AsSpan(at, Math.Min(4096, bytes.Length - at)).Clear();
                return bytes;
            case "truncate":
                return bytes[..(bytes.Length / 2)];
            default:
                return [];
        }
    }

    private static void Checkpoint(StoreHarness harness)
    {
        harness.Time.Advance(harness.Settings.CheckpointInterval);
        harness.Lanes.RunAll();
    }

    private void Apply(Chunk.Storage.ReplicaOp op)
    {
        var next = _history[^1].After(op);
        Assert.Null(_replica.Apply([op]).Error);
        _harness.Sync(_replica);
        _history.Add(next);
    }

    private static void Do(IReplicaFile replica, ReplicaTwin twin, ReplicaOp op)
    {
        twin.Apply(op);
        Assert.Null(replica.Apply([op]).Error);
    }

    // The store takes the folder with most free space.
    private IReplicaFile CreateIn(int folder, ChunkId chunk)
    {
        _harness.Files.Free = path => path.StartsWith($"/data/{folder}", StringComparison.Ordinal) ? 1L << 40 : 1L << 39;
        _harness.Time.Advance(TimeSpan.FromSeconds(2));
        var made = _harness.Create(ChunkSize, chunk);
        Assert.Equal(folder, made.Info.Folder);
        return made;
    }

    private string Target(InMemoryFileSystem files) => _kind switch
    {
        "data file" => DataPath(),
        "meta file" => MetaPath(),
        "folder stamp" => $"{Root}/folder.akkadfs",
        "index" => $"{Root}/wal/index",
        _ when _kind.StartsWith("log state", StringComparison.Ordinal) => $"{Root}/wal/state",
        _ => files.AllFiles().First(f => f.StartsWith($"{Root}/wal/", StringComparison.Ordinal) && f.EndsWith(".wal", StringComparison.Ordinal)),
    };

    private bool IsTarget(string path) => _kind switch
    {
        "meta file" => path == MetaPath() || path == MetaPath() + ".tmp",
        _ when _kind is "log after a kill" or "log after a stop" => path.StartsWith($"{Root}/wal/", StringComparison.Ordinal) && path.EndsWith(".wal", StringComparison.Ordinal),
        _ => path == Target(_harness.Files) || path == Target(_harness.Files) + ".tmp",
    };

    private void Inject(InMemoryFileSystem files, DiskAction action, Func<string, Exception> failure)
        => files.Fault = (what, path) => what == action && IsTarget(path) ? failure(path) : null;

    private string AfterRestart(Action<InMemoryFileSystem> damage)
    {
        if (_kind is "index" or "log after a stop" or "log state after a stop" or "meta file" or "folder stamp")
        {
            _harness.Store.Dispose();
        }

        var files = _harness.Files.AfterKill();
        damage(files);
        return Judge(files);
    }

    private string OlderFile()
    {
        if (_kind is "index" or "log after a stop" || _kind.StartsWith("log state", StringComparison.Ordinal))
        {
            _harness.Store.Dispose();
            var old = _harness.Files.ReadAll(Target(_harness.Files));
            var after = OneLifeLater(isKilled: _kind == "log state after a kill");
            after.Damage(Target(after), _ => old);
            return Judge(after);
        }

        var older = _harness.Files.ReadAll(Target(_harness.Files));
        Apply(Write(5, 0, Bytes(50, 5), sync: true));
        if (_kind is "data file" or "meta file" or "folder stamp")
        {
            _harness.Store.Dispose();
        }

        var files = _harness.Files.AfterKill();
        files.Damage(Target(files), _ => older);
        return Judge(files);
    }

    // The disk after another run that did one more operation.
    private InMemoryFileSystem OneLifeLater(bool isKilled = false)
    {
        using var between = new StoreHarness(_harness.Files.AfterKill(), folders: 2, stamp: false);
        using (var replica = between.Open())
        {
            var op = Write(5, 0, Bytes(50, 5), sync: true);
            _history.Add(_history[^1].After(op));
            Assert.Null(replica.Apply([op]).Error);
            between.Sync(replica);
        }

        var killed = between.Files.AfterKill();
        between.Store.Dispose();
        return isKilled ? killed : between.Files.AfterKill();
    }

    // What the next process makes of it, and what of that can be healed on the spot.
    private string Judge(InMemoryFileSystem files)
    {
        using var next = new StoreHarness(files, folders: 2, stamp: false);
        if (!next.Opened.IsOk)
        {
            return $"the server refuses to start: {next.Opened.Error!.Code}";
        }

        var said = new List<string>();
        if (next.Store.Folders[0].Error is { } outOfUse)
        {
            Assert.False(next.Store.TryGet(TheChunk, out _));
            said.Add($"folder out of use: {outOfUse.Code}");
        }
        else
        {
            said.Add(JudgeReplica(next));
        }

        if (next.Events.Exists(e => e is StoreEvent.LogDamaged))
        {
            said.Add("LogDamaged is told");
        }

        JudgeOther(next);
        return string.Join("; ", said);
    }

    private string JudgeReplica(StoreHarness next)
    {
        if (!next.Store.TryGet(TheChunk, out var listed))
        {
            return "replica not listed any more";
        }

        var opened = next.Store.Open(TheChunk);
        if (!opened.IsOk)
        {
            Assert.True(opened.Error.Code is DfsErrorCode.ReplicaLost or DfsErrorCode.DiskError, opened.Error.ToString());
            if (opened.Error.Code == DfsErrorCode.ReplicaLost)
            {
                Assert.True(next.Store.TryGet(TheChunk, out listed) && (listed.Flags & Shared.Protocol.ServerProtocol.ReplicaFlags.Damaged) != 0);
            }

            return opened.Error.Code == DfsErrorCode.ReplicaLost ? "replica reported lost" : "replica cannot be opened: DiskError";
        }

        using var replica = opened.Value;
        var twin = _history[(int)replica.Info.Sequence];
        var bad = ReadAll(replica, twin);
        var state = replica.Info.Sequence == _history[^1].Sequence ? null : $"replica at an older operation, and says so ({replica.Info.Sequence} of {_history[^1].Sequence})";
        if (bad.Count == 0)
        {
            twin.AssertIs(replica, _kind);
            return state ?? "nothing lost";
        }

        Assert.Contains(next.Events, e => e is StoreEvent.ReplicaDamaged);
        next.Files.Fault = null;
        var blocks = bad.Select(b => Block(twin, b)).ToList();
        Assert.Null(next.Lanes.Wait(replica.RepairAsync(blocks)));
        twin.AssertIs(replica, _kind);
        return $"{(state is null ? string.Empty : state + "; ")}bad blocks reported, the others serve; healed by rewriting them";
    }

    // Reads block by block: each is right or reported.
    private static List<int> ReadAll(IReplicaFile replica, ReplicaTwin twin)
    {
        var bad = new List<int>();
        var checksums = new uint[2];
        for (var block = 0; block < replica.BlockCount; block++)
        {
            var range = new ByteRange((long)block * Checksum.BlockBytes, Checksum.BlockBytes).Intersect(new ByteRange(0, twin.Bytes.Length));
            var bytes = new byte[range.LengthBytes];
            var read = replica.Read(range, bytes, checksums);
            if (read.Error is { } error)
            {
                Assert.True(error.Code is DfsErrorCode.ReplicaCorrupt or DfsErrorCode.DiskError, error.ToString());
                Assert.Equal([block], read.BadBlocks);
                bad.Add(block);
            }
            else
            {
                Assert.True(bytes.AsSpan().SequenceEqual(twin.Bytes.AsSpan((int)range.Offset, bytes.Length)), "wrong bytes were served");
            }
        }

        return bad;
    }

    private static BlockData Block(ReplicaTwin twin, int index)
    {
        var start = index * Checksum.BlockBytes;
        var bytes = twin.Bytes[start..Math.Min(twin.Bytes.Length, start + Checksum.BlockBytes)];
        return new BlockData(index, bytes, Checksum.Compute(bytes));
    }

    private void JudgeOther(StoreHarness next)
    {
        using var other = next.Open(new ChunkId(7));
        _other.AssertIs(other, "the other folder");
    }

    // The running server meets the fault while it writes, syncs, settles and checkpoints; then the fault goes away.
    private string WhileRunning(DiskAction action, Func<string, Exception> failure)
    {
        if (_kind is "folder stamp" or "index" or "log after a stop" or "log state after a stop" or "log state after a kill")
        {
            return WhileStopping(action, failure);
        }

        Inject(_harness.Files, action, failure);
        var said = new List<string>();
        var op = Write(5, 49_000, Bytes(300, 5), sync: true);
        var applied = _replica.Apply([op]).Error;
        var synced = applied is null ? _harness.Lanes.Wait(_replica.SyncAsync()) : null;
        var big = applied is null ? _history[^1].After(op) : _history[^1];
        if (applied is null)
        {
            _history.Add(big);
        }

        if (applied is null && synced is null)
        {
            _harness.Settle();
            Checkpoint(_harness);
        }

        said.Add(applied is not null ? $"write refused: {applied.Code}" : synced is not null ? $"sync fails: {synced.Code}" : "write done");
        if (_harness.Events.OfType<StoreEvent.FolderFailed>().Any())
        {
            said.Add("folder out of use");
        }
        else if (_replica.Fault is not null || _harness.Events.OfType<StoreEvent.ReplicaLost>().Any())
        {
            said.Add("replica reported lost");
        }
        else if (_harness.Events.OfType<StoreEvent.Trouble>().Any())
        {
            said.Add("trouble told");
        }

        _harness.Files.Fault = null;
        said.Add(Afterwards());
        return string.Join("; ", said);
    }

    // With the fault gone: what works again by itself, and that a restart finds nothing wrong.
    private string Afterwards()
    {
        _harness.Lanes.RunAll();
        var isUsable = _replica.Fault is null && _harness.Store.Folders[0].Error is null;
        if (isUsable)
        {
            var last = _history[^1];
            var op = Write(last.Sequence + 1, last.Bytes.Length, Bytes(100, 9), sync: true);
            var error = _replica.Apply([op]).Error ?? _harness.Lanes.Wait(_replica.SyncAsync());
            Assert.True(error is null, error?.ToString());
            _history.Add(last.After(op));
            _history[^1].AssertIs(_replica);
            Checkpoint(_harness);
        }

        var after = Judge(_harness.Files.AfterKill());
        return isUsable ? $"goes on by itself when the fault is gone; after a restart: {after}" : $"stays so until a restart; then: {after}";
    }

    private string WhileStopping(DiskAction action, Func<string, Exception> failure)
    {
        Inject(_harness.Files, action, failure);
        _harness.Store.Dispose();
        var told = _harness.Events.OfType<StoreEvent.Trouble>().Any() ? "trouble told while stopping" : "nothing noticed while stopping";
        _harness.Files.Fault = null;
        return $"{told}; after a restart: {Judge(_harness.Files.AfterKill())}";
    }

    private string RunIncoming(string region, string fault)
    {
        _replica.Dispose();
        if (Injected.Contains(fault))
        {
            return IncomingFails(fault);
        }

        var copy = ReceiveCopy();
        var files = _harness.Files;
        var path = files.AllFiles().First(f => f.StartsWith($"{Root}/incoming/", StringComparison.Ordinal) && f.EndsWith(".dat", StringComparison.Ordinal));
        switch (fault)
        {
            case "missing":
                files.Remove(path);
                break;
            case "older one put back":
                files.Damage(path, _ => [.. _history[1].Bytes]);
                break;
            default:
                files.Damage(path, bytes => Change(bytes, region, fault));
                break;
        }

        var adopted = _harness.Lanes.Wait(_harness.Store.AdoptIncomingAsync(TheChunk, Primary with { Generation = new Generation(2) }));
        _history.Add(copy);
        if (!adopted.IsOk)
        {
            return $"adoption fails: {adopted.Error.Code}; {JudgeReplica(_harness)}; after a restart: {Judge(_harness.Files.AfterKill())}";
        }

        adopted.Value.Dispose();
        return JudgeReplica(_harness);
    }

    private string IncomingFails(string fault)
    {
        var action = fault switch { "EIO on read" => DiskAction.Read, "fsync fails" => DiskAction.Sync, "ENOSPC" => DiskAction.Grow, _ => DiskAction.Write };
        _harness.Files.Fault = (what, path) => what == action && path.StartsWith($"{Root}/incoming/", StringComparison.Ordinal)
            ? fault == "ENOSPC" ? InMemoryFileSystem.Enospc(path) : InMemoryFileSystem.Eio(path)
            : null;
        var twin = _history[^1];
        using var incoming = _harness.Store.BeginIncoming(TheChunk, ChunkSize, seedFromExisting: false).Value;
        var error = Receive(incoming, twin);
        _harness.Files.Fault = null;
        if (error is null)
        {
            return "nothing is read of a copy before it is adopted; then as a data file";
        }

        _harness.Store.DropIncoming(TheChunk);
        Assert.False(_harness.Store.TryGetIncoming(TheChunk, out _, out _));
        return $"the copy fails: {error.Code}; the replica goes on: {JudgeReplica(_harness)}";
    }

    private ReplicaTwin ReceiveCopy()
    {
        var twin = _history[^1].After(Write(5, 0, Bytes(700, 5)));
        var incoming = _harness.Store.BeginIncoming(TheChunk, ChunkSize, seedFromExisting: false).Value;
        Assert.Null(Receive(incoming, twin));
        return twin;
    }

    private DfsError? Receive(IIncomingReplica incoming, ReplicaTwin twin)
    {
        using var source = new StoreHarness();
        using var made = source.Create(ChunkSize);
        for (var i = 1; i < _history.Count && _history[i].Sequence <= twin.Sequence; i++)
        {
            // Only its remembered outcomes are wanted.
            _ = made.Apply([Write((ulong)i, 0, Bytes(10, i))]);
        }

        for (var block = 0; block * Checksum.BlockBytes < twin.Bytes.Length; block++)
        {
            var data = Block(twin, block);
            if (incoming.WriteBlocks((long)block * Checksum.BlockBytes, data.Bytes.Span, [data.Checksum]) is { } failed)
            {
                return failed;
            }
        }

        return _harness.Lanes.Wait(incoming.CompleteAsync(new ReplicaContent(twin.Sequence, twin.Bytes.Length, Outcomes(twin))));
    }

    private static byte[] Outcomes(ReplicaTwin twin)
    {
        var window = new OperationWindow(4096);
        foreach (var (operation, outcome) in twin.Outcomes.OrderBy(o => o.Value.Sequence))
        {
            window.Add(operation, outcome);
        }

        var form = new byte[window.FormBytes];
        window.WriteTo(form);
        return form;
    }

    private string RunFolder(string fault)
    {
        var files = _harness.Files;
        switch (fault)
        {
            case "deleted while running":
                files.Remove(Root);
                _harness.Store.CheckFolders();
                return Noticed();
            case "unmounted while running":
                files.Remove(Root);
                files.CreateDirectory(Root);
                files.Device = "another";
                _harness.Store.CheckFolders();
                return Noticed();
            case "wiped while down":
                _harness.Store.Dispose();
                var wiped = files.AfterKill();
                wiped.Remove(Root);
                return $"new and empty, nothing passes for the old one; {Judge(wiped)}";
            case "older copy put back":
                return OlderFolder();
            default:
                _harness.Store.Dispose();
                var foreign = files.AfterKill();
                var stamp = new FolderStamp(fault == "of another cluster" ? Guid.NewGuid() : Cluster, fault == "of another server" ? new ServerId(9) : Self, Guid.NewGuid());
                foreign.Damage($"{Root}/folder.akkadfs", _ => System.Text.Encoding.ASCII.GetBytes(stamp.ToText()));
                return Judge(foreign);
        }
    }

    private string Noticed()
    {
        Assert.Contains(_harness.Events, e => e is StoreEvent.FolderFailed);
        Assert.False(_harness.Store.TryGet(TheChunk, out _));
        Assert.NotNull(_replica.Apply([Write(5, 0, Bytes(1), sync: true)]).Error);
        _harness.Store.CheckFolders();
        var isBack = _harness.Store.Folders[0] is { Error: null, IsNew: true };
        Assert.Equal(isBack, _harness.Events.Exists(e => e is StoreEvent.FolderRestored));
        JudgeOther(_harness);
        return isBack ? "folder out of use, its replicas reported gone; taken back empty, to be filled again" : "folder out of use, its replicas reported gone; stays so until a restart";
    }

    private string OlderFolder()
    {
        _harness.Store.Dispose();
        var older = _harness.Files.AfterKill();
        _ = OneLifeLater();
        return $"{Judge(older)}: meta compares it with what it knows and has it replaced";
    }
}
