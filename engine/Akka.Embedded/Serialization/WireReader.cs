// Reads what WireWriter wrote. Every length is checked against what is left before anything is allocated.
using System.Text;

namespace Akka.Embedded.Serialization;

internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = bytes;

    public byte Byte() => Take(1)[0];

    public bool Bool() => Byte() switch
    {
        0 => false,
        1 => true,
        var other => throw new WireFormatException($"a flag is {other}"),
    };

    public int Number()
    {
        long value = 0;
        for (var shift = 0; shift <= 28; shift += 7)
        {
            var group = Byte();
            value |= (long)(group & 0x7F) << shift;
            if (group < 0x80)
                return value <= int.MaxValue ? (int)value : throw new WireFormatException("a number is too large");
        }

        throw new WireFormatException("a number is too long");
    }

    public string Text()
    {
        var text = Take(Number());
        try
        {
            return StrictUtf8.GetString(text);
        }
        catch (DecoderFallbackException cause)
        {
            throw new WireFormatException("a text is not valid UTF-8", cause);
        }
    }

    public byte[] Bytes() => Take(Number()).ToArray();

    /// <summary>How many elements follow, each of at least one byte.</summary>
    public int Count()
    {
        var count = Number();
        return count <= _rest.Length ? count : throw new WireFormatException($"{count} elements are announced and {_rest.Length} bytes are left");
    }

    public readonly void End()
    {
        if (_rest.Length > 0)
            throw new WireFormatException($"{_rest.Length} bytes follow its end");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
            throw new WireFormatException($"it ends {length - _rest.Length} bytes too early");
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
