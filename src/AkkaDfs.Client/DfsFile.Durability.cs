// The part of a file about what others and disks know of what was written.

using System.Collections.Concurrent;
using AkkaDfs.Client.Files;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;

namespace AkkaDfs.Client;

public sealed partial class DfsFile
{
    /// <summary>Tells meta how far this writer got: lengths and times are then right for everybody who asks meta. More may be written.</summary>
    internal async Task MeasureAsync(CallOptions? options, CancellationToken cancellationToken)
    {
        var written = _writer.Written();
        if (written.Count > 0)
        {
            await TellLengthsAsync([.. written.Select(w => w.Length)], _context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }
    }

    /// <summary>How far this writer got, to be told to meta together with others; empty when nothing was written.</summary>
    internal IReadOnlyList<Shared.Protocol.MetaProtocol.ChunkLength> WrittenLengths => [.. _writer.Written().Select(w => w.Length)];

    /// <summary>True when something was written that need not be on disk yet.</summary>
    internal bool HasUnsynced => _writer.HasUnsynced;

    /// <summary>Chunks of which something was written that need not be on disk yet; whoever takes them sees to it.</summary>
    internal IReadOnlyList<int> TakeUnsynced() => _writer.TakeUnsynced();

    /// <summary>
    /// Returns when everything written to this file before is on the disks of all replicas: through this object, and to the chunks
    /// named. An operation that changes nothing but is synced brings all before it along.
    /// </summary>
    /// <returns>True when there was something to bring to disk.</returns>
    internal async Task<bool> SyncAsync(IEnumerable<int> further, CallOptions? options, CancellationToken cancellationToken)
    {
        var deadline = _context.DeadlineOf(options);
        var call = (options ?? CallOptions.Default) with { Sync = true };
        var left = new ConcurrentDictionary<int, bool>(_writer.TakeUnsynced().Union(further).Select(i => KeyValuePair.Create(i, true)));
        var any = !left.IsEmpty;
        try
        {
            await Bounded.ForEachAsync(left.Keys.Order().ToArray(), _context.Settings.Window, SyncOneAsync, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }
        finally
        {
            _writer.AddUnsynced(left.Keys);
        }

        return any;

        async Task SyncOneAsync(int index, CancellationToken token)
        {
            if (index > await LastIndexAsync(deadline, token).ConfigureAwait(Surroundings.HoldAwaits))
            {
                // Cut off by now: there is nothing of it that could be lost.
                left.TryRemove(index, out _);
                return;
            }

            var operation = new ChunkOperation(index, WriteMode.AtOffset, 0, _context.Ids.Next(), ReadOnlyMemory<byte>.Empty);
            var result = await _writer.WriteAsync(operation, call, deadline, token).ConfigureAwait(Surroundings.HoldAwaits);
            if (!result.IsOk)
            {
                throw result.Error.ToException();
            }

            left.TryRemove(index, out _);
        }
    }

    private async Task<int> LastIndexAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        if (_locations.LastIndex < 0)
        {
            await GetStatusAsync(deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }

        return _locations.LastIndex;
    }
}
