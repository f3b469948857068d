// A cursor over HOCON text that knows its line and column. Carriage returns before line feeds are white space.
namespace Akka.Embedded.Configuration;

internal sealed class HoconSource(string text, string? name)
{
    private int _position = text.StartsWith('\uFEFF') ? 1 : 0;
    private int _line = 1;
    private int _column = 1;

    public const char End = '\0';

    public bool AtEnd => _position >= text.Length;

    public TextPlace Place => new(_line, _column, name);

    /// <summary>The next character, or <see cref="End"/>.</summary>
    public char Peek(int ahead = 0) => _position + ahead < text.Length ? text[_position + ahead] : End;

    public bool At(string token) => string.CompareOrdinal(text, _position, token, 0, token.Length) == 0;

    public char Take()
    {
        var c = text[_position++];
        if (c == '\n')
        {
            _line++;
            _column = 1;
        }
        else
            _column++;
        return c;
    }

    public void Take(int count)
    {
        for (var i = 0; i < count; i++)
            Take();
    }

    public bool AtComment => Peek() == '#' || (Peek() == '/' && Peek(1) == '/');

    /// <summary>White space on one line: skipped and given back as written.</summary>
    public string TakeBlanks()
    {
        var start = _position;
        while (!AtEnd && Peek() != '\n' && (char.IsWhiteSpace(Peek()) || Peek() == '\uFEFF'))
            Take();
        return start == _position ? "" : text[start.._position];
    }

    public void SkipComment()
    {
        while (!AtEnd && Peek() != '\n')
            Take();
    }

    /// <summary>Skips white space, comments and line ends; true if there was a line end.</summary>
    public bool SkipToToken()
    {
        var lineEnd = false;
        while (true)
        {
            TakeBlanks();
            if (AtComment)
                SkipComment();
            else if (Peek() == '\n' && !AtEnd)
            {
                Take();
                lineEnd = true;
            }
            else
                return lineEnd;
        }
    }

    /// <summary>How the next character is named in a message.</summary>
    public string Next => AtEnd ? "the end of the text" : Peek() == '\n' ? "the end of the line" : $"'{Peek()}'";
}
