// One file of a simulated disk: what programs see, what the platters hold, and what lies between the two until the next sync.

namespace AkkaDfs.Simulation.Disk;

/// <summary>A change that is not synced.</summary>
/// <param name="Number">Its place in the order of all changes of the disk.</param>
/// <param name="Offset">Where; -1 for a new length.</param>
/// <param name="Bytes">What; null for NUL.</param>
/// <param name="LengthBytes">How much, or the new length.</param>
internal readonly record struct FileChange(long Number, long Offset, byte[]? Bytes, long LengthBytes);

/// <summary>Bytes that can be changed in place.</summary>
internal sealed class Content
{
    private byte[] _bytes = [];

    public int Length { get; private set; }

    public Span<byte> Bytes => _bytes.AsSpan(0, Length);

    public Content Copy()
    {
        var copy = new Content();
        copy.SetLength(Length);
        Bytes.CopyTo(copy._bytes);
        return copy;
    }

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        if (offset + bytes.Length > Length)
        {
            SetLength(offset + bytes.Length);
        }

        bytes.CopyTo(_bytes.AsSpan((int)offset));
    }

    public void Zero(long offset, long lengthBytes)
    {
        var end = Math.Min(offset + lengthBytes, Length);
        if (end > offset)
        {
            _bytes.AsSpan((int)offset, (int)(end - offset)).Clear();
        }
    }

    public void SetLength(long lengthBytes)
    {
        if (lengthBytes > _bytes.Length)
        {
            Array.Resize(ref _bytes, (int)Math.Max(lengthBytes, 2L * _bytes.Length));
        }

        if (lengthBytes < Length)
        {
            _bytes.AsSpan((int)lengthBytes, Length - (int)lengthBytes).Clear();
        }

        Length = (int)lengthBytes;
    }

    public void Apply(in FileChange change)
    {
        if (change.Offset < 0)
        {
            SetLength(change.LengthBytes);
        }
        else if (change.Bytes is null)
        {
            Zero(change.Offset, change.LengthBytes);
        }
        else
        {
            Write(change.Bytes, change.Offset);
        }
    }
}

/// <summary>A file.</summary>
internal sealed class DiskFile(int id)
{
    /// <summary>Its number on the disk.</summary>
    public int Id => id;

    /// <summary>What programs see.</summary>
    public Content Now { get; private set; } = new();

    /// <summary>What a power loss leaves for certain.</summary>
    public Content Safe { get; private set; } = new();

    /// <summary>What it may or may not leave.</summary>
    public List<FileChange> Pending { get; } = [];

    public void Do(in FileChange change)
    {
        Now.Apply(change);
        Pending.Add(change);
    }

    public void Sync()
    {
        foreach (var change in Pending)
        {
            Safe.Apply(change);
        }

        Pending.Clear();
    }

    /// <summary>A copy that holds what is seen now, as if it had been synced.</summary>
    public DiskFile Snapshot() => new(id) { Now = Now.Copy(), Safe = Now.Copy() };

    /// <summary>Puts what the platters hold in the place of what programs saw.</summary>
    public void Restart()
    {
        Pending.Clear();
        Now = Safe.Copy();
    }
}
