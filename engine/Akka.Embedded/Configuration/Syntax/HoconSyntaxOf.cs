// Turns values back into syntax, for roots that a caller built by hand and includes somewhere.
using Akka.Configuration.Hocon;

namespace Akka.Embedded.Configuration;

internal static class HoconSyntaxOf
{
    private static readonly TextPlace Nowhere = new(1, 1, "a value made in code");

    public static ObjectPiece Value(HoconValue value) =>
        value.GetObject() is { } source
            ? new ObjectPiece(Nowhere, [.. source.Items.Select(item => new FieldEntry(Nowhere, [item.Key], Expression(item.Value)))])
            : new ObjectPiece(Nowhere, []);

    private static HoconExpression Expression(HoconValue value) => new(Nowhere, [Piece(value)]);

    private static HoconPiece Piece(HoconValue value)
    {
        if (value.IsObject())
            return Value(value);
        if (value.IsArray())
            return new ArrayPiece(Nowhere, [.. value.GetArray().Select(Expression)]);
        return value.GetString() is { } text ? new TextPiece(Nowhere, text, Quoted: true) : new TextPiece(Nowhere, "null", Quoted: false);
    }
}
