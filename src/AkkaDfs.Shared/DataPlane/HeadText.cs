// Cursor over the bytes of a frame's head: numbers little-endian, texts UTF-8 with a 16-bit length.
// The reader never throws: anything that does not fit makes it invalid, and everything after that reads as zero.

using System.Buffers.Binary;
using System.Text;

namespace AkkaDfs.Shared.DataPlane;

/// <summary>Writes a head into memory that is known to be large enough.</summary>
public ref struct HeadWriter(Span<byte> target)
{
    private readonly Span<byte> _target = target;

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>Appends a byte.</summary>
    public void Byte(byte value) => Next(1)[0] = value;

    /// <summary>Appends a 16-bit number.</summary>
    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Next(2), value);

    /// <summary>Appends a 32-bit number.</summary>
    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Next(4), value);

    /// <summary>Appends a 64-bit number.</summary>
    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Next(8), value);

    /// <summary>Appends a 64-bit number.</summary>
    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Next(8), value);

    /// <summary>Appends the 16 bytes of a GUID.</summary>
    public void Guid(Guid value) => value.TryWriteBytes(Next(16));

    /// <summary>Appends a text of at most <paramref name="maxBytes"/> bytes; what is longer is cut.</summary>
    public void Text(string value, int maxBytes = 4096)
    {
        var size = Next(2);
        var room = _target.Slice(Length, Math.Min(maxBytes, _target.Length - Length));
        Encoding.UTF8.GetEncoder().Convert(value, room, flush: true, out _, out var written, out _);
        BinaryPrimitives.WriteUInt16LittleEndian(size, (ushort)written);
        Length += written;
    }

    private Span<byte> Next(int bytes)
    {
        var part = _target.Slice(Length, bytes);
        Length += bytes;
        return part;
    }
}

/// <summary>Reads a head.</summary>
public ref struct HeadReader(ReadOnlySpan<byte> source)
{
    private ReadOnlySpan<byte> _rest = source;

    /// <summary>False once something did not fit.</summary>
    public bool IsValid { get; private set; } = true;

    /// <summary>What has not been read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Takes a byte.</summary>
    public byte Byte() => Next(1)[0];

    /// <summary>Takes a 16-bit number.</summary>
    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Next(2));

    /// <summary>Takes a 32-bit number.</summary>
    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Next(4));

    /// <summary>Takes a 64-bit number.</summary>
    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Next(8));

    /// <summary>Takes a 64-bit number that must not be negative.</summary>
    public long Length64()
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(Next(8));
        IsValid &= value >= 0;
        return Math.Max(0, value);
    }

    /// <summary>Takes a GUID.</summary>
    public Guid Guid() => new(Next(16));

    /// <summary>Takes a text of at most <paramref name="maxBytes"/> bytes.</summary>
    public string Text(int maxBytes = 4096)
    {
        var size = UInt16();
        if (size > maxBytes || size > _rest.Length)
        {
            IsValid = false;
            return string.Empty;
        }

        var text = Encoding.UTF8.GetString(_rest[..size]);
        _rest = _rest[size..];
        return text;
    }

    /// <summary>Passes over a text.</summary>
    public void SkipText(int maxBytes)
    {
        var size = UInt16();
        if (size > maxBytes || size > _rest.Length)
        {
            IsValid = false;
            return;
        }

        _rest = _rest[size..];
    }

    /// <summary>Turns the rest of the reader invalid.</summary>
    public void Refuse() => IsValid = false;

    private ReadOnlySpan<byte> Next(int bytes)
    {
        if (_rest.Length < bytes)
        {
            IsValid = false;
            _rest = default;
            return Zeros[..bytes];
        }

        var part = _rest[..bytes];
        _rest = _rest[bytes..];
        return part;
    }

    private static ReadOnlySpan<byte> Zeros => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
}
