// Which characters HOCON lets stand without quotes, and how to write text with them.
using System.Text;

namespace Akka.Embedded.Configuration;

internal static class HoconText
{
    private const string Forbidden = "$\"{}[]:=,#`^?!@*&\\";

    /// <summary>True if the character may stand in an unquoted value.</summary>
    public static bool IsUnquoted(char c) => !char.IsWhiteSpace(c) && !char.IsControl(c) && !Forbidden.Contains(c);

    /// <summary>True if text would read back differently without quotes.</summary>
    public static bool NeedsQuotes(string text, bool inKey)
    {
        if (text.Length == 0 || text is "null" || text == "include" || text.Contains("//") || text.Contains("+="))
            return true;
        if (inKey && (text.Contains('.') || text.Contains('+')))
            return true;
        return text.Any(c => !IsUnquoted(c));
    }

    /// <summary>Text between quotes with JSON's escapes.</summary>
    public static string Quote(string text)
    {
        var result = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
            AppendEscaped(result, c);
        return result.Append('"').ToString();
    }

    private static void AppendEscaped(StringBuilder result, char c)
    {
        switch (c)
        {
            case '"': result.Append("\\\""); break;
            case '\\': result.Append("\\\\"); break;
            case '\n': result.Append("\\n"); break;
            case '\r': result.Append("\\r"); break;
            case '\t': result.Append("\\t"); break;
            default:
                if (char.IsControl(c))
                    result.Append("\\u").Append(((int)c).ToString("x4"));
                else
                    result.Append(c);
                break;
        }
    }
}
