// Carries out merging, concatenation and substitution: from a syntax tree to plain values. A reference is looked up in the
// including scopes, then from the root, then in the environment. Chains of references and the size of what they build
// are limited; a reference to itself with nothing defined before is an error, not an endless loop.
using System.Text;
using Akka.Configuration.Hocon;

namespace Akka.Embedded.Configuration;

internal sealed class HoconResolver
{
    /// <summary>References may lead on to references, and through objects, this deep.</summary>
    public const int MaxReferenceDepth = 400;

    /// <summary>Characters of one concatenated text, and elements of one concatenated list.</summary>
    public const int MaxConcatenation = 1 << 20;

    private readonly MergedObject _root = new();
    private int _depth;

    private HoconResolver()
    {
    }

    /// <summary>The value of a whole text.</summary>
    public static HoconValue Resolve(ObjectPiece syntax)
    {
        var resolver = new HoconResolver();
        resolver._root.Add(syntax.Entries, [], null);
        return HoconValue.Of(resolver.ResolveObject(resolver._root));
    }

    private HoconObject ResolveObject(MergedObject source)
    {
        _depth++;
        var result = new HoconObject();
        foreach (var (key, field) in source.Fields)
        {
            if (ResolveField(field) is { } value)
                result.Items[key] = value;
        }

        _depth--;
        return result;
    }

    private HoconValue? ResolveField(MergedField field)
    {
        if (field.IsResolved)
            return field.Value;
        if (field.Active >= 0)
            return Fold(field, field.Active);
        var value = Fold(field, field.Definitions.Count);
        field.Resolved(value);
        return value;
    }

    /// <summary>The value after the first <paramref name="count"/> definitions.</summary>
    private HoconValue? Fold(MergedField field, int count)
    {
        var active = field.Active;
        HoconValue? value = null;
        for (var i = 0; i < count; i++)
        {
            field.Active = i;
            var next = field.Definitions[i] switch
            {
                ObjectDefinition definition => HoconValue.Of(ResolveObject(definition.Object)),
                ExpressionDefinition definition => Evaluate(definition, value),
                _ => null,
            };
            if (next is not null)
                value = value is not null && value.IsObject() && next.IsObject() ? Merged(value, next) : next;
        }

        field.Active = active;
        return value;
    }

    private static HoconValue Merged(HoconValue older, HoconValue newer) =>
        HoconValue.Of(HoconObject.MergedCopy(newer.GetObject()!, older.GetObject()!));

    private HoconValue? Evaluate(ExpressionDefinition definition, HoconValue? previous)
    {
        var expression = definition.Expression;
        var parts = new List<(HoconPiece Piece, HoconValue Value)>(expression.Pieces.Count);
        foreach (var piece in expression.Pieces)
        {
            if (EvaluatePiece(piece, definition, previous) is { } value)
                parts.Add((piece, value));
        }

        return Concatenated(expression.Place, parts);
    }

    private HoconValue? EvaluatePiece(HoconPiece piece, ExpressionDefinition definition, HoconValue? previous) => piece switch
    {
        TextPiece text => HoconValue.Of(new HoconLiteral { Value = IsNull(text, definition) ? null : text.Text }),
        ObjectPiece literal => HoconValue.Of(ResolveObject(Merge(literal, definition))),
        ArrayPiece array => HoconValue.Of(EvaluateArray(array, definition)),
        SubstitutionPiece substitution => Substitute(substitution, definition.Scope),
        PreviousPiece => previous,
        _ => null,
    };

    private static bool IsNull(TextPiece text, ExpressionDefinition definition) =>
        text is { Quoted: false, Text: "null" } && definition.Expression.Pieces.Count == 1;

    private static MergedObject Merge(ObjectPiece literal, ExpressionDefinition definition)
    {
        var result = new MergedObject();
        result.Add(literal.Entries, definition.Path, definition.Scope);
        return result;
    }

    private HoconArray EvaluateArray(ArrayPiece array, ExpressionDefinition definition)
    {
        var result = new HoconArray();
        foreach (var item in array.Items)
        {
            if (Evaluate(new ExpressionDefinition(item, definition.Path, definition.Scope), previous: null) is { } value)
                result.Add(value);
        }

        return result;
    }

