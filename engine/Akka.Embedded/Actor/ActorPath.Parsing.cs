// Reading paths: "akka.tcp://system@host:port/user/a#uid", "/user/a" and "a/b" under a given base.
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Akka.Actor;

public abstract partial class ActorPath
{
    /// <summary>True if the text can be the name of an actor: ASCII letters, digits, %hh and <see cref="ValidSymbols"/>, no leading $.</summary>
    public static bool IsValidPathElement(string s)
    {
        if (string.IsNullOrEmpty(s) || s[0] == '$')
            return false;
        for (var i = 0; i < s.Length; i++)
        {
            var c = s[i];
            if (char.IsAsciiLetterOrDigit(c) || ValidSymbols.Contains(c))
                continue;
            if (c != '%' || i + 2 >= s.Length || !char.IsAsciiHexDigit(s[i + 1]) || !char.IsAsciiHexDigit(s[i + 2]))
                return false;
            i += 2;
        }

        return true;
    }

    /// <summary>Joins elements to "a/b".</summary>
    public static string FormatPathElements(IEnumerable<string> pathElements) => string.Join("/", pathElements);

    /// <summary>Reads a full path.</summary>
    /// <exception cref="UriFormatException">The text is not a full path.</exception>
    public static ActorPath Parse(string path) =>
        TryParse(path, out var result) ? result : throw new UriFormatException($"Can not parse an ActorPath: {path}");

    /// <summary>Reads a full path.</summary>
    public static bool TryParse(string path, [NotNullWhen(true)] out ActorPath? actorPath)
    {
        if (path is not null && Address.TryParse(path.AsSpan(), out var address, out var rest))
            return TryParse(new RootActorPath(address), rest, out actorPath);
        actorPath = null;
        return false;
    }

    /// <summary>Reads the elements of a path under a base.</summary>
    public static bool TryParse(ActorPath basePath, string absoluteUri, [NotNullWhen(true)] out ActorPath? actorPath) =>
        TryParse(basePath, absoluteUri.AsSpan(), out actorPath);

    /// <summary>Reads the elements of a path under a base.</summary>
    public static bool TryParse(ActorPath basePath, ReadOnlySpan<char> absoluteUri, [NotNullWhen(true)] out ActorPath? actorPath)
    {
        actorPath = basePath;
        long uid = ActorCell.UndefinedUid;
        var hash = absoluteUri.LastIndexOf('#');
        if (hash >= 0)
        {
            if (!long.TryParse(absoluteUri[(hash + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out uid))
            {
                actorPath = null;
                return false;
            }

            absoluteUri = absoluteUri[..hash];
        }

        while (!absoluteUri.IsEmpty)
        {
            var slash = absoluteUri.IndexOf('/');
            var element = slash < 0 ? absoluteUri : absoluteUri[..slash];
            absoluteUri = slash < 0 ? default : absoluteUri[(slash + 1)..];
            if (!element.IsEmpty)
                actorPath = new ChildActorPath(actorPath, element.ToString(), ActorCell.UndefinedUid);
        }

        if (uid != ActorCell.UndefinedUid && actorPath.Depth > 0)
            actorPath = actorPath.WithUid(uid);
        return true;
    }

    /// <summary>Reads the address of a full path.</summary>
    public static bool TryParseAddress(string path, [NotNullWhen(true)] out Address? address) => Address.TryParse(path, out address);

    /// <summary>Reads the address of a full path and returns the rest, from the first slash on.</summary>
    public static bool TryParseAddress(string path, [NotNullWhen(true)] out Address? address, out ReadOnlySpan<char> absoluteUri) =>
        Address.TryParse(path.AsSpan(), out address, out absoluteUri);

    /// <summary>Cuts a full path into address and the rest, from the first slash on.</summary>
    public static bool TryParseParts(ReadOnlySpan<char> path, out ReadOnlySpan<char> address, out ReadOnlySpan<char> absoluteUri)
    {
        var scheme = path.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 1)
        {
            address = default;
            absoluteUri = default;
            return false;
        }

        var slash = path[(scheme + 3)..].IndexOf('/');
        address = slash < 0 ? path : path[..(scheme + 3 + slash)];
        absoluteUri = slash < 0 ? "/" : path[(scheme + 3 + slash)..];
        return true;
    }
}
