// Who sees whom as unreachable. Each observer numbers its own changes; of two opinions of one observer the one with the higher number counts, as a
// whole. Only observations other than "reachable" are kept. Immutable and sorted.
using System.Collections.Immutable;

namespace Akka.Cluster;

/// <summary>What an observer thinks of a subject.</summary>
internal enum ReachabilityStatus : byte
{
    Reachable = 0,
    Unreachable = 1,

    /// <summary>Certainly dead: never comes back.</summary>
    Terminated = 2,
}

/// <summary>One observation.</summary>
internal readonly record struct Observation(UniqueAddress Observer, UniqueAddress Subject, ReachabilityStatus Status, long Version);

internal sealed class Reachability : IEquatable<Reachability>
{
    public static readonly Reachability Empty = new(
        ImmutableSortedDictionary<UniqueAddress, ImmutableSortedDictionary<UniqueAddress, Observation>>.Empty,
        ImmutableSortedDictionary<UniqueAddress, long>.Empty);

    private readonly ImmutableSortedDictionary<UniqueAddress, ImmutableSortedDictionary<UniqueAddress, Observation>> _byObserver;
    private ImmutableSortedDictionary<UniqueAddress, ReachabilityStatus>? _bySubject;

    private Reachability(
        ImmutableSortedDictionary<UniqueAddress, ImmutableSortedDictionary<UniqueAddress, Observation>> byObserver,
        ImmutableSortedDictionary<UniqueAddress, long> versions)
    {
        _byObserver = byObserver;
        Versions = versions;
    }

    /// <summary>The number of changes of each observer.</summary>
    public ImmutableSortedDictionary<UniqueAddress, long> Versions { get; }

    public bool IsAllReachable => _byObserver.IsEmpty;

    public IEnumerable<Observation> Observations => _byObserver.Values.SelectMany(static row => row.Values);

    /// <summary>Observers that see somebody as unreachable.</summary>
    public IEnumerable<UniqueAddress> Observers => _byObserver.Keys;

    /// <summary>Subjects that somebody sees as unreachable or terminated.</summary>
    public IEnumerable<UniqueAddress> AllUnreachableOrTerminated => BySubject.Keys;

    /// <summary>Subjects that somebody sees as unreachable and nobody as terminated.</summary>
    public IEnumerable<UniqueAddress> AllUnreachable =>
        BySubject.Where(static pair => pair.Value == ReachabilityStatus.Unreachable).Select(static pair => pair.Key);

    private ImmutableSortedDictionary<UniqueAddress, ReachabilityStatus> BySubject => _bySubject ??= Aggregate();

    public static Reachability Create(IEnumerable<Observation> observations, ImmutableSortedDictionary<UniqueAddress, long> versions)
    {
        var rows = observations
            .Where(static o => o.Status != ReachabilityStatus.Reachable)
            .GroupBy(static o => o.Observer)
            .ToImmutableSortedDictionary(static row => row.Key, static row => row.ToImmutableSortedDictionary(static o => o.Subject, static o => o));
        return new Reachability(rows, versions);
    }

    public Reachability Unreachable(UniqueAddress observer, UniqueAddress subject) => Change(observer, subject, ReachabilityStatus.Unreachable);

    public Reachability Reachable(UniqueAddress observer, UniqueAddress subject) => Change(observer, subject, ReachabilityStatus.Reachable);

    public Reachability Terminated(UniqueAddress observer, UniqueAddress subject) => Change(observer, subject, ReachabilityStatus.Terminated);

    public ReachabilityStatus StatusOf(UniqueAddress observer, UniqueAddress subject) =>
        _byObserver.TryGetValue(observer, out var row) && row.TryGetValue(subject, out var observation) ? observation.Status : ReachabilityStatus.Reachable;

    /// <summary>What all observers together think: the worst counts.</summary>
    public ReachabilityStatus StatusOf(UniqueAddress subject) => BySubject.GetValueOrDefault(subject, ReachabilityStatus.Reachable);

    public bool IsReachable(UniqueAddress subject) => StatusOf(subject) == ReachabilityStatus.Reachable;

