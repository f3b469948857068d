// Names in a journal's folder. A segment is named by its first transaction; a checkpoint by the first one that it does not
// contain, which is always the first one of a segment.

using System.Globalization;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Meta.Journal;

/// <summary>The files of one journal.</summary>
internal sealed class JournalFiles(string folder, IFileSystem files)
{
    private const int Digits = 20;
    private const string LogSuffix = ".log";
    private const string CheckpointSuffix = ".checkpoint";
    private const string PartSuffix = ".part";

    /// <summary>Path of the folder.</summary>
    public string Folder => folder;

    /// <summary>First positions of all segments, ascending.</summary>
    public IReadOnlyList<ulong> Segments() => Numbered(LogSuffix);

    /// <summary>Next positions of all checkpoints, ascending.</summary>
    public IReadOnlyList<ulong> Checkpoints() => Numbered(CheckpointSuffix);

    public string SegmentPath(ulong first) => Path.Combine(folder, $"{first:d20}{LogSuffix}");

    public string CheckpointPath(ulong next) => Path.Combine(folder, $"{next:d20}{CheckpointSuffix}");

    /// <summary>Where a checkpoint is written before it gets its name.</summary>
    public string PartPath(ulong next) => CheckpointPath(next) + PartSuffix;

    /// <summary>Removes checkpoints that a crash left unfinished.</summary>
    public void DeleteLeftovers()
    {
        foreach (var name in files.ListFiles(folder).Where(n => n.EndsWith(CheckpointSuffix + PartSuffix, StringComparison.Ordinal)))
        {
            files.Delete(Path.Combine(folder, name));
        }
    }

    private List<ulong> Numbered(string suffix) =>
    [
        .. files.ListFiles(folder)
            .Where(n => n.Length == Digits + suffix.Length && n.EndsWith(suffix, StringComparison.Ordinal))
            .Select(n => ulong.TryParse(n.AsSpan(0, Digits), NumberStyles.None, CultureInfo.InvariantCulture, out var at) ? at : 0)
            .Where(at => at > 0)
            .Order(),
    ];
}
