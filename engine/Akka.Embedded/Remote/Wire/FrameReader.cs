// Reads what FrameBuffer wrote. Reading past the end or finding impossible values never throws: it sets Failed, and everything read from then on is
// empty. Callers check Failed once, at the end.
using System.Buffers.Binary;
using System.Text;

namespace Akka.Embedded.Remote.Wire;

/// <summary>Reads little-endian numbers, variable-length integers and UTF-8 text.</summary>
internal ref struct FrameReader
{
    private ReadOnlySpan<byte> _rest;

    public FrameReader(ReadOnlySpan<byte> bytes)
    {
        _rest = bytes;
        Failed = false;
    }

    /// <summary>True once something could not be read.</summary>
    public bool Failed { get; private set; }

    /// <summary>Bytes not read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public readonly bool AtEnd => _rest.IsEmpty;

    public byte Byte()
    {
        if (_rest.IsEmpty)
            return (byte)Fail();
        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    public bool Bool() => Byte() switch
    {
        0 => false,
        1 => true,
        _ => Fail() != 0,
    };

    public ulong Varint()
    {
        ulong value = 0;
        for (var i = 0; i < 10 && i < _rest.Length; i++)
        {
            var b = _rest[i];
            if (i == 9 && b > 1)
                break;
            value |= (ulong)(b & 0x7F) << (7 * i);
            if (b < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return value;
            }
        }

        return (ulong)Fail();
    }

    public long Signed()
    {
        var value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>A signed number that must fit 32 bits.</summary>
    public int SignedInt()
    {
        var value = Signed();
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : (int)Fail();
    }

    /// <summary>A count that may be at most <paramref name="most"/>.</summary>
    public int Count(int most)
    {
        var value = Varint();
        return value <= (uint)most ? (int)value : (int)Fail();
    }

    public int Fixed32()
    {
        if (_rest.Length < 4)
            return (int)Fail();
        var value = BinaryPrimitives.ReadInt32LittleEndian(_rest);
        _rest = _rest[4..];
        return value;
    }

    public long Fixed64()
    {
        if (_rest.Length < 8)
            return Fail();
        var value = BinaryPrimitives.ReadInt64LittleEndian(_rest);
        _rest = _rest[8..];
        return value;
    }

    public double Double() => BitConverter.Int64BitsToDouble(Fixed64());

    public string Text()
    {
        var bytes = Block();
        return bytes.IsEmpty ? string.Empty : Encoding.UTF8.GetString(bytes);
    }

    public string? OptionalText() => Bool() ? Text() : null;

    /// <summary>A block with its length in front; checked against what is there before anything is allocated.</summary>
    public ReadOnlySpan<byte> Block()
    {
        var length = Varint();
        if (Failed || length > (uint)_rest.Length)
        {
            Fail();
            return default;
        }

        var block = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return block;
    }

    private long Fail()
    {
        Failed = true;
        _rest = default;
        return 0;
    }
}
