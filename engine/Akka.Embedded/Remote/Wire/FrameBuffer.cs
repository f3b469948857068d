// Builds frames in one growing buffer that is used again and again. Not thread-safe.
using System.Buffers.Binary;
using System.Text;

namespace Akka.Embedded.Remote.Wire;

/// <summary>Builds bytes: little-endian numbers, variable-length integers, UTF-8 text.</summary>
internal sealed class FrameBuffer
{
    private byte[] _bytes;
    private int _length;

    public FrameBuffer(int capacity = 256) => _bytes = new byte[capacity];

    public int Length => _length;

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    public void Clear()
    {
        _length = 0;

        // One huge message must not pin its buffer for ever.
        if (_bytes.Length > 64 * 1024)
            _bytes = new byte[1024];
    }

    public byte[] ToArray() => Span.ToArray();

    public void Byte(byte value)
    {
        Ensure(1);
        _bytes[_length++] = value;
    }

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Ensure(value.Length);
        value.CopyTo(_bytes.AsSpan(_length));
        _length += value.Length;
    }

    /// <summary>An unsigned number, 7 bits a byte, lowest first.</summary>
    public void Varint(ulong value)
    {
        Ensure(10);
        while (value >= 0x80)
        {
            _bytes[_length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _bytes[_length++] = (byte)value;
    }

    /// <summary>A signed number, zigzag: small magnitudes are short.</summary>
    public void Signed(long value) => Varint((ulong)((value << 1) ^ (value >> 63)));

    public void Fixed32(int value)
    {
        Ensure(4);
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(_length), value);
        _length += 4;
    }

    public void Fixed64(long value)
    {
        Ensure(8);
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.AsSpan(_length), value);
        _length += 8;
    }

    public void Double(double value) => Fixed64(BitConverter.DoubleToInt64Bits(value));

    /// <summary>Length in bytes, then UTF-8.</summary>
    public void Text(string value)
    {
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        if (most < 128)
        {
            // The length fits one byte, whatever it turns out to be.
            Ensure(1 + most);
            var written = Encoding.UTF8.GetBytes(value, _bytes.AsSpan(_length + 1));
            _bytes[_length] = (byte)written;
            _length += 1 + written;
            return;
        }

        var count = Encoding.UTF8.GetByteCount(value);
        Varint((uint)count);
        Ensure(count);
        Encoding.UTF8.GetBytes(value, _bytes.AsSpan(_length));
        _length += count;
    }

    /// <summary>A text that may be missing.</summary>
    public void OptionalText(string? value)
    {
        Bool(value is not null);
        if (value is not null)
            Text(value);
    }

    /// <summary>Length, then the bytes.</summary>
    public void Block(ReadOnlySpan<byte> value)
    {
        Varint((uint)value.Length);
        Bytes(value);
    }

    private void Ensure(int more)
    {
        if (_bytes.Length - _length >= more)
            return;
        Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + more));
    }
}
