// Who a data folder belongs to: a small text file at its top. An empty folder has none, a foreign one another; neither can
// pass for the old one.

using System.Globalization;
using System.Text;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;

namespace AkkaDfs.Chunk.Storage;

/// <summary>Stamp of one data folder.</summary>
/// <param name="ClusterId">The cluster.</param>
/// <param name="Server">The chunk server.</param>
/// <param name="FolderId">The folder's own id, made with the stamp.</param>
internal readonly record struct FolderStamp(Guid ClusterId, ServerId Server, Guid FolderId)
{
    internal const string FileName = "folder.akkadfs";
    private const string Title = "akkadfs data folder";
    private const int Version = 1;
    private const int MaxBytes = 4096;

    internal void Write(IFileSystem files, string folder)
        => ReplicaFiles.WriteAtomically(files, folder, FileName, Encoding.ASCII.GetBytes(ToText()));

    /// <summary>Null when there is none; StoreDamaged or VersionMismatch when it cannot be read. Throws when the disk fails.</summary>
    internal static Result<FolderStamp?> Read(IFileSystem files, string folder)
    {
        var path = $"{folder}/{FileName}";
        if (!files.Exists(path))
        {
            return (FolderStamp?)null;
        }

        using var file = files.Open(path, FileOpen.Read);
        var bytes = new byte[MaxBytes];
        var text = Encoding.ASCII.GetString(bytes, 0, file.Read(bytes, 0));
        var title = text.Split('\n')[0];
        if (title.StartsWith(Title, StringComparison.Ordinal) && title != $"{Title} {Version}" && EndsInChecksum(text))
        {
            return new DfsError(DfsErrorCode.VersionMismatch, $"{path} is of another version ('{title}'). Use the program that wrote it, or a newer one.");
        }

        return Parse(text) is { } stamp
            ? (FolderStamp?)stamp
            : new DfsError(DfsErrorCode.StoreDamaged, $"{path} is damaged. Restore it from another data folder's copy of this server, or empty the folder.");
    }

    internal string ToText()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{Title} {Version}\ncluster {ClusterId}\nserver {Server}\nfolder {FolderId}\n");
        return $"{text}checksum {Checksum.Compute(Encoding.ASCII.GetBytes(text)):x8}\n";
    }

    private static FolderStamp? Parse(string text)
    {
        var lines = text.Split('\n');
        return lines.Length == 6
            && Guid.TryParse(ValueOf(lines[1], "cluster "), out var cluster)
            && uint.TryParse(ValueOf(lines[2], "server "), NumberStyles.None, CultureInfo.InvariantCulture, out var server)
            && Guid.TryParse(ValueOf(lines[3], "folder "), out var folder)
            && new FolderStamp(cluster, new ServerId(server), folder) is var stamp && stamp.ToText() == text
                ? stamp
                : null;
    }

    private static bool EndsInChecksum(string text)
    {
        var at = text.LastIndexOf("checksum ", StringComparison.Ordinal);
        return at > 0 && text[at..] == $"checksum {Checksum.Compute(Encoding.ASCII.GetBytes(text[..at])):x8}\n";
    }

    private static string? ValueOf(string line, string name) => line.StartsWith(name, StringComparison.Ordinal) ? line[name.Length..] : null;
}
