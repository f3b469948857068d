// The syntax tree of one HOCON text, before merging and substitution. Immutable once read.
namespace Akka.Embedded.Configuration;

/// <summary>A place in a text, both from 1.</summary>
internal readonly record struct TextPlace(int Line, int Column, string? Source)
{
    public HoconParseException Error(string reason) => new(reason, Line, Column, Source);
}

/// <summary>One piece of a value.</summary>
internal abstract record HoconPiece(TextPlace Place);

/// <summary>Text. <see cref="Blank"/> marks the white space between two pieces, which counts only between strings.</summary>
internal sealed record TextPiece(TextPlace Place, string Text, bool Quoted, bool Blank = false) : HoconPiece(Place);

/// <summary><c>{ … }</c></summary>
internal sealed record ObjectPiece(TextPlace Place, IReadOnlyList<HoconEntry> Entries) : HoconPiece(Place);

/// <summary><c>[ … ]</c></summary>
internal sealed record ArrayPiece(TextPlace Place, IReadOnlyList<HoconExpression> Items) : HoconPiece(Place);

/// <summary><c>${path}</c> or <c>${?path}</c>.</summary>
internal sealed record SubstitutionPiece(TextPlace Place, IReadOnlyList<string> Path, string Raw, bool Optional) : HoconPiece(Place);

/// <summary>What the field held before: the left side of <c>+=</c>.</summary>
internal sealed record PreviousPiece(TextPlace Place) : HoconPiece(Place);

/// <summary>A value as written: one or more pieces side by side.</summary>
internal sealed record HoconExpression(TextPlace Place, IReadOnlyList<HoconPiece> Pieces)
{
    /// <summary>True if the value depends on anything outside itself.</summary>
    public bool HasSubstitution => Pieces.Any(piece => piece is SubstitutionPiece or PreviousPiece);
}

/// <summary>One line of an object.</summary>
internal abstract record HoconEntry(TextPlace Place);

/// <summary><c>path = value</c></summary>
internal sealed record FieldEntry(TextPlace Place, IReadOnlyList<string> Path, HoconExpression Value) : HoconEntry(Place);

/// <summary><c>include "name"</c>, already read.</summary>
internal sealed record IncludeEntry(TextPlace Place, ObjectPiece Included) : HoconEntry(Place);
