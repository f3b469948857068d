// Vector clocks (Fidge; Mattern, 1988): for every node how often it has changed something. Tells whether one state knows all that another knows.
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Akka.Cluster;

/// <summary>For every node how often it has changed something. Immutable.</summary>
public sealed class VectorClock
{
    private static readonly VectorClock Empty = new(ImmutableSortedDictionary<Node, long>.Empty);

    private VectorClock(ImmutableSortedDictionary<Node, long> versions) => Versions = versions;

    /// <summary>How one clock stands to another.</summary>
    public enum Ordering
    {
        /// <summary>It knows more.</summary>
        After = 0,

        /// <summary>It knows less.</summary>
        Before = 1,

        /// <summary>Both know the same.</summary>
        Same = 2,

        /// <summary>Each knows something that the other does not.</summary>
        Concurrent = 3,

        /// <summary>Not a result.</summary>
        FullOrder = 4,
    }

    /// <summary>The counts by node.</summary>
    public ImmutableSortedDictionary<Node, long> Versions { get; }

    /// <summary>True if the left clock knows more.</summary>
    public static bool operator >(VectorClock left, VectorClock right) => left.CompareTo(right) == Ordering.After;

    /// <summary>True if the left clock knows less.</summary>
    public static bool operator <(VectorClock left, VectorClock right) => left.CompareTo(right) == Ordering.Before;

    /// <summary>True if both know the same.</summary>
    public static bool operator ==(VectorClock? left, VectorClock? right) => left?.Equals(right) ?? right is null;

    /// <summary>True unless both know the same.</summary>
    public static bool operator !=(VectorClock? left, VectorClock? right) => !(left == right);

    /// <summary>Nothing has been changed yet.</summary>
    public static VectorClock Create() => Empty;

    /// <summary>From counts.</summary>
    public static VectorClock Create(ImmutableSortedDictionary<Node, long> seedValues) => new(seedValues);

    /// <summary>The node has changed something.</summary>
    public VectorClock Increment(Node node) => new(Versions.SetItem(node, Versions.GetValueOrDefault(node) + 1));

    /// <summary>True if neither knows all that the other knows.</summary>
    public bool IsConcurrentWith(VectorClock that) => CompareTo(that) == Ordering.Concurrent;

    /// <summary>True if this one knows less.</summary>
    public bool IsBefore(VectorClock that) => CompareTo(that) == Ordering.Before;

    /// <summary>True if this one knows more.</summary>
    public bool IsAfter(VectorClock that) => CompareTo(that) == Ordering.After;

    /// <summary>True if both know the same.</summary>
    public bool IsSameAs(VectorClock that) => CompareTo(that) == Ordering.Same;

    /// <summary>How this clock stands to another.</summary>
    public Ordering CompareTo(VectorClock that)
    {
        if (ReferenceEquals(this, that))
            return Ordering.Same;
        bool more = false, less = false;
        foreach (var (node, count) in Versions)
        {
            var other = that.Versions.GetValueOrDefault(node);
            more |= count > other;
            less |= count < other;
        }

        foreach (var (node, count) in that.Versions)
            less |= count > 0 && !Versions.ContainsKey(node);
        return (more, less) switch
        {
            (true, true) => Ordering.Concurrent,
            (true, false) => Ordering.After,
            (false, true) => Ordering.Before,
            _ => Ordering.Same,
        };
    }

    /// <summary>What both know together.</summary>
    public VectorClock Merge(VectorClock that)
    {
        var merged = Versions.ToBuilder();
        foreach (var (node, count) in that.Versions)
            merged[node] = Math.Max(count, merged.GetValueOrDefault(node));
        return new VectorClock(merged.ToImmutable());
    }

    /// <summary>The clock without a node.</summary>
    public VectorClock Prune(Node removedNode) => Versions.ContainsKey(removedNode) ? new VectorClock(Versions.Remove(removedNode)) : this;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is VectorClock other && IsSameAs(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = 17;
        foreach (var (node, count) in Versions)
            hash = Embedded.StableHash.Combine(hash, Embedded.StableHash.Combine(node.GetHashCode(), (int)count));
        return hash;
    }

    /// <inheritdoc/>
    public override string ToString() => $"VectorClock({string.Join(", ", Versions.Select(pair => $"{pair.Key}->{pair.Value}"))})";

    /// <summary>A node in a vector clock: a hash of its name.</summary>
    public class Node : IComparable<Node>
    {
        private readonly string _value;

        /// <param name="value">The hash.</param>
        public Node(string value) => _value = value;

        internal string Value => _value;

        /// <summary>The node of a name.</summary>
        public static Node Create(string name) => new(Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 12)));

        /// <summary>The node of a hash.</summary>
        public static Node FromHash(string hash) => new(hash);

        /// <inheritdoc/>
        public int CompareTo(Node? other) => string.CompareOrdinal(_value, other?._value);

        /// <inheritdoc/>
        public override bool Equals(object? obj) => obj is Node other && _value == other._value;

        /// <inheritdoc/>
        public override int GetHashCode() => Embedded.StableHash.Of(_value);

        /// <inheritdoc/>
        public override string ToString() => _value;
    }
}
