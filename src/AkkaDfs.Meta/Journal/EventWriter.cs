// Primitive values of the journal's encoding (docs/formats/meta-journal.md): numbers as LEB128, signed ones zigzagged first,
// texts and lists after their length. A buffer that grows and is used again.

using System.Buffers.Binary;
using System.Text;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Journal;

/// <summary>Writes values into a growing buffer. Not thread-safe.</summary>
internal sealed class EventWriter
{
    private byte[] _buffer = new byte[4096];

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    /// <summary>The same for calls that need memory.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, Length);

    /// <summary>Forgets what was written and leaves room for a head.</summary>
    public void Reset(int headBytes)
    {
        Length = 0;
        Reserve(headBytes);
        Length = headBytes;
    }

    /// <summary>Part of what was written, to be filled in afterwards.</summary>
    public Span<byte> At(int offset, int length) => _buffer.AsSpan(offset, length);

    /// <summary>Leaves room for a 32-bit number; its place.</summary>
    public int Skip32()
    {
        Reserve(4);
        Length += 4;
        return Length - 4;
    }

    /// <summary>Fills in a 32-bit number.</summary>
    public void Fill32(int place, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(place), value);

    public void Number(ulong value)
    {
        Reserve(10);
        for (; value >= 0x80; value >>= 7)
        {
            _buffer[Length++] = (byte)(value | 0x80);
        }

        _buffer[Length++] = (byte)value;
    }

    public void Signed(long value) => Number((ulong)((value << 1) ^ (value >> 63)));

    public void Flag(bool value) => Number(value ? 1UL : 0UL);

    public void Identity(Guid value)
    {
        Reserve(16);
        value.TryWriteBytes(_buffer.AsSpan(Length));
        Length += 16;
    }

    /// <summary>Plain text, or a name with escapes; stored as its bytes.</summary>
    public void Text(string value)
    {
        if (value.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0)
        {
            var bytes = PathText.ToBytes(value);
            Number((ulong)bytes.Length);
            Reserve(bytes.Length);
            bytes.CopyTo(_buffer, Length);
            Length += bytes.Length;
            return;
        }

        var count = Encoding.UTF8.GetByteCount(value);
        Number((ulong)count);
        Reserve(count);
        Length += Encoding.UTF8.GetBytes(value, _buffer.AsSpan(Length));
    }

    /// <summary>Any bytes, after their length.</summary>
    public void Bytes(ReadOnlySpan<byte> value)
    {
        Number((ulong)value.Length);
        Reserve(value.Length);
        value.CopyTo(_buffer.AsSpan(Length));
        Length += value.Length;
    }

    private void Reserve(int more)
    {
        if (_buffer.Length - Length < more)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, Length + more));
        }
    }
}

/// <summary>Reads what <see cref="EventWriter"/> wrote. Fields that an older version did not write read as 0, empty or false.</summary>
internal ref struct EventReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public ulong Number()
    {
        if (_rest.IsEmpty)
        {
            return 0;
        }

        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            if (_rest.IsEmpty || shift > 63)
            {
                throw new FormatException("a number does not end");
            }

            var next = _rest[0];
            _rest = _rest[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }

    public int Int() => checked((int)Number());

    public byte Byte() => checked((byte)Number());

    public uint Unsigned() => checked((uint)Number());

    public long Signed()
    {
        var value = Number();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public bool Flag() => Number() != 0;

    public Guid Identity() => _rest.IsEmpty ? Guid.Empty : new Guid(Take(16));

    public byte[] Bytes() => Take(Int()).ToArray();

    public string Text() => PathText.FromBytes(Take(Int()));

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw new FormatException($"{count} bytes are announced and {_rest.Length} are there");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
