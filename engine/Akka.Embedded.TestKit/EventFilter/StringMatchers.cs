// Ways to compare a log event's text and source.
using System.Text.RegularExpressions;

namespace Akka.TestKit.Internal.StringMatcher;

/// <summary>Compares text.</summary>
public interface IStringMatcher
{
    /// <summary>True if the text is of the kind looked for.</summary>
    bool IsMatch(string? s);
}

/// <summary>Matches anything.</summary>
public class MatchesAll : IStringMatcher
{
    private MatchesAll()
    {
    }

    /// <summary>The one value.</summary>
    public static IStringMatcher Instance { get; } = new MatchesAll();

    /// <inheritdoc/>
    public bool IsMatch(string? s) => true;

    /// <inheritdoc/>
    public override string ToString() => "";
}

/// <summary>Matches one text.</summary>
public class EqualsString : IStringMatcher
{
    private readonly string _s;

    /// <param name="s">The text.</param>
    public EqualsString(string s) => _s = s;

    /// <inheritdoc/>
    public bool IsMatch(string? s) => string.Equals(_s, s, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public override string ToString() => $"== \"{_s}\"";
}

/// <summary>Matches text that contains another.</summary>
public class ContainsString : IStringMatcher
{
    private readonly string _part;

    /// <param name="part">The part.</param>
    public ContainsString(string part) => _part = part;

    /// <inheritdoc/>
    public bool IsMatch(string? s) => s is not null && s.Contains(_part, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public override string ToString() => $"contains \"{_part}\"";
}

/// <summary>Matches text that starts with another.</summary>
public class StartsWithString : IStringMatcher
{
    private readonly string _start;

    /// <param name="start">The start.</param>
    public StartsWithString(string start) => _start = start;

    /// <inheritdoc/>
    public bool IsMatch(string? s) => s is not null && s.StartsWith(_start, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public override string ToString() => $"starts with \"{_start}\"";
}

/// <summary>Matches by regular expression.</summary>
public class RegexMatcher : IStringMatcher
{
    private readonly Regex _regex;

    /// <param name="regex">The expression.</param>
    public RegexMatcher(Regex regex) => _regex = regex;

    /// <inheritdoc/>
    public bool IsMatch(string? s) => s is not null && _regex.IsMatch(s);

    /// <inheritdoc/>
    public override string ToString() => $"matches regex \"{_regex}\"";
}

/// <summary>Matches by predicate.</summary>
public class PredicateMatcher : IStringMatcher
{
    private readonly Predicate<string?> _predicate;
    private readonly string _hint;

    /// <param name="predicate">True for a match.</param>
    /// <param name="hint">Shown on failure.</param>
    public PredicateMatcher(Predicate<string?> predicate, string hint = "")
    {
        _predicate = predicate;
        _hint = hint;
    }

    /// <inheritdoc/>
    public bool IsMatch(string? s) => _predicate(s);

    /// <inheritdoc/>
    public override string ToString() => $"matches predicate {_hint}";
}

/// <summary>Matches a source by its full text, or by the path of an actor in it.</summary>
public class EqualsStringAndPathMatcher : IStringMatcher
{
    private readonly string _path;
    private readonly bool _canBeRelative;

    /// <param name="path">An actor's path, with or without address.</param>
    /// <param name="canBeRelative">If a path without address matches the end of the source.</param>
    public EqualsStringAndPathMatcher(string path, bool canBeRelative = true)
    {
        _path = path;
        _canBeRelative = canBeRelative;
    }

    /// <inheritdoc/>
    public bool IsMatch(string? path)
    {
        if (path is null)
            return false;
        var plain = path.TrimStart('[').TrimEnd(']');
        var uid = plain.IndexOf('#');
        if (uid >= 0)
            plain = plain[..uid];
        if (string.Equals(_path, path, StringComparison.OrdinalIgnoreCase) || string.Equals(_path, plain, StringComparison.OrdinalIgnoreCase))
            return true;
        return _canBeRelative && plain.Contains("://", StringComparison.Ordinal)
            && plain.EndsWith(_path.StartsWith('/') ? _path : "/" + _path, StringComparison.OrdinalIgnoreCase);
    }

    /// <inheritdoc/>
    public override string ToString() => $"== \"{_path}\"";
}
