// Keys, quoted, triple-quoted and unquoted text.
using System.Globalization;
using System.Text;

namespace Akka.Embedded.Configuration;

internal sealed class HoconTextReader(HoconSource source)
{
    /// <summary>Reads one piece of text of a value; stops before white space or punctuation.</summary>
    public TextPiece ReadText()
    {
        var place = source.Place;
        if (source.At("\"\"\""))
            return new TextPiece(place, ReadTripleQuoted(place), Quoted: true);
        if (source.Peek() == '"')
            return new TextPiece(place, ReadQuoted(place), Quoted: true);
        var text = new StringBuilder();
        while (!source.AtEnd && !source.AtComment && HoconText.IsUnquoted(source.Peek()))
            text.Append(source.Take());
        if (text.Length == 0)
        {
            throw place.Error(source.Peek() is '=' or ':'
                ? $"{source.Next} inside an unquoted value: put the value between quotes."
                : $"{source.Next} cannot stand in an unquoted value: put the value between quotes.");
        }

        return new TextPiece(place, text.ToString(), Quoted: false);
    }

    /// <summary>Reads a key or the path of a substitution: parts separated by dots, each quoted or not.</summary>
    /// <param name="raw">Receives the path as written, without quotes; may be null.</param>
    public List<string> ReadKey(StringBuilder? raw = null)
    {
        var place = source.Place;
        var keys = new List<string>();
        var key = new StringBuilder();
        var empty = true;
        var pendingBlanks = "";
        while (!source.AtEnd && !AtKeyEnd())
        {
            var blanks = source.TakeBlanks();
            if (blanks.Length > 0)
            {
                pendingBlanks = blanks;
                continue;
            }

            if (source.Peek() == '.')
            {
                if (empty)
                    throw source.Place.Error("a '.' in a key with nothing before it.");
                source.Take();
                raw?.Append('.');
                keys.Add(key.ToString());
                key.Clear();
                empty = true;
                pendingBlanks = "";
                continue;
            }

            if (!empty)
                key.Append(pendingBlanks);
            pendingBlanks = "";
            var part = ReadKeyPart();
            key.Append(part);
            raw?.Append(part);
            empty = false;
        }

        if (empty)
            throw (keys.Count == 0 ? place : source.Place).Error($"{source.Next} where a key belongs.");
        keys.Add(key.ToString());
        return keys;
    }

    private bool AtKeyEnd() => source.Peek() is '=' or ':' or '{' or '}' or ',' or '\n' or ']' or '[' || source.At("+=") || source.AtComment;

    private string ReadKeyPart()
    {
        var place = source.Place;
        if (source.Peek() == '"')
            return source.At("\"\"\"") ? ReadTripleQuoted(place) : ReadQuoted(place);
        var text = new StringBuilder();
        while (!source.AtEnd && source.Peek() != '.' && !AtKeyEnd() && HoconText.IsUnquoted(source.Peek()))
            text.Append(source.Take());
        if (text.Length == 0)
            throw place.Error($"{source.Next} cannot stand in an unquoted key: put the key between quotes.");
        return text.ToString();
    }

    private string ReadTripleQuoted(TextPlace place)
    {
        source.Take(3);
        var text = new StringBuilder();
        while (true)
        {
            if (source.AtEnd)
                throw place.Error("a text opened with \"\"\" is not closed.");
            // Of four or more quotes the last three close; the others are text.
            if (source.At("\"\"\"") && source.Peek(3) != '"')
                break;
            text.Append(source.Take());
        }

        source.Take(3);
        return text.ToString();
    }

    private string ReadQuoted(TextPlace place)
    {
        source.Take();
        var text = new StringBuilder();
        while (true)
        {
            if (source.AtEnd || source.Peek() == '\n')
                throw place.Error("a quoted text is not closed on its line; text of several lines stands between \"\"\".");
            var c = source.Take();
            if (c == '"')
                return text.ToString();
            text.Append(c == '\\' ? ReadEscape() : c);
        }
    }

    private char ReadEscape()
    {
        var place = source.Place;
        var c = source.AtEnd ? HoconSource.End : source.Take();
        switch (c)
        {
            case '"' or '\\' or '/': return c;
            case 'b': return '\b';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u': return ReadCodePoint(place);
            default: throw place.Error($"'\\{c}' is no escape: \\\\ \\\" \\/ \\b \\f \\n \\r \\t and \\uXXXX are.");
        }
    }

    private char ReadCodePoint(TextPlace place)
    {
        var digits = new StringBuilder(4);
        while (digits.Length < 4 && char.IsAsciiHexDigit(source.Peek()))
            digits.Append(source.Take());
        if (digits.Length < 4)
            throw place.Error("\\u needs four hexadecimal digits.");
        return (char)int.Parse(digits.ToString(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
