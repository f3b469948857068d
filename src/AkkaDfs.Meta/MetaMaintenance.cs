// What can be done with the names of a cluster while no meta node acts on them: look whether they are whole, take them out into
// one file, and put them into a new journal, of the other kind if need be.

using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Meta.Journal.Offline;
using AkkaDfs.Meta.Journal.Postgres;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Meta;

/// <summary>What was found in a journal or a dump.</summary>
/// <param name="Place">Where.</param>
/// <param name="ClusterId">The cluster.</param>
/// <param name="Epoch">The newest epoch.</param>
/// <param name="Transactions">Number of transactions.</param>
/// <param name="Files">Regular files, those in the trash included.</param>
/// <param name="Directories">Directories.</param>
/// <param name="Chunks">Chunks.</param>
/// <param name="Servers">Chunk servers that were ever registered.</param>
/// <param name="CutBytes">Bytes at the end of the log that were never confirmed; the next start cuts them off, and nothing is lost.</param>
/// <param name="Findings">What is wrong or was passed over, a sentence each.</param>
public sealed record MetaSummary(
    string Place,
    Guid ClusterId,
    ulong Epoch,
    ulong Transactions,
    long Files,
    long Directories,
    long Chunks,
    int Servers,
    long CutBytes,
    IReadOnlyList<string> Findings);

/// <summary>Work on journals at rest.</summary>
public static class MetaMaintenance
{
    private const int MostFindings = 100;

    /// <summary>Reads a journal back, as a start of the meta node would, and checks what comes out. Changes nothing.</summary>
    /// <returns>What is there; JournalLocked while a meta node runs on files, JournalDamaged with the place, and others.</returns>
    public static Result<MetaSummary> Verify(NodeSettings settings)
    {
        var journal = JournalOf(settings);
        var read = journal.Read();
        return read.IsOk ? Summary(journal.Place, read.Value) : read.Error;
    }

    /// <summary>Writes everything in a journal into one file, which must not exist. The file is a checkpoint (docs/formats/meta-journal.md).</summary>
    /// <returns>What was written; also AlreadyExists.</returns>
    public static Result<MetaSummary> Dump(NodeSettings settings, string path)
    {
        var files = DiskFileSystem.Instance;
        if (files.Exists(path))
        {
            return new DfsError(DfsErrorCode.AlreadyExists, $"{path} exists. Dump into a new file.");
        }

        var journal = JournalOf(settings);
        var read = journal.Read();
        if (!read.IsOk)
        {
            return read.Error;
        }

        try
        {
            var part = path + ".part";
            using (var file = files.Open(part, FileOpen.CreateOrTruncate))
            {
                CheckpointFile.Write(file, new SegmentHead(read.Value.State.ClusterId, read.Value.Next, read.Value.Epoch, 0, UnixNs()), read.Value.State.Images());
            }

            files.Move(part, path);
            files.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception e) when (FileErrors.IsDiskFailure(e))
        {
            return FileErrors.ToError(e, $"write {path}");
        }

        return Summary(journal.Place, read.Value);
    }

    /// <summary>Fills a new journal from a dump. The cluster, its epochs and its positions go on.</summary>
    /// <returns>What was loaded; JournalDamaged when the dump is not whole, AlreadyExists when the journal is not new, and others.</returns>
    public static Result<MetaSummary> Load(NodeSettings settings, string path)
    {
        var state = new DurableState();
        var head = ReadDump(path, state);
        if (!head.IsOk)
        {
            return head.Error;
        }

        var findings = StateAudit.Of(state).Take(1).ToList();
        if (findings.Count > 0)
        {
            return new DfsError(DfsErrorCode.JournalDamaged, $"The dump {path} does not hold together: {findings[0]}. Nothing was loaded; use another dump.");
        }

        var journal = JournalOf(settings);
        return journal.Load(head.Value, state.Images()) is { } error
            ? error
            : Summary(journal.Place, new OfflineState(state, head.Value.FirstPosition, head.Value.Epoch, 0, []));
    }

    private static Result<SegmentHead> ReadDump(string path, DurableState state)
    {
        try
        {
            using var file = DiskFileSystem.Instance.Open(path, FileOpen.Read);
            var whole = CheckpointFile.Read(path, file, null);
            return whole.IsOk ? CheckpointFile.Read(path, file, OfflineState.ReplayInto(state)) : whole;
        }
        catch (Exception e) when (FileErrors.IsDiskFailure(e))
        {
            return FileErrors.ToError(e, $"read {path}");
        }
    }

    private static MetaSummary Summary(string place, OfflineState read)
    {
        var findings = read.Warnings.Concat(StateAudit.Of(read.State)).Take(MostFindings).ToList();
        var state = read.State;
        return new MetaSummary(
            place,
            state.ClusterId,
            read.Epoch,
            read.Next - 1,
            state.Names.FileCount,
            state.Names.DirectoryCount,
            state.Chunks.Count,
            state.Servers.All.Count,
            read.CutBytes,
            findings);
    }

    private static IOfflineJournal JournalOf(NodeSettings settings)
    {
        if (settings.Meta.Journal != "postgres")
        {
            return new FileOfflineJournal(MetaNode.JournalFolder(settings), DiskFileSystem.Instance, TimeProvider.System);
        }

        try
        {
            return new PostgresOfflineJournal(MetaNode.PostgresSettings(settings, "maintenance"), TimeProvider.System);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw MetaNode.UnreadableConnection(e);
        }
    }

    private static long UnixNs() => (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * 100;
}
