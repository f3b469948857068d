// What a serializer needs to know to write references of this side so that the other side can use them.
using Akka.Actor;

namespace Akka.Serialization;

/// <summary>The address under which a system is being written about.</summary>
public sealed class Information : IEquatable<Information>
{
    /// <param name="address">The address the reader will use.</param>
    /// <param name="system">The system that has it.</param>
    public Information(Address address, ActorSystem system)
    {
        Address = address;
        System = system;
    }

    /// <summary>The address the reader will use.</summary>
    public Address Address { get; }

    /// <summary>The system that has it.</summary>
    public ActorSystem System { get; }

    /// <summary>Equality of both.</summary>
    public static bool operator ==(Information? left, Information? right) => Equals(left, right);

    /// <summary>The opposite of equality.</summary>
    public static bool operator !=(Information? left, Information? right) => !Equals(left, right);

    /// <inheritdoc/>
    public bool Equals(Information? other) => other is not null && Address.Equals(other.Address) && ReferenceEquals(System, other.System);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Information);

    /// <inheritdoc/>
    public override int GetHashCode() => Address.GetHashCode();
}
