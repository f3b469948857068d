// The look-up table of replicas (S3-02): every file below a node in order of paths, with the place of each replica.

using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>Makes one page of the table.</summary>
internal sealed class TrackerWalk(MetaState state, int limit, Caller who) : FileWalk(state.Durable.Names, limit, who)
{
    private const int RowBytes = 80;

    private readonly List<MetaProtocol.TrackerRow> _rows = [];

    /// <summary>The page after <paramref name="after"/>: the Next of the page before, or empty for the first.</summary>
    internal MetaProtocol.Reply Page(Inode top, string after)
    {
        var next = Walk(top, after);
        return next.IsOk ? new MetaProtocol.TrackerPage(_rows, next.Value) : new MetaProtocol.Failed(next.Error);
    }

    /// <inheritdoc/>
    protected override int Visit(string path, Chunk chunk)
    {
        var bytes = 1;
        for (var i = 0; i < chunk.Replicas.Count; i++)
        {
            var replica = chunk.Replicas[i];
            var location = state.Book.LocationOf(chunk, replica, true);
            var isAlive = state.Durable.Servers[replica.Server].IsUsable;
            bytes += RowBytes + path.Length + location.Path.Length;
            _rows.Add(new MetaProtocol.TrackerRow(
                path, chunk.Id, chunk.Index, chunk.Generation, location.Server, location.Endpoint, location.Path, isAlive, location.State));
        }

        return bytes;
    }
}
