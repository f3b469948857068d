// The address of an actor system: protocol, system name and, if it can be reached from outside, host and port.
// Immutable. Text form: protocol://system or protocol://system@host:port; an IPv6 host stands in brackets.
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Akka.Embedded;
using Akka.Util;

namespace Akka.Actor;

/// <summary>The address of an actor system.</summary>
public sealed class Address : IEquatable<Address>, IComparable<Address>, IComparable, ISurrogated, ICloneable
{
    /// <summary>Stands for every system; the address of the ignore reference.</summary>
    public static readonly Address AllSystems = new("akka", "all-systems");

    /// <summary>Orders by protocol, system, host and port.</summary>
    public static readonly IComparer<Address> Comparer = Comparer<Address>.Create(Compare);

    private readonly int _hash;
    private string? _text;

    /// <param name="protocol">"akka" within a process, "akka.tcp" over TCP.</param>
    /// <param name="system">The system's name.</param>
    /// <param name="host">Host name or IP address without brackets; null for a purely local address.</param>
    /// <param name="port">0 to 65535; null for a purely local address.</param>
    public Address(string protocol, string system, string? host = null, int? port = null)
    {
        Protocol = protocol;
        System = system;
        Host = host?.ToLowerInvariant();
        Port = port;
        _hash = StableHash.Combine(
            StableHash.Combine(StableHash.Of(protocol), StableHash.Of(system)),
            StableHash.Combine(StableHash.Of(Host), port ?? -1));
    }

    /// <summary>Lower-case host; null if the address is purely local.</summary>
    public string? Host { get; }

    /// <summary>Port; null if the address is purely local.</summary>
    public int? Port { get; }

    /// <summary>Name of the actor system.</summary>
    public string System { get; }

    /// <summary>"akka", "akka.tcp", …</summary>
    public string Protocol { get; }

    /// <summary>True if there is no host: the address means something only within its process.</summary>
    public bool HasLocalScope => string.IsNullOrEmpty(Host);

    /// <summary>True if there is a host: the address means the same everywhere.</summary>
    public bool HasGlobalScope => !string.IsNullOrEmpty(Host);

    /// <summary>Equality of all parts.</summary>
    public static bool operator ==(Address? left, Address? right) => Equals(left, right);

    /// <summary>Inequality of any part.</summary>
    public static bool operator !=(Address? left, Address? right) => !Equals(left, right);

    /// <summary>Reads the text form.</summary>
    /// <exception cref="UriFormatException">The text is not an address.</exception>
    public static Address Parse(string address) =>
        TryParse(address, out Address? result) ? result : throw new UriFormatException($"[{address}] is not an actor system address.");

    /// <summary>Reads the text form; what follows the address is ignored.</summary>
    public static bool TryParse(string path, [NotNullWhen(true)] out Address? address) =>
        TryParse(path.AsSpan(), out address, out _);

    /// <summary>Reads the text form and returns what follows it, from the first slash on.</summary>
    public static bool TryParse(
        string path, [NotNullWhen(true)] out Address? address, out string? absolutUri)
    {
        var found = TryParse(path.AsSpan(), out address, out var rest);
        absolutUri = found ? rest.ToString() : null;
        return found;
    }

    /// <summary>Reads the text form; what follows the address is ignored.</summary>
    public static bool TryParse(ReadOnlySpan<char> span, [NotNullWhen(true)] out Address? address) =>
        TryParse(span, out address, out _);

    /// <summary>Reads the text form and returns what follows it, from the first slash on ("/" if nothing does).</summary>
    public static bool TryParse(
        ReadOnlySpan<char> span,
        [NotNullWhen(true)] out Address? address,
        out ReadOnlySpan<char> absolutUri)
    {
        address = null;
        absolutUri = default;
        var scheme = span.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 1)
            return false;
        var protocol = span[..scheme];
        if (!protocol.StartsWith("akka", StringComparison.OrdinalIgnoreCase))
            return false;
        var rest = span[(scheme + 3)..];
        var slash = rest.IndexOf('/');
        var authority = slash < 0 ? rest : rest[..slash];
        absolutUri = slash < 0 ? "/" : rest[slash..];
        if (authority.IsEmpty)
            return false;

