// What a meta node stands on. The defaults are the real ones; the simulation puts its own in their place.

using AkkaDfs.Meta.Actors;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Files;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta;

/// <summary>What a meta node stands on.</summary>
internal sealed record MetaNodeParts
{
    /// <summary>The disk of the journal in files.</summary>
    public IFileSystem Files { get; init; } = DiskFileSystem.Instance;

    /// <summary>The clock of the journal.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Flushes a journal in the background.</summary>
    public Func<IFlushedJournal, IMetaJournal> KeepGoing { get; init; } = static journal => new BackgroundJournal(journal);

    /// <summary>Tries a data plane's address: true when nothing listens there.</summary>
    public Func<DataEndpoint, Task<bool>> IsRefusedAsync { get; init; } = AddressProbe.IsRefusedAsync;

    /// <summary>Chooses a journal that is neither in files nor in PostgreSQL, for a node with these settings and this address.</summary>
    public Func<NodeSettings, string, MetaJournalChoice>? OpenJournal { get; init; }
}

/// <summary>A journal, and what belongs to it.</summary>
/// <param name="Make">Makes one for each start of the MetaActor.</param>
/// <param name="History">Reads what it has kept.</param>
/// <param name="IsNobodyActing">True while no writer has been seen for a while; null where there can be no other.</param>
/// <param name="Standby">Ends what follows the log beside the actor.</param>
internal sealed record MetaJournalChoice(Func<IFlushedJournal> Make, IHistorySource History, Func<bool>? IsNobodyActing, IDisposable? Standby);
