// The look-up table of replicas (S3-02): every file below a node in order of paths, with the place of each replica. A page
// ends after so many files, or at a size that a message can carry, or after so many nodes; the next one goes on after the
// last place seen, whatever has been made or removed meanwhile. That place is told as base64 of the path, and the number of
// chunks of that file that were listed already.

using System.Globalization;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Makes one page of the table.</summary>
internal sealed class TrackerWalk(MetaState state, int limit)
{
    private const int MaxNodes = 65_536;
    private const int RowBytes = 80;

    private readonly List<MetaProtocol.TrackerRow> _rows = [];
    private readonly Stack<(string Path, NameTree.Cursor Children)> _open = new();
    private int _files;
    private int _nodes;
    private int _bytes;

    private bool IsFull => _files >= limit || _nodes >= MaxNodes || _bytes >= Queries.MaxPageBytes;

    /// <summary>The page after <paramref name="after"/>: the Next of the page before, or empty for the first.</summary>
    internal MetaProtocol.Reply Walk(Inode top, string after)
    {
        if (!TryReadPlace(after, out var lastPath, out var listed))
        {
            return new MetaProtocol.Failed(Errors.Argument("The place to go on from", "it must be the Next of the page before, or empty"));
        }

        var path = Namespace.PathOf(top).TrimEnd('/');
        if (top is not DirectoryInode directory)
        {
            return Page(path, Add(path, top, listed));
        }

        if (listed > 0 && Resume(path, directory, lastPath) is { } half)
        {
            var next = Add(lastPath, half, listed);
            if (next > 0 || IsFull)
            {
                return Page(lastPath, next, true);
            }
        }
        else if (listed == 0)
        {
            Resume(path, directory, lastPath);
        }

        return WalkOpen();
    }

    private MetaProtocol.TrackerPage WalkOpen()
    {
        while (_open.TryPop(out var level))
        {
            if (!level.Children.Next(out var name, out var node))
            {
                continue;
            }

            _open.Push(level);
            var below = $"{level.Path}/{name}";
            _nodes++;
            var next = 0;
            if (node is DirectoryInode directory)
            {
                _open.Push((below, directory.Children.After([])));
            }
            else
            {
                next = Add(below, node, 0);
            }

            if (next > 0 || IsFull)
            {
                return Page(below, next, true);
            }
        }

        return new MetaProtocol.TrackerPage(_rows, string.Empty);
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
            _open.Push((path, directory.Children.After(part)));
            var node = rest.IsEmpty ? null : directory.Children.Find(part);
            if (node is not DirectoryInode next)
            {
                return node;
            }

            path = $"{path}/{part}";
            directory = next;
            rest = slash < 0 ? [] : rest[(slash + 1)..];
        }
    }

    // Lists a file's chunks from a place on; gives the place to go on from, or 0 when the file is done.
    private int Add(string path, Inode node, int from)
    {
        if (node is not FileInode file)
        {
            return 0;
        }

        _files++;
        for (var at = from; at < file.Allocated; at++)
        {
            if (_bytes >= Queries.MaxPageBytes)
            {
                return at;
            }

            Add(path, file.At(at));
        }

        return 0;
    }

    private void Add(string path, Chunk chunk)
    {
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var replica = chunk.Replicas[i];
            var location = state.Book.LocationOf(chunk, replica, true);
            var isAlive = state.Durable.Servers[replica.Server].IsUsable;
            _bytes += RowBytes + path.Length + location.Path.Length;
            _rows.Add(new MetaProtocol.TrackerRow(
                path, chunk.Id, chunk.Index, chunk.Generation, location.Server, location.Endpoint, location.Path, isAlive, location.State));
        }
    }

    private MetaProtocol.TrackerPage Page(string path, int listed, bool hasMore = false) => new(
        _rows,
        hasMore || listed > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{listed}:{Convert.ToBase64String(PathText.ToBytes(path))}")
            : string.Empty);

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
