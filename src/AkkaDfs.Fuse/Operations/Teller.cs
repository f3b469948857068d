// Tells meta how far files were written. Many who close at about the same time share one request: what nobody waits for is told a moment
// later, or at once when somebody begins to wait.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Operations;

/// <summary>Gathers lengths and tells them together. Thread-safe.</summary>
internal sealed class Teller(IMountedTree tree, TimeProvider time)
{
    private const int MostAtOnce = 512;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(15);

    private readonly Lock _gate = new();
    private List<Item> _waiting = [];
    private bool _isTelling;
    private TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Somebody waits: nothing is put off any longer.</summary>
    public void Hurry()
    {
        lock (_gate)
        {
            _hurry.TrySetResult();
        }
    }

    /// <summary>Tells the lengths of one file; gives its state afterwards, or null when it is gone.</summary>
    /// <param name="file">Which.</param>
    /// <param name="lengths">Its lengths.</param>
    /// <param name="canWait">True when nobody waits for it yet.</param>
    public Task<FileStatus?> TellAsync(InodeId file, IReadOnlyList<MetaProtocol.ChunkLength> lengths, bool canWait = false)
    {
        var item = new Item(new MetaProtocol.FileLengths(file, lengths));
        lock (_gate)
        {
            _waiting.Add(item);
            if (!canWait)
            {
                _hurry.TrySetResult();
            }

            if (_isTelling)
            {
                return item.Done.Task;
            }

            _isTelling = true;
        }

        _ = TellAllAsync();
        return item.Done.Task;
    }

    private async Task TellAllAsync()
    {
        while (true)
        {
            await WaitAsync().ConfigureAwait(false);
            if (Next() is not { } batch)
            {
                return;
            }

            try
            {
                var files = await tree.CompleteAsync([.. batch.Select(i => i.Lengths)], CancellationToken.None).ConfigureAwait(false);
                var byInode = new Dictionary<InodeId, FileStatus>();
                foreach (var status in files)
                {
                    byInode[status.Inode] = status;
                }

                batch.ForEach(i => i.Done.SetResult(byInode.GetValueOrDefault(i.Lengths.File)));
            }
            catch (DfsException e)
            {
                batch.ForEach(i => i.Done.SetException(e));
            }
        }
    }

    private async Task WaitAsync()
    {
        Task hurry;
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                return;
            }

            hurry = _hurry.Task;
        }

        using var stop = new CancellationTokenSource();
        await Task.WhenAny(hurry, Task.Delay(Moment, time, stop.Token)).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
    }

    private List<Item>? Next()
    {
        lock (_gate)
        {
            if (_hurry.Task.IsCompleted)
            {
                _hurry = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            var next = _waiting.Count <= MostAtOnce ? _waiting : _waiting[..MostAtOnce];
            _waiting = _waiting.Count <= MostAtOnce ? [] : _waiting[MostAtOnce..];
            _isTelling = next.Count > 0;
            return _isTelling ? next : null;
        }
    }

    private sealed record Item(MetaProtocol.FileLengths Lengths)
    {
        public TaskCompletionSource<FileStatus?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
