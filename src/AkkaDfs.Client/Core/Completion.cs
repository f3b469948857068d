// What a press of Tab does to a line, given what could come next.

namespace AkkaDfs.Client.Core;

/// <summary>Outcome of a completion.</summary>
/// <param name="Replacement">What takes the place of the word being typed, quoted; null when nothing can be added.</param>
/// <param name="Choices">What to show when there are several; empty otherwise.</param>
public sealed record CompletionResult(string? Replacement, IReadOnlyList<string> Choices)
{
    /// <summary>Nothing to add and nothing to show.</summary>
    public static readonly CompletionResult Nothing = new(null, []);
}

/// <summary>Completes words.</summary>
public static class Completion
{
    /// <summary>Completes the word being typed.</summary>
    /// <param name="partial">The word so far, unquoted.</param>
    /// <param name="candidates">Whole words, unquoted, any order; one that ends in '/' is a directory and is not followed by a space.</param>
    public static CompletionResult Complete(string partial, IEnumerable<string> candidates)
    {
        var matching = candidates.Where(c => c.StartsWith(partial, StringComparison.Ordinal)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        switch (matching.Length)
        {
            case 0:
                return CompletionResult.Nothing;
            case 1:
                return new CompletionResult(ShellWords.Quote(matching[0]) + (matching[0].EndsWith('/') ? string.Empty : " "), []);
            default:
                var common = CommonPrefix(matching);
                return new CompletionResult(common.Length > partial.Length ? Open(common) : null, [.. matching.Select(Shown)]);
        }
    }

    private static string CommonPrefix(string[] sorted)
    {
        // First and last of a sorted list differ the most.
        var (first, last) = (sorted[0], sorted[^1]);
        var length = 0;
        while (length < first.Length && length < last.Length && first[length] == last[length])
        {
            length++;
        }

        return first[..length];
    }

    // More is to come, so the quote stays open.
    private static string Open(string text)
    {
        var quoted = ShellWords.Quote(text);
        return quoted.Length > text.Length && quoted[0] is '\'' or '"' ? quoted[..^1] : quoted;
    }

    // Of a path only the last name is of interest.
    private static string Shown(string candidate)
    {
        var slash = candidate.LastIndexOf('/', Math.Max(0, candidate.Length - 2));
        return slash >= 0 && slash < candidate.Length - 1 ? candidate[(slash + 1)..] : candidate;
    }
}
