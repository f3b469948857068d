// A journal as maintenance uses it, while no meta node acts on it: read as a whole, or filled from a dump when it is new.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Journal.Offline;

/// <summary>A journal at rest.</summary>
internal interface IOfflineJournal
{
    /// <summary>Where it is, for people.</summary>
    string Place { get; }

    /// <summary>Reads everything back and changes nothing.</summary>
    /// <returns>What a start would find; JournalLocked, JournalDamaged, JournalUnreachable, WrongCluster, VersionMismatch, FileNotFound.</returns>
    Result<OfflineState> Read();

    /// <summary>Fills a journal that has never been used: the next start goes on from there.</summary>
    /// <param name="head">Cluster, position that comes next, and newest epoch of the dumped journal.</param>
    /// <param name="images">The state.</param>
    /// <returns>Null; AlreadyExists when there is anything in it, JournalLocked, JournalUnwritable, JournalUnreachable.</returns>
    DfsError? Load(SegmentHead head, IEnumerable<MetaEvent> images);
}

/// <summary>What a journal holds.</summary>
/// <param name="State">The state after its last transaction.</param>
/// <param name="Next">Position of the transaction that comes next.</param>
/// <param name="Epoch">The newest epoch.</param>
/// <param name="CutBytes">Bytes at the end that were never confirmed, which the next start will cut off.</param>
/// <param name="Warnings">What was passed over, as the next start will say it.</param>
internal sealed record OfflineState(DurableState State, ulong Next, ulong Epoch, long CutBytes, IReadOnlyList<string> Warnings)
{
    /// <summary>Applies events one by one; one that does not fit what comes before it is told as unreadable, with its place.</summary>
    /// <exception cref="FormatException">The event does not fit: the log was put together from parts.</exception>
    public static Action<MetaEvent> ReplayInto(DurableState state) => change =>
    {
        try
        {
            state.Apply(change, null);
        }
        catch (Exception e) when (e is InvalidCastException or NullReferenceException or ArgumentException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"an event {change.GetType().Name} does not fit the state before it", e);
        }
    };
}