    public bool IsReachable(UniqueAddress observer, UniqueAddress subject) => StatusOf(observer, subject) == ReachabilityStatus.Reachable;

    /// <summary>Whom one observer sees as unreachable.</summary>
    public IEnumerable<UniqueAddress> AllUnreachableFrom(UniqueAddress observer) => _byObserver.TryGetValue(observer, out var row)
        ? row.Where(static pair => pair.Value.Status == ReachabilityStatus.Unreachable).Select(static pair => pair.Key)
        : [];

    /// <summary>The observers that see a subject as unreachable or terminated.</summary>
    public IEnumerable<UniqueAddress> ObserversOf(UniqueAddress subject) =>
        _byObserver.Where(pair => pair.Value.ContainsKey(subject)).Select(static pair => pair.Key);

    /// <summary>Without everything that these nodes think or that is thought of them.</summary>
    public Reachability Remove(ISet<UniqueAddress> nodes) => nodes.Count == 0
        ? this
        : Create(Observations.Where(o => !nodes.Contains(o.Observer) && !nodes.Contains(o.Subject)), Versions.RemoveRange(nodes));

    /// <summary>Without what these nodes think.</summary>
    public Reachability RemoveObservers(ISet<UniqueAddress> nodes) => nodes.Count == 0
        ? this
        : new Reachability(_byObserver.RemoveRange(nodes), Versions.RemoveRange(nodes));

    /// <summary>Only the observations that satisfy a condition.</summary>
    public Reachability Filter(Func<Observation, bool> condition) => Create(Observations.Where(condition), Versions);

    /// <summary>What two states know together, without the nodes that are no members any more.</summary>
    public Reachability Merge(Reachability other, Func<UniqueAddress, bool> isGone)
    {
        var versions = ImmutableSortedDictionary.CreateBuilder<UniqueAddress, long>();
        var rows = new List<Observation>();
        foreach (var observer in Versions.Keys.Union(other.Versions.Keys))
        {
            if (isGone(observer))
                continue;
            var mine = Versions.GetValueOrDefault(observer);
            var theirs = other.Versions.GetValueOrDefault(observer);
            var source = mine >= theirs ? this : other;
            versions[observer] = Math.Max(mine, theirs);
            if (source._byObserver.TryGetValue(observer, out var row))
                rows.AddRange(row.Values.Where(o => !isGone(o.Subject)));
        }

        return Create(rows, versions.ToImmutable());
    }

    public bool Equals(Reachability? other) =>
        other is not null && (ReferenceEquals(this, other) || (Versions.SequenceEqual(other.Versions) && Observations.SequenceEqual(other.Observations)));

    public override bool Equals(object? obj) => Equals(obj as Reachability);

    public override int GetHashCode() => Versions.Count;

    public override string ToString() => $"Reachability({string.Join(", ", Observations.Select(o => $"{o.Observer.Address} -> {o.Subject.Address}: {o.Status} ({o.Version})"))})";

    private Reachability Change(UniqueAddress observer, UniqueAddress subject, ReachabilityStatus status)
    {
        var old = StatusOf(observer, subject);
        if (old == status || old == ReachabilityStatus.Terminated)
            return this;
        var version = Versions.GetValueOrDefault(observer) + 1;
        var row = _byObserver.GetValueOrDefault(observer) ?? ImmutableSortedDictionary<UniqueAddress, Observation>.Empty;
        row = status == ReachabilityStatus.Reachable ? row.Remove(subject) : row.SetItem(subject, new Observation(observer, subject, status, version));
        var rows = row.IsEmpty ? _byObserver.Remove(observer) : _byObserver.SetItem(observer, row);
        return new Reachability(rows, Versions.SetItem(observer, version));
    }

    private ImmutableSortedDictionary<UniqueAddress, ReachabilityStatus> Aggregate()
    {
        var result = ImmutableSortedDictionary.CreateBuilder<UniqueAddress, ReachabilityStatus>();
        foreach (var observation in Observations)
        {
            if (observation.Status > result.GetValueOrDefault(observation.Subject, ReachabilityStatus.Reachable))
                result[observation.Subject] = observation.Status;
        }

        return result.ToImmutable();
    }
}
