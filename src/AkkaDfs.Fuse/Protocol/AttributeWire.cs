// Nodes as the kernel wants them: attributes, entries, and entries of directories.

using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Protocol;

/// <summary>Writes attributes.</summary>
internal static class AttributeWire
{
    private const uint BlockBytes = 4096;
    private const int SectorBytes = 512;
    private const long NsPerSecond = 1_000_000_000;

    /// <summary>Writes <see cref="Wire.Attributes"/> bytes.</summary>
    public static void Put(Span<byte> to, FileStatus status)
    {
        var length = status.Kind switch
        {
            NodeKind.SymbolicLink => Shared.PathText.ByteCount(status.LinkTarget),
            NodeKind.Directory => BlockBytes,
            _ => status.LengthBytes,
        };
        to[..Wire.Attributes].Clear();
        Wire.Put(to, 0, status.Inode.Value);
        Wire.Put(to, 8, length);
        Wire.Put(to, 16, status.Kind == NodeKind.File ? (length + SectorBytes - 1) / SectorBytes : 0L);
        PutTime(to, 24, 48, status.AccessedUnixNs);
        PutTime(to, 32, 52, status.ModifiedUnixNs);
        PutTime(to, 40, 56, status.ChangedUnixNs);
        Wire.Put(to, 60, status.Mode);
        Wire.Put(to, 64, status.LinkCount);
        Wire.Put(to, 68, status.Uid);
        Wire.Put(to, 72, status.Gid);
        Wire.Put(to, 76, (uint)status.Device);
        Wire.Put(to, 80, BlockBytes);
    }

    /// <summary>Writes <see cref="Wire.AttributesOut"/> bytes.</summary>
    public static void PutAttributes(Span<byte> to, FileStatus status, TimeSpan valid)
    {
        PutValid(to, 0, 8, valid);
        Wire.Put(to, 12, 0u);
        Put(to[16..], status);
    }

    /// <summary>Writes <see cref="Wire.EntryOut"/> bytes. A node's id is its inode's, which is never used twice: the generation is always 0.</summary>
    public static void PutEntry(Span<byte> to, FileStatus status, TimeSpan entryValid, TimeSpan attributesValid)
    {
        Wire.Put(to, 0, status.Inode.Value);
        Wire.Put(to, 8, 0UL);
        PutValid(to, 16, 32, entryValid);
        PutValid(to, 24, 36, attributesValid);
        Put(to[40..], status);
    }

    /// <summary>Nanoseconds since 1970 from seconds, which may be negative, and nanoseconds of a second.</summary>
    public static long UnixNs(long seconds, uint nanoseconds) => checked((seconds * NsPerSecond) + nanoseconds);

    private static void PutTime(Span<byte> to, int secondsAt, int nanosecondsAt, long unixNs)
    {
        var seconds = Math.DivRem(unixNs, NsPerSecond, out var rest);
        if (rest < 0)
        {
            (seconds, rest) = (seconds - 1, rest + NsPerSecond);
        }

        Wire.Put(to, secondsAt, seconds);
        Wire.Put(to, nanosecondsAt, (uint)rest);
    }

    private static void PutValid(Span<byte> to, int secondsAt, int nanosecondsAt, TimeSpan valid)
    {
        Wire.Put(to, secondsAt, (long)valid.TotalSeconds);
        Wire.Put(to, nanosecondsAt, (uint)(valid.Ticks % TimeSpan.TicksPerSecond * 100));
    }
}
