// Recursive descent over HOCON text. Depth, include depth and length are limited before anything is built, so that no
// text can exhaust the stack. Every failure is a HoconParseException with line and column.
using System.Text;
using Akka.Configuration.Hocon;

namespace Akka.Embedded.Configuration;

internal sealed class HoconReader
{
    /// <summary>Objects and arrays may be nested this deep.</summary>
    public const int MaxDepth = 200;

    private readonly HoconSource _source;
    private readonly Func<string, HoconRoot?>? _include;
    private readonly HoconTextReader _texts;
    private int _depth;

    private HoconReader(string text, string? name, Func<string, HoconRoot?>? include)
    {
        _source = new HoconSource(text, name);
        _include = include;
        _texts = new HoconTextReader(_source);
    }

    /// <summary>Reads one text. Braces around the root may be left out.</summary>
    public static ObjectPiece Read(string text, string? name, Func<string, HoconRoot?>? include) =>
        new HoconReader(text, name, include).ReadRoot();

    private ObjectPiece ReadRoot()
    {
        _source.SkipToToken();
        var place = _source.Place;
        if (_source.Peek() == '[')
            throw place.Error("the root of a configuration is an object, not a list: put the list under a key.");
        ObjectPiece root;
        if (_source.Peek() == '{')
            root = ReadObject();
        else
            root = new ObjectPiece(place, ReadEntries(closing: HoconSource.End));
        _source.SkipToToken();
        if (!_source.AtEnd)
            throw _source.Place.Error($"{_source.Next} after the end of the root object: a brace is closed that was not opened.");
        return root;
    }

    private ObjectPiece ReadObject()
    {
        var place = _source.Place;
        Enter(place);
        _source.Take();
        var entries = ReadEntries(closing: '}');
        if (_source.AtEnd)
            throw _source.Place.Error($"the '{{' of line {place.Line}, column {place.Column} is not closed: '}}' is missing.");
        _source.Take();
        _depth--;
        return new ObjectPiece(place, entries);
    }

    private List<HoconEntry> ReadEntries(char closing)
    {
        var entries = new List<HoconEntry>();
        _source.SkipToToken();
        while (!_source.AtEnd && _source.Peek() != '}')
        {
            if (_source.Peek() == ',')
                throw _source.Place.Error("a comma without a field before it.");
            entries.Add(ReadEntry());
            var separated = _source.SkipToToken();
            if (_source.Peek() == ',')
            {
                _source.Take();
                _source.SkipToToken();
                separated = true;
            }

            if (!separated && !_source.AtEnd && _source.Peek() != '}')
                throw _source.Place.Error($"{_source.Next} where a field ends: put the next field on a new line or after a comma.");
        }

        if (closing == HoconSource.End && _source.Peek() == '}')
            throw _source.Place.Error("a '}' that closes nothing.");
        return entries;
    }

    private HoconEntry ReadEntry()
    {
        var place = _source.Place;
        if (IsInclude())
            return ReadInclude(place);
        var path = _texts.ReadKey();
        _source.SkipToToken();
        if (_source.Peek() == '{')
            return new FieldEntry(place, path, ReadExpression());
        if (_source.At("+="))
        {
            _source.Take(2);
            return new FieldEntry(place, path, AsAppend(place, ReadAssigned(path)));
        }

        if (_source.Peek() is not ('=' or ':'))
            throw _source.Place.Error($"{_source.Next} after the key {HoconPath.Join(path)}: '=', ':', '+=' or '{{' belongs there.");
        _source.Take();
        return new FieldEntry(place, path, ReadAssigned(path));
    }

    private HoconExpression ReadAssigned(IReadOnlyList<string> path)
    {
        _source.SkipToToken();
        if (_source.AtEnd || _source.Peek() is ',' or '}' or ']')
            throw _source.Place.Error($"{_source.Next} where the value of {HoconPath.Join(path)} belongs.");
        return ReadExpression();
    }

    /// <summary>a += b  is  a = (what a was) [b].</summary>
    private static HoconExpression AsAppend(TextPlace place, HoconExpression item) =>
        new(place, [new PreviousPiece(place), new ArrayPiece(item.Place, [item])]);

