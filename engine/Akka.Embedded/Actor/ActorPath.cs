// The place of an actor: address, names from the root down, and the incarnation (uid; 0 means "any").
// Immutable; equality and order look at address and names only, references compare the uid as well.
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Akka.Embedded;
using Akka.Util;

namespace Akka.Actor;

/// <summary>The place of an actor in a hierarchy.</summary>
public abstract partial class ActorPath : IEquatable<ActorPath>, IComparable<ActorPath>, ISurrogated
{
    /// <summary>What a path element may hold beside ASCII letters, digits and %hh.</summary>
    public const string ValidSymbols = "\"-_.*$+:@&=,!~';()";

    private readonly ActorPath? _parent;
    private IReadOnlyList<string>? _elements;
    private string? _withoutAddress;
    private int _hash;

    /// <summary>A root.</summary>
    protected ActorPath(Address address, string name)
    {
        Address = address;
        Name = name;
    }

    /// <summary>A child.</summary>
    protected ActorPath(ActorPath parentPath, string name, long uid)
    {
        _parent = parentPath;
        Address = parentPath.Address;
        Depth = parentPath.Depth + 1;
        Name = name;
        Uid = uid;
    }

    /// <summary>The address of the actor's system.</summary>
    public Address Address { get; }

    /// <summary>The last element; empty for the root.</summary>
    public string Name { get; }

    /// <summary>Incarnation number; 0 means any.</summary>
    public long Uid { get; }

    /// <summary>Number of elements; 0 for the root.</summary>
    public int Depth { get; }

    /// <summary>The names from the root down, without address and root.</summary>
    public IReadOnlyList<string> Elements => _elements ??= CreateElements();

    /// <summary>The path above; null above the root.</summary>
    public ActorPath Parent => _parent!;

    /// <summary>The root of this path.</summary>
    public ActorPath Root => ParentOf(0);

    /// <summary>A child of a path.</summary>
    public static ActorPath operator /(ActorPath path, string name) => path.Child(name);

    /// <summary>A descendant of a path.</summary>
    public static ActorPath operator /(ActorPath path, IEnumerable<string> name)
    {
        foreach (var element in name)
        {
            if (!string.IsNullOrEmpty(element))
                path = path.Child(element);
        }

        return path;
    }

    /// <summary>Equality of address and names.</summary>
    public static bool operator ==(ActorPath? left, ActorPath? right) => Equals(left, right);

    /// <summary>Inequality of address or names.</summary>
    public static bool operator !=(ActorPath? left, ActorPath? right) => !Equals(left, right);

    /// <summary>The path one element below; the name may end in #uid.</summary>
    public ActorPath Child(string childName)
    {
        var (name, uid) = SplitNameAndUid(childName);
        return new ChildActorPath(this, name, uid);
    }

    /// <summary>The path of the first <paramref name="depth"/> elements; a negative number counts from the end.</summary>
    public ActorPath ParentOf(int depth)
    {
        var target = depth >= 0 ? depth : Math.Max(0, Depth + depth);
        var current = this;
        while (current.Depth > target)
            current = current._parent!;
        return current;
    }

    /// <summary>The same path for another incarnation.</summary>
    public ActorPath WithUid(long uid)
    {
        if (uid == Uid)
            return this;
        return _parent is null
            ? throw new NotSupportedException("The root path has no incarnations.")
            : new ChildActorPath(_parent, Name, uid);
    }

    /// <inheritdoc/>
    public bool Equals(ActorPath? other)
    {
        if (ReferenceEquals(this, other))
            return true;
        if (other is null || Depth != other.Depth || GetHashCode() != other.GetHashCode())
            return false;
        ActorPath a = this, b = other;
        while (true)
        {
            if (ReferenceEquals(a, b))
                return true;
            if (a.Name != b.Name)
                return false;
            if (a._parent is null || b._parent is null)
                return a.Address.Equals(b.Address);
            a = a._parent;
            b = b._parent;
        }
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ActorPath);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        if (_hash == 0)
        {
            var above = _parent is null ? Address.GetHashCode() : _parent.GetHashCode();
            var hash = StableHash.Combine(above, StableHash.Of(Name));
            _hash = hash == 0 ? 1 : hash;
        }

