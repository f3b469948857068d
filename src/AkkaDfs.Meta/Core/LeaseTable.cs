// The leases of users on files. That a lease is held, and until which calendar time, is durable; what counts while meta runs is its
// monotonic clock, which is set from the calendar once when it begins to act.

using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

/// <summary>One lease.</summary>
/// <param name="holder">Who has it.</param>
/// <param name="isShared">Whether others may have shared ones, too.</param>
/// <param name="untilUnixNs">When it is over.</param>
internal sealed class UserLease(string holder, bool isShared, long untilUnixNs)
{
    /// <summary>Who has it.</summary>
    public string Holder { get; } = holder;

    /// <summary>Whether others may have shared ones, too.</summary>
    public bool IsShared { get; } = isShared;

    /// <summary>When it is over, by the calendar.</summary>
    public long UntilUnixNs { get; } = untilUnixNs;

    /// <summary>When it is over, on meta's clock. Not durable.</summary>
    public long UntilMs { get; set; } = long.MaxValue;
}

/// <summary>All leases.</summary>
internal sealed class LeaseTable
{
    private readonly SortedDictionary<InodeId, List<UserLease>> _leases = [];

    /// <summary>Number of leases.</summary>
    public int Count { get; private set; }

    /// <summary>The files that have leases, in order of ids.</summary>
    public IEnumerable<InodeId> Files => _leases.Keys;

    /// <summary>The leases on a file in the order in which they were taken, those that are over and not ended yet included.</summary>
    public IReadOnlyList<UserLease> Of(InodeId file) => _leases.GetValueOrDefault(file) is { } some ? some : [];

    internal void Apply(LeaseTaken taken)
    {
        if (!_leases.TryGetValue(taken.Inode, out var leases))
        {
            _leases.Add(taken.Inode, leases = []);
        }

        Count -= leases.RemoveAll(l => l.Holder == taken.Holder);
        leases.Add(new UserLease(taken.Holder, taken.IsShared, taken.UntilUnixNs));
        Count++;
    }

    internal void Apply(LeaseEnded ended)
    {
        if (_leases.TryGetValue(ended.Inode, out var leases))
        {
            Count -= leases.RemoveAll(l => l.Holder == ended.Holder);
            _ = leases.Count == 0 && _leases.Remove(ended.Inode);
        }
    }

    /// <summary>The file is gone.</summary>
    internal void Forget(InodeId file)
    {
        if (_leases.Remove(file, out var leases))
        {
            Count -= leases.Count;
        }
    }

    internal IEnumerable<LeaseTaken> Images()
        => _leases.SelectMany(f => f.Value.Select(l => new LeaseTaken(f.Key, l.Holder, l.IsShared, l.UntilUnixNs, 0)));
}
