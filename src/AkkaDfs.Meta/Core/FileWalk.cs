// Everything below a node, file by file in order of paths, in pages. A page ends after so many files, or at a size that a message
// can carry, or after so many nodes; the next one goes on after the last place seen, whatever has been made or removed meanwhile.
// That place is told as base64 of the path, and the number of chunks of that file that were visited already.

using System.Globalization;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Visits the chunks of one page.</summary>
/// <param name="names">The tree.</param>
/// <param name="limit">Most files.</param>
/// <param name="who">Who looks: what he may not list is left out.</param>
internal abstract class FileWalk(Namespace names, int limit, Caller who)
{
    private const int MaxNodes = 65_536;

    private readonly Stack<(string Path, IEnumerator<(string Name, Inode Node)> Children)> _open = new();
    private int _nodes;
    private int _bytes;

    /// <summary>Files begun on this page.</summary>
    internal int Files { get; private set; }

    private bool IsFull => Files >= limit || _nodes >= MaxNodes || _bytes >= Queries.MaxPageBytes;

    /// <summary>Visits the page after a place.</summary>
    /// <param name="top">A file, or a directory with everything below it.</param>
    /// <param name="after">Where the page before ended, or empty for the first.</param>
    /// <returns>Where this page ended; empty after the last one.</returns>
    protected Result<string> Walk(Inode top, string after)
    {
        if (!TryReadPlace(after, out var lastPath, out var listed))
        {
            return Errors.Argument("The place to go on from", "it must be the Next of the page before, or empty");
        }

        var path = names.PathOfAny(top).TrimEnd('/');
        if (top is not DirectoryInode directory)
        {
            return Place(path, Add(path, top, listed));
        }

        if (listed > 0 && Resume(path, directory, lastPath) is { } half)
        {
            var next = Add(lastPath, half, listed);
            if (next > 0 || IsFull)
            {
                return Place(lastPath, next, true);
            }
        }
        else if (listed == 0)
        {
            Resume(path, directory, lastPath);
        }

        return WalkOpen();
    }

    /// <summary>Lists a chunk.</summary>
    /// <returns>Bytes that this adds to the page, at least 1.</returns>
    protected abstract int Visit(string path, Chunk chunk);

    private string WalkOpen()
    {
        while (_open.TryPop(out var level))
        {
            if (!level.Children.MoveNext())
            {
                continue;
            }

            var (name, node) = level.Children.Current;
            _open.Push(level);
            var below = $"{level.Path}/{name}";
            _nodes++;
            var next = 0;
            if (node is DirectoryInode directory)
            {
                if (MayList(directory))
                {
                    _open.Push((below, names.EntriesAfter(directory, string.Empty).GetEnumerator()));
                }
            }
            else
            {
                next = Add(below, node, 0);
            }

            if (next > 0 || IsFull)
            {
                return Place(below, next, true);
            }
        }

        return string.Empty;
    }

    // Opens the directories on the way to the path where the last page ended, each just after the part that was seen.
    // Gives the node at that path if it is still there.
    private Inode? Resume(string path, DirectoryInode directory, string after)
    {
        var rest = after.StartsWith(path + "/", StringComparison.Ordinal) ? after.AsSpan(path.Length + 1) : [];
        while (true)
        {
            var slash = rest.IndexOf('/');
            var part = slash < 0 ? rest : rest[..slash];
            if (MayList(directory))
            {
                _open.Push((path, names.EntriesAfter(directory, part.ToString()).GetEnumerator()));
            }

            var node = rest.IsEmpty ? null : names.ChildOf(directory, part);
            if (node is not DirectoryInode next)
            {
                return node;
            }

            path = $"{path}/{part}";
            directory = next;
            rest = slash < 0 ? [] : rest[(slash + 1)..];
        }
    }

    private bool MayList(DirectoryInode directory) => Permissions.Allows(directory, who, Permissions.Read | Permissions.Execute);

    // Lists a file's chunks from a place on; gives the place to go on from, or 0 when the file is done.
    private int Add(string path, Inode node, int from)
    {
        if (node is not FileInode file)
        {
            return 0;
        }

        Files++;
        for (var at = from; at < file.Allocated; at++)
        {
            if (_bytes >= Queries.MaxPageBytes)
            {
                return at;
            }

            _bytes += Visit(path, file.At(at));
        }

        return 0;
    }

    private static string Place(string path, int listed, bool hasMore = false) => hasMore || listed > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{listed}:{Convert.ToBase64String(PathText.ToBytes(path))}")
        : string.Empty;

    private static bool TryReadPlace(string place, out string path, out int listed)
    {
        path = string.Empty;
        listed = 0;
        if (place.Length == 0)
        {
            return true;
        }

        var colon = place.IndexOf(':');
        var bytes = new byte[place.Length];
        if (colon < 0
            || !int.TryParse(place.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out listed)
            || !Convert.TryFromBase64Chars(place.AsSpan(colon + 1), bytes, out var length))
        {
            return false;
        }

        path = PathText.FromBytes(bytes.AsSpan(0, length));
        return true;
    }
}
