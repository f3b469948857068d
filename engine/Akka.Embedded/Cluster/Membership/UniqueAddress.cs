// The address of a node together with its incarnation: two processes that follow each other on one address differ in their uid.
using Akka.Actor;
using Akka.Embedded;

namespace Akka.Cluster;

/// <summary>One incarnation of a node.</summary>
public class UniqueAddress : IComparable<UniqueAddress>, IEquatable<UniqueAddress>, IComparable
{
    private VectorClock.Node? _clockNode;

    /// <param name="address">The node's address.</param>
    /// <param name="uid">Its incarnation.</param>
    public UniqueAddress(Address address, int uid)
    {
        Address = address;
        Uid = uid;
    }

    /// <summary>The node's address.</summary>
    public Address Address { get; }

    /// <summary>Its incarnation.</summary>
    public int Uid { get; }

    /// <summary>The node in vector clocks.</summary>
    internal VectorClock.Node ClockNode => _clockNode ??= VectorClock.Node.Create($"{Address}-{Uid}");

    /// <summary>Equality of address and uid.</summary>
    public static bool operator ==(UniqueAddress? left, UniqueAddress? right) => left?.Equals(right) ?? right is null;

    /// <summary>Inequality of address or uid.</summary>
    public static bool operator !=(UniqueAddress? left, UniqueAddress? right) => !(left == right);

    /// <inheritdoc/>
    public bool Equals(UniqueAddress? other) => ReferenceEquals(this, other) || (other is not null && Uid == other.Uid && Address.Equals(other.Address));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as UniqueAddress);

    /// <inheritdoc/>
    public override int GetHashCode() => StableHash.Combine(Address.GetHashCode(), Uid);

    /// <inheritdoc/>
    public int CompareTo(UniqueAddress? uniqueAddress)
    {
        if (uniqueAddress is null)
            return 1;
        var order = Member.AddressOrdering.Compare(Address, uniqueAddress.Address);
        return order != 0 ? order : Uid.CompareTo(uniqueAddress.Uid);
    }

    /// <inheritdoc/>
    public override string ToString() => $"UniqueAddress: ({Address}, {Uid})";

    int IComparable.CompareTo(object? obj) => obj is null or UniqueAddress
        ? CompareTo((UniqueAddress?)obj)
        : throw new ArgumentException("Object must be of type UniqueAddress.", nameof(obj));
}
