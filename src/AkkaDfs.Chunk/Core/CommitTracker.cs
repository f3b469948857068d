// Which operations every member of the chain has, and what a reader must wait for until then.
// What the tail has applied, all have: an acknowledgement for one operation covers all before it.

using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.Core;

/// <summary>Operations that are placed but not known to be committed, in order.</summary>
public sealed class CommitTracker
{
    // Done entries are dropped from the front of the list in one go.
    private const int MaxDone = 1024;

    private readonly List<Pending> _pending = [];
    private int _first;

    /// <summary>Everything up to <paramref name="sequence"/> is committed.</summary>
    public CommitTracker(ulong sequence, long lengthBytes) => Reset(sequence, lengthBytes);

    /// <summary>Last operation known to be committed.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>Length after that operation.</summary>
    public long LengthBytes { get; private set; }

    /// <summary>Operations not known to be committed.</summary>
    public int PendingCount => _pending.Count - _first;

    /// <summary>An operation is about to be applied here.</summary>
    public void Add(Placement placement, int payloadBytes) => _pending.Add(new Pending(placement.Sequence, Touched(placement, payloadBytes), placement));

    /// <summary>The members after this one have the operation; true when that is news.</summary>
    public bool Commit(ulong sequence)
    {
        var first = _first;
        while (_first < _pending.Count && _pending[_first].Sequence <= sequence)
        {
            Sequence = _pending[_first].Sequence;
            LengthBytes = _pending[_first].Placement.LengthAfter;
            _first++;
        }

        var news = _first != first;
        if (_first == _pending.Count || _first > MaxDone)
        {
            _pending.RemoveRange(0, _first);
            _first = 0;
        }

        return news;
    }

    /// <summary>What comes behind an operation was not applied after all.</summary>
    public void Withdraw(ulong lastApplied)
    {
        while (_pending.Count > _first && _pending[^1].Sequence > lastApplied)
        {
            _pending.RemoveAt(_pending.Count - 1);
        }
    }

    /// <summary>Starts anew: nothing is pending.</summary>
    public void Reset(ulong sequence, long lengthBytes)
    {
        _pending.Clear();
        _first = 0;
        Sequence = sequence;
        LengthBytes = lengthBytes;
    }

    /// <summary>The operation that a reader of a range must see committed first; 0 when it may read at once.</summary>
    public ulong MustCommitFirst(ByteRange range)
    {
        var last = 0UL;
        for (var i = _first; i < _pending.Count; i++)
        {
            var pending = _pending[i];
            // A changed length matters to everyone who reads up to or over an end.
            var ends = pending.Placement.LengthBefore != pending.Placement.LengthAfter
                && range.End > Math.Min(pending.Placement.LengthBefore, pending.Placement.LengthAfter);
            if (ends || pending.Touched.Overlaps(range))
            {
                last = pending.Sequence;
            }
        }

        return last;
    }

    private static ByteRange Touched(Placement placement, int payloadBytes)
    {
        var (from, to) = placement.LengthAfter >= placement.LengthBefore
            ? (Math.Min(placement.Offset, placement.LengthBefore), Math.Max(placement.Offset + payloadBytes, placement.LengthAfter))
            : (placement.LengthAfter, placement.LengthBefore);

        // An overwrite touches its own bytes alone; what lies between the old end and a gap is new.
        return placement.LengthAfter == placement.LengthBefore && !placement.PadToEnd
            ? new ByteRange(placement.Offset, payloadBytes)
            : new ByteRange(from, to - from);
    }

    private readonly record struct Pending(ulong Sequence, ByteRange Touched, Placement Placement);
}