        var at = authority.IndexOf('@');
        if (at < 0)
        {
            if (authority.Contains(':'))
                return false;
            address = new Address(protocol.ToString().ToLowerInvariant(), authority.ToString());
            return true;
        }

        if (at == 0 || !TryParseHostPort(authority[(at + 1)..], out var host, out var port))
            return false;
        address = new Address(protocol.ToString().ToLowerInvariant(), authority[..at].ToString(), host, port);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(Address? other) =>
        ReferenceEquals(this, other) ||
        (other is not null && _hash == other._hash && Port == other.Port && Host == other.Host
            && System == other.System && Protocol == other.Protocol);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Address);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <inheritdoc/>
    public int CompareTo(Address? other) => Compare(this, other);

    int IComparable.CompareTo(object? obj) =>
        obj is null or Address ? CompareTo((Address?)obj) : throw new ArgumentException($"Cannot compare an address with {obj.GetType()}.");

    /// <summary>The same address with another host.</summary>
    public Address WithHost(string? host = null) => new(Protocol, System, host, Port);

    /// <summary>The same address with another port.</summary>
    public Address WithPort(int? port = null) => new(Protocol, System, Host, port);

    /// <summary>The same address with another protocol.</summary>
    public Address WithProtocol(string protocol) => new(protocol, System, Host, Port);

    /// <summary>The same address with another system name.</summary>
    public Address WithSystem(string system) => new(Protocol, system, Host, Port);

    /// <summary>The text form without the protocol: system or system@host:port.</summary>
    public string HostPort()
    {
        var text = ToString();
        return text[(Protocol.Length + 3)..];
    }

    /// <inheritdoc/>
    public override string ToString() => _text ??= CreateText();

    /// <inheritdoc/>
    public object Clone() => new Address(Protocol, System, Host, Port);

    /// <inheritdoc/>
    public ISurrogate ToSurrogate(ActorSystem system) =>
        new AddressSurrogate { Host = Host, Port = Port, Protocol = Protocol, System = System };

    private static int Compare(Address? a, Address? b)
    {
        if (ReferenceEquals(a, b))
            return 0;
        if (a is null)
            return -1;
        if (b is null)
            return 1;
        var order = string.CompareOrdinal(a.Protocol, b.Protocol);
        if (order == 0)
            order = string.CompareOrdinal(a.System, b.System);
        if (order == 0)
            order = string.CompareOrdinal(a.Host ?? string.Empty, b.Host ?? string.Empty);
        return order != 0 ? order : (a.Port ?? 0).CompareTo(b.Port ?? 0);
    }

    private static bool TryParseHostPort(ReadOnlySpan<char> text, out string? host, out int port)
    {
        host = null;
        port = 0;
        ReadOnlySpan<char> name, digits;
        if (text.StartsWith("["))
        {
            var close = text.IndexOf(']');
            if (close < 0 || close + 1 >= text.Length || text[close + 1] != ':')
                return false;
            name = text[1..close];
            digits = text[(close + 2)..];
        }
        else
        {
            var colon = text.LastIndexOf(':');
            if (colon < 0)
                return false;
            name = text[..colon];
            digits = text[(colon + 1)..];
        }

        if (name.IsEmpty || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out port) || port > 65535)
            return false;
        host = name.ToString();
        return true;
    }

    private string CreateText()
    {
        if (HasLocalScope)
            return $"{Protocol}://{System}";
        var host = Host!.Contains(':') ? $"[{Host}]" : Host;
        return Port is null ? $"{Protocol}://{System}@{host}" : string.Create(CultureInfo.InvariantCulture, $"{Protocol}://{System}@{host}:{Port}");
    }

    /// <summary>The portable form of an address.</summary>
    public sealed class AddressSurrogate : ISurrogate
    {
        /// <summary>See <see cref="Address.Protocol"/>.</summary>
        public string Protocol { get; set; } = string.Empty;

        /// <summary>See <see cref="Address.System"/>.</summary>
        public string System { get; set; } = string.Empty;

        /// <summary>See <see cref="Address.Host"/>.</summary>
        public string? Host { get; set; }

        /// <summary>See <see cref="Address.Port"/>.</summary>
        public int? Port { get; set; }

        /// <inheritdoc/>
        public ISurrogated FromSurrogate(ActorSystem system) => new Address(Protocol, System, Host, Port);
    }
}
