// The operation log as meta uses it. A transaction is what one command changed: it is applied whole or not at all.
//
// Rules. Positions count transactions from 1. A transaction is durable when the listener was told of its position or a higher
// one; nothing that depends on it may leave the node before. Who opens the journal takes a higher epoch than every writer
// before, durably, before anything else; a writer with an older epoch can append nothing. After a failure nothing more becomes
// durable, and what was appended since the last position told may or may not be there at the next start.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Journal;

/// <summary>The operation log.</summary>
internal interface IMetaJournal : IDisposable
{
    /// <summary>
    /// True while no other writer can act: what was read from the state may be answered. False soon after the log's store has
    /// not been heard from; the listener is told when it is true again. Cheap, and asked from any thread.
    /// </summary>
    bool IsConfirmed { get; }

    /// <summary>
    /// What this node has read of the log already, before <see cref="Open"/>, which then replays what came later only; null for
    /// nothing. Once: it belongs to the caller. May block on the store.
    /// </summary>
    DurableState? TakeState() => null;

    /// <summary>
    /// Takes the log, reads it back, and takes a new epoch. Blocks on the store, and until no writer before can act any more.
    /// A new log gets its first events, among them the cluster's id.
    /// </summary>
    /// <param name="replay">Receives every event in order, the new epoch's included.</param>
    /// <param name="listener">Is told what becomes of appended transactions.</param>
    /// <returns>What was found; JournalLocked, JournalDamaged, JournalUnwritable, JournalUnreachable, WrongCluster, VersionMismatch, ShuttingDown.</returns>
    Result<JournalOpened> Open(Action<MetaEvent> replay, IJournalListener listener);

    /// <summary>Queues a transaction and returns its position. Never blocks on the disk.</summary>
    /// <param name="transaction">At least one event; read before the call returns.</param>
    long Append(IReadOnlyList<MetaEvent> transaction);
}

/// <summary>Hears what becomes of appended transactions; called on any thread.</summary>
internal interface IJournalListener
{
    /// <summary>All transactions up to this position are durable.</summary>
    void Durable(long position);

    /// <summary>Nothing appended since the last position told will be confirmed any more. StaleEpoch: another writer has taken the log.</summary>
    void Failed(DfsError error);

    /// <summary><see cref="IMetaJournal.IsConfirmed"/> is true again after somebody has seen it false.</summary>
    void Confirmed();

    /// <summary>A checkpoint holds everything before this position, or could not be made; the log goes on either way.</summary>
    void Checkpointed(long nextPosition, DfsError? error);
}

/// <summary>What opening a journal found.</summary>
/// <param name="Epoch">The term of this writer.</param>
/// <param name="Transactions">Position of the last transaction.</param>
/// <param name="CutBytes">Bytes at the end that were never confirmed, torn by a crash, and cut off; 0 after a clean stop.</param>
/// <param name="IsNew">True when there was no journal.</param>
internal sealed record JournalOpened(Epoch Epoch, long Transactions, long CutBytes, bool IsNew)
{
    /// <summary>What an operator must hear of although the journal could be read: each one a sentence with the file.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