        return _hash;
    }

    /// <inheritdoc/>
    public int CompareTo(ActorPath? other)
    {
        if (other is null)
            return 1;
        if (ReferenceEquals(this, other))
            return 0;
        var order = Address.CompareTo(other.Address);
        for (var i = 0; order == 0 && i < Depth && i < other.Depth; i++)
            order = string.CompareOrdinal(Elements[i], other.Elements[i]);
        return order != 0 ? order : Depth.CompareTo(other.Depth);
    }

    /// <summary>"/a/b"; "/" for the root.</summary>
    public string ToStringWithoutAddress() => _withoutAddress ??= CreateTextWithoutAddress();

    /// <summary>Address and names, without the incarnation.</summary>
    public override string ToString() => Address + ToStringWithoutAddress();

    /// <summary>Address, names and, if there is one, "#uid".</summary>
    public string ToStringWithUid() => AppendUid(ToString());

    /// <summary>The same as <see cref="ToString"/>.</summary>
    public string ToStringWithAddress() => ToString();

    /// <summary>The text with the given address in place of one that is purely local.</summary>
    public string ToStringWithAddress(Address address) =>
        Address.HasGlobalScope || IsIgnorePath ? ToString() : address + ToStringWithoutAddress();

    /// <summary>What goes over the wire: address, names and "#uid".</summary>
    public string ToSerializationFormat() => AppendUid(ToString());

    /// <summary>What goes over the wire, with the given address in place of one that is purely local.</summary>
    public string ToSerializationFormatWithAddress(Address address) =>
        IsIgnorePath ? ToString() : AppendUid(ToStringWithAddress(address));

    /// <inheritdoc/>
    public ISurrogate ToSurrogate(ActorSystem system) => new Surrogate(ToSerializationFormat());

    internal static (string Name, long Uid) SplitNameAndUid(string text)
    {
        var hash = text.IndexOf('#');
        return hash >= 0 && long.TryParse(text.AsSpan(hash + 1), NumberStyles.Integer, CultureInfo.InvariantCulture, out var uid)
            ? (text[..hash], uid)
            : (text, ActorCell.UndefinedUid);
    }

    private bool IsIgnorePath => ReferenceEquals(Address, Address.AllSystems);

    private string AppendUid(string text) =>
        Uid == ActorCell.UndefinedUid ? text : string.Create(CultureInfo.InvariantCulture, $"{text}#{Uid}");

    private string[] CreateElements()
    {
        var elements = new string[Depth];
        var current = this;
        for (var i = Depth - 1; i >= 0; i--)
        {
            elements[i] = current.Name;
            current = current._parent!;
        }

        return elements;
    }

    private string CreateTextWithoutAddress()
    {
        if (_parent is null)
            return "/";
        return _parent.Depth == 0 ? "/" + Name : _parent.ToStringWithoutAddress() + "/" + Name;
    }

    /// <summary>The portable form of a path.</summary>
    public sealed class Surrogate : ISurrogate, IEquatable<Surrogate>, IEquatable<ActorPath>
    {
        /// <param name="path">The serialization format of the path.</param>
        public Surrogate(string path) => Path = path;

        /// <summary>The serialization format of the path.</summary>
        public string Path { get; }

        /// <inheritdoc/>
        public ISurrogated FromSurrogate(ActorSystem system) => Parse(Path);

        /// <inheritdoc/>
        public bool Equals(Surrogate? other) => other is not null && Path == other.Path;

        /// <inheritdoc/>
        public bool Equals(ActorPath? other) => other is not null && Equals(new Surrogate(other.ToSerializationFormat()));

        /// <inheritdoc/>
        public override bool Equals(object? obj) => obj is Surrogate s ? Equals(s) : Equals(obj as ActorPath);

        /// <inheritdoc/>
        public override int GetHashCode() => StableHash.Of(Path);
    }
}

/// <summary>The top of a hierarchy.</summary>
public sealed class RootActorPath : ActorPath
{
    /// <param name="address">The system's address.</param>
    /// <param name="name">Normally empty.</param>
    public RootActorPath(Address address, string name = "")
        : base(address, name)
    {
    }
}

/// <summary>Every path but the root.</summary>
public sealed class ChildActorPath : ActorPath
{
    /// <param name="parentPath">The path above.</param>
    /// <param name="name">One element, without slashes.</param>
    /// <param name="uid">Incarnation; 0 means any.</param>
    public ChildActorPath(ActorPath parentPath, string name, long uid)
        : base(parentPath, name, uid)
    {
    }
}
