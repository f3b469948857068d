// Members of one role in order of age. The oldest one runs the singleton; proxies look for it there.
using System.Collections.Immutable;

namespace Akka.Cluster.Tools.Singleton;

internal sealed class OldestMembers(string? role)
{
    private ImmutableSortedSet<Member> _byAge = ImmutableSortedSet<Member>.Empty.WithComparer(Member.AgeOrdering);

    /// <summary>The oldest member that is up or leaving; null when there is none.</summary>
    public Member? Oldest => _byAge.IsEmpty ? null : _byAge[0];

    public bool Matches(Member member) => string.IsNullOrEmpty(role) || member.HasRole(role);

    public static bool IsActive(Member member) => member.Status is MemberStatus.Up or MemberStatus.Leaving;

    public void Reset(IEnumerable<Member> members)
        => _byAge = members
            .Where(member => Matches(member) && IsActive(member))
            .ToImmutableSortedSet(Member.AgeOrdering);

    public void Add(Member member)
    {
        if (!Matches(member))
            return;
        Remove(member.UniqueAddress);
        _byAge = _byAge.Add(member);
    }

    public void Remove(UniqueAddress node)
    {
        // A member's place in the order may have changed with its status, so it is looked up by address.
        foreach (var known in _byAge)
        {
            if (known.UniqueAddress.Equals(node))
            {
                _byAge = _byAge.Remove(known);
                return;
            }
        }
    }
}
