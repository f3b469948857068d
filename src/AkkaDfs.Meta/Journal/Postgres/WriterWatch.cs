// Watches the writer's row for signs of life, by this node's own monotonic clock.
//
// Why this is safe: a writer answers only for one lease since it began a statement that found its epoch in place. Every such
// statement raises `beat`. When the row is seen twice with the same beat, the writer's last successful statement was committed,
// hence begun, before it was seen first; so its lease has run out when it is seen again one lease later. What the writer begins
// after that cannot succeed once the epoch is raised in the transaction that sees the row.

namespace AkkaDfs.Meta.Journal.Postgres;

/// <summary>How long the writer's row has stood still. Thread-safe.</summary>
internal sealed class WriterWatch(TimeProvider time)
{
    private readonly object _gate = new();
    private WriterRow? _row;
    private long _since;
    private long _seen;
    private bool _isWriterHere;

    /// <summary>True while a journal of this process is the writer, or is about to be.</summary>
    public bool IsWriterHere
    {
        get => Volatile.Read(ref _isWriterHere);
        set => Volatile.Write(ref _isWriterHere, value);
    }

    /// <summary>Takes in the row, just read.</summary>
    public void See(WriterRow row)
    {
        lock (_gate)
        {
            _seen = time.GetTimestamp();
            if (_row != row)
            {
                (_row, _since) = (row, _seen);
            }
        }
    }

    /// <summary>True when the row was seen just now, and nobody can act as the writer that it names.</summary>
    public bool IsNobodyActing
    {
        get
        {
            lock (_gate)
            {
                return !IsWriterHere && _row is { } row && time.GetElapsedTime(_seen) < TimeSpan.FromSeconds(2) && IsOver(row);
            }
        }
    }

    /// <summary>What went wrong last between this process and the database without anybody being told; null when nothing has.</summary>
    public Exception? LastFailure { get; private set; }

    /// <summary>Something went wrong that is tried again, or does not matter.</summary>
    public void NoteFailure(Exception reason) => LastFailure = reason;

    /// <summary>True when nobody can act as the writer that this row names.</summary>
    /// <param name="row">The row, as read after this node began to look.</param>
    public bool IsOver(WriterRow row)
    {
        lock (_gate)
        {
            return row.IsReleased || row.Epoch == 0
                || (_row == row && time.GetElapsedTime(_since) >= PostgresJournalSettings.WaitFor(row.Lease));
        }
    }
}
