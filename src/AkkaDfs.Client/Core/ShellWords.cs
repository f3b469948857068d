// A line of the shell cut into words, with the quoting that people know: 'literal', "with \" and \\", and \ before any
// character. A # at the start of a word begins a comment.

using System.Text;

namespace AkkaDfs.Client.Core;

/// <summary>What a line was cut into.</summary>
/// <param name="Words">The words, unquoted.</param>
/// <param name="LastStart">Where the last word begins in the line; the line's length when it ends in white space.</param>
/// <param name="OpenQuote">The quote that was not closed, or NUL.</param>
public sealed record ShellLine(IReadOnlyList<string> Words, int LastStart, char OpenQuote)
{
    /// <summary>The word that is being typed at the end of the line; empty after white space.</summary>
    public string Partial(string line) => LastStart < line.Length && Words.Count > 0 ? Words[^1] : string.Empty;
}

/// <summary>Cuts lines and quotes words.</summary>
public static class ShellWords
{
    private const string NeedsQuote = " \t'\"\\#|&;<>()$`*?[]!";

    /// <summary>Cuts a line. Whether an open quote is an error is for the caller to say.</summary>
    public static ShellLine Split(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var inWord = false;
        var quote = '\0';
        var start = line.Length;
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (quote == '\0' && char.IsWhiteSpace(c))
            {
                if (inWord)
                {
                    words.Add(word.ToString());
                    word.Clear();
                }

                inWord = false;
                start = line.Length;
                continue;
            }

            if (quote == '\0' && !inWord && c == '#')
            {
                return new ShellLine(words, line.Length, '\0');
            }

            if (!inWord)
            {
                inWord = true;
                start = i;
            }

            i = Take(line, i, word, ref quote);
        }

        if (inWord)
        {
            words.Add(word.ToString());
        }

        return new ShellLine(words, start, quote);
    }

    /// <summary>The word so that <see cref="Split"/> gives it back.</summary>
    public static string Quote(string word)
    {
        if (word.Length > 0 && word.IndexOfAny(NeedsQuote.ToCharArray()) < 0)
        {
            return word;
        }

        return word.Contains('\'', StringComparison.Ordinal)
            ? "\"" + word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\""
            : "'" + word + "'";
    }

    // Takes the character at i into the word; gives the index of the last character used.
    private static int Take(string line, int i, StringBuilder word, ref char quote)
    {
        var c = line[i];
        if (quote == '\'' || (quote == '"' && c is not ('"' or '\\')))
        {
            if (c == quote)
            {
                quote = '\0';
            }
            else
            {
                word.Append(c);
            }
        }
        else if (quote == '"' && c == '"')
        {
            quote = '\0';
        }
        else if (quote == '\0' && (c == '\'' || c == '"'))
        {
            quote = c;
        }
        else if (c == '\\')
        {
            var next = i + 1 < line.Length ? line[i + 1] : '\0';
            if (next == '\0')
            {
                word.Append(c);
                return i;
            }

            // Inside double quotes a backslash is itself, except before what it is there for.
            if (quote == '"' && next is not ('"' or '\\'))
            {
                word.Append(c);
            }

            word.Append(next);
            return i + 1;
        }
        else
        {
            word.Append(c);
        }

        return i;
    }
}
