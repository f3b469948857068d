// A file journal with a thread of its own: it sleeps while nothing is queued, and while it syncs, the next record gathers.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Journal;

/// <summary>Flushes a file journal in the background. Disposing writes what is queued.</summary>
internal sealed class BackgroundJournal(FileMetaJournal journal) : IMetaJournal
{
    private readonly SemaphoreSlim _work = new(0);
    private Thread? _thread;
    private int _asked;
    private volatile bool _stopping;

    /// <inheritdoc/>
    public Result<JournalOpened> Open(Action<MetaEvent> replay, IJournalListener listener)
    {
        var opened = journal.Open(replay, listener);
        if (opened.IsOk)
        {
            _thread = new Thread(Run) { IsBackground = true, Name = "meta-journal" };
            _thread.Start();
        }

        return opened;
    }

    /// <inheritdoc/>
    public long Append(IReadOnlyList<MetaEvent> transaction)
    {
        var position = journal.Append(transaction);
        if (Interlocked.Exchange(ref _asked, 1) == 0)
        {
            _work.Release();
        }

        return position;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping = true;
        _work.Release();
        _thread?.Join();
        _work.Dispose();
        journal.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _work.Wait();
            Interlocked.Exchange(ref _asked, 0);
            var wrote = false;
            while (journal.Flush())
            {
                wrote = true;
            }

            if (wrote)
            {
                journal.WriteMark();
            }

            if (_stopping)
            {
                return;
            }
        }
    }
}