    private static HoconValue? Concatenated(TextPlace place, List<(HoconPiece Piece, HoconValue Value)> parts)
    {
        var solid = parts.Where(part => part.Piece is not TextPiece { Blank: true }).ToList();
        if (solid.Count == 0)
            return null;
        if (solid.Any(part => part.Value.IsArray()))
            return ConcatenatedArrays(place, solid);
        if (solid.Any(part => part.Value.IsObject()))
            return ConcatenatedObjects(place, solid);
        if (parts.Count == 1)
            return solid[0].Value;
        var text = new StringBuilder();
        foreach (var (_, value) in parts)
        {
            text.Append(value.GetString() ?? "null");
            if (text.Length > MaxConcatenation)
                throw place.Error($"the text put together here is longer than {MaxConcatenation} characters.");
        }

        return HoconValue.Of(new HoconLiteral { Value = text.ToString() });
    }

    private static HoconValue ConcatenatedArrays(TextPlace place, List<(HoconPiece Piece, HoconValue Value)> solid)
    {
        if (solid.Count == 1)
            return solid[0].Value;
        var result = new HoconArray();
        foreach (var (piece, value) in solid)
        {
            if (!value.IsArray())
                throw piece.Place.Error("a list can only be joined with lists.");
            result.AddRange(value.GetArray());
            if (result.Count > MaxConcatenation)
                throw place.Error($"the list put together here has more than {MaxConcatenation} elements.");
        }

        return HoconValue.Of(result);
    }

    private static HoconValue ConcatenatedObjects(TextPlace place, List<(HoconPiece Piece, HoconValue Value)> solid)
    {
        var result = solid[0].Value;
        foreach (var (piece, value) in solid)
        {
            if (!value.IsObject())
                throw (piece is TextPiece ? piece.Place : place).Error("an object can only be joined with objects.");
            if (!ReferenceEquals(value, result))
                result = Merged(result, value);
        }

        return result;
    }

    private HoconValue? Substitute(SubstitutionPiece piece, IncludeScope? scope)
    {
        if (++_depth > MaxReferenceDepth)
            throw piece.Place.Error($"substitutions lead on more than {MaxReferenceDepth} deep.");
        var value = Lookup(piece, scope);
        _depth--;
        if (value is not null)
            return value;
        if (Environment.GetEnvironmentVariable(piece.Raw) is { } text)
            return HoconValue.Of(new HoconLiteral { Value = text });
        if (piece.Optional)
            return null;
        throw piece.Place.Error($"${{{piece.Raw}}} is defined neither here nor in the environment, or only by itself; "
            + $"write ${{?{piece.Raw}}} if it may be missing.");
    }

    private HoconValue? Lookup(SubstitutionPiece piece, IncludeScope? scope)
    {
        for (; scope is not null; scope = scope.Outer)
        {
            if (Find(_root, [.. scope.Prefix, .. piece.Path], 0) is { } scoped)
                return scoped;
        }

        return Find(_root, piece.Path, 0);
    }

    private HoconValue? Find(MergedObject source, IReadOnlyList<string> path, int index)
    {
        if (source.Find(path[index]) is not { } field)
            return null;
        return index == path.Count - 1 ? ResolveField(field) : FindThrough(field, path, index + 1);
    }

    /// <summary>
    /// Looks up a path below a field without resolving the rest of the field, so that the parts of an object may refer to
    /// each other.
    /// </summary>
    private HoconValue? FindThrough(MergedField field, IReadOnlyList<string> path, int index)
    {
        HoconValue? found = null;
        foreach (var definition in field.Definitions)
        {
            if (definition is ObjectDefinition literal)
                found = Combined(found, Find(literal.Object, path, index));
            else if (definition is ExpressionDefinition { Expression.Pieces: var pieces } expression)
                found = FindThrough(pieces, expression, found, path, index);
        }

        return found;
    }

    private HoconValue? FindThrough(
        IReadOnlyList<HoconPiece> pieces, ExpressionDefinition definition, HoconValue? found, IReadOnlyList<string> path, int index)
    {
        foreach (var piece in pieces)
        {
            switch (piece)
            {
                case ObjectPiece literal:
                    found = Combined(found, Find(Merge(literal, definition), path, index));
                    break;
                case SubstitutionPiece substitution when Lookup(substitution, definition.Scope) is { } target:
                    found = target.IsObject() ? Combined(found, target.GetChild(path, index)) : null;
                    break;
                case ArrayPiece or TextPiece { Blank: false }:
                    found = null;
                    break;
            }
        }

        return found;
    }

    private static HoconValue? Combined(HoconValue? older, HoconValue? newer)
    {
        if (older is null || newer is null)
            return newer ?? older;
        return older.IsObject() && newer.IsObject() ? Merged(older, newer) : newer;
    }
}