    private HoconExpression ReadExpression()
    {
        var place = _source.Place;
        var pieces = new List<HoconPiece>();
        while (true)
        {
            var blankPlace = _source.Place;
            var blanks = _source.TakeBlanks();
            if (_source.AtEnd || _source.AtComment || _source.Peek() is '\n' or ',' or '}' or ']')
                break;
            if (blanks.Length > 0 && pieces.Count > 0)
                pieces.Add(new TextPiece(blankPlace, blanks, Quoted: false, Blank: true));
            pieces.Add(ReadPiece());
        }

        return new HoconExpression(place, pieces);
    }

    private HoconPiece ReadPiece()
    {
        switch (_source.Peek())
        {
            case '{': return ReadObject();
            case '[': return ReadArray();
            case '$' when _source.Peek(1) == '{': return ReadSubstitution();
            default: return _texts.ReadText();
        }
    }

    private ArrayPiece ReadArray()
    {
        var place = _source.Place;
        Enter(place);
        _source.Take();
        var items = new List<HoconExpression>();
        _source.SkipToToken();
        while (!_source.AtEnd && _source.Peek() != ']')
        {
            if (_source.Peek() is ',' or '}')
                throw _source.Place.Error($"{_source.Next} in a list where a value belongs.");
            items.Add(ReadExpression());
            var separated = _source.SkipToToken();
            if (_source.Peek() == ',')
            {
                _source.Take();
                _source.SkipToToken();
                separated = true;
            }

            if (!separated && !_source.AtEnd && _source.Peek() != ']')
                throw _source.Place.Error($"{_source.Next} in a list where a comma or ']' belongs.");
        }

        if (_source.AtEnd)
            throw _source.Place.Error($"the '[' of line {place.Line}, column {place.Column} is not closed: ']' is missing.");
        _source.Take();
        _depth--;
        return new ArrayPiece(place, items);
    }

    private SubstitutionPiece ReadSubstitution()
    {
        var place = _source.Place;
        _source.Take(2);
        var optional = _source.Peek() == '?';
        if (optional)
            _source.Take();
        _source.TakeBlanks();
        var raw = new StringBuilder();
        var path = _texts.ReadKey(raw);
        _source.TakeBlanks();
        if (_source.Peek() != '}')
            throw _source.Place.Error($"{_source.Next} inside a substitution: '}}' belongs there.");
        _source.Take();
        return new SubstitutionPiece(place, path, raw.ToString(), optional);
    }

    private bool IsInclude()
    {
        if (!_source.At("include"))
            return false;
        var ahead = "include".Length;
        while (_source.Peek(ahead) is ' ' or '\t')
            ahead++;
        return ahead > "include".Length && (_source.Peek(ahead) == '"' || IsWord(ahead, "file(") || IsWord(ahead, "required("))
            || _source.Peek("include".Length) == '"';
    }

    private bool IsWord(int ahead, string word)
    {
        for (var i = 0; i < word.Length; i++)
        {
            if (_source.Peek(ahead + i) != word[i])
                return false;
        }

        return true;
    }

    private IncludeEntry ReadInclude(TextPlace place)
    {
        _source.Take("include".Length);
        _source.TakeBlanks();
        var open = 0;
        var required = false;
        while (_source.Peek() != '"')
        {
            required |= _source.Peek() == 'r';
            _source.Take(_source.Peek() == 'r' ? "required(".Length : "file(".Length);
            _source.TakeBlanks();
            open++;
            if (_source.Peek() != '"' && !_source.At("file("))
                throw _source.Place.Error("the name of what is included belongs here, in quotes.");
        }

        var name = _texts.ReadText().Text;
        for (; open > 0; open--)
        {
            _source.TakeBlanks();
            if (_source.Peek() != ')')
                throw _source.Place.Error("')' is missing after the name of what is included.");
            _source.Take();
        }

        return new IncludeEntry(place, Included(place, name, required));
    }

    private ObjectPiece Included(TextPlace place, string name, bool required)
    {
        if (_include is null)
            throw place.Error($"\"{name}\" cannot be included: the parser was given no include callback.");
        var root = _include(name);
        if (root is null && required)
            throw place.Error($"\"{name}\" is required and the include callback found nothing.");
        return root?.Syntax ?? new ObjectPiece(place, []);
    }

    private void Enter(TextPlace place)
    {
        if (++_depth > MaxDepth)
            throw place.Error($"objects and lists are nested more than {MaxDepth} deep.");
    }
}
