// What a journal offers to the threads that keep it going (BackgroundJournal): one writes, one makes checkpoints.

using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Journal;

/// <summary>A journal that is flushed from outside. Each member is called from one thread at a time.</summary>
internal interface IFlushedJournal : IMetaJournal
{
    /// <summary>Time without a flush after which <see cref="Rest"/> is due again; infinite when once is enough.</summary>
    TimeSpan RestInterval { get; }

    /// <summary>True when so much log has gathered that <see cref="MakeCheckpoint"/> should be called.</summary>
    bool IsCheckpointDue { get; }

    /// <summary>Makes durable what is queued, as one record; false when nothing was, or nothing can be written any more.</summary>
    bool Flush();

    /// <summary>Called when nothing is queued: after a flush, and then every <see cref="RestInterval"/>.</summary>
    void Rest();

    /// <summary>Makes a checkpoint when one is due, and removes what nobody needs any more.</summary>
    /// <remarks>A failure is told and costs nothing but a longer start: the log stays.</remarks>
    /// <exception cref="OperationCanceledException">Asked to stop; the journal is as before.</exception>
    void MakeCheckpoint(CancellationToken stop);

    /// <summary>Asks waits inside the other members to end soon: the journal is about to be closed.</summary>
    void StopWaiting();
}
