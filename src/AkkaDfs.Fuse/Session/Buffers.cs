// Memory for requests and answers: pinned, so that the kernel copies from and to where it is used, and pooled, so that the data path
// makes no garbage. Who rents a buffer returns it.

using System.Collections.Concurrent;
using AkkaDfs.Fuse.Protocol;

namespace AkkaDfs.Fuse.Session;

/// <summary>Two sizes of buffers. Thread-safe.</summary>
internal sealed class Buffers
{
    /// <summary>Requests up to this size, data included, take a small buffer.</summary>
    public const int SmallBytes = 16 * 1024;

    private const int MostSmallKept = 256;
    private const int MostLargeKept = 24;

    private readonly ConcurrentBag<byte[]> _small = [];
    private readonly ConcurrentBag<byte[]> _large = [];

    /// <summary>A buffer of at least so many bytes, at most <see cref="Wire.BufferBytes"/>.</summary>
    public byte[] Rent(int bytes)
    {
        var (bag, size) = bytes <= SmallBytes ? (_small, SmallBytes) : (_large, Wire.BufferBytes);
        return bag.TryTake(out var buffer) ? buffer : GC.AllocateUninitializedArray<byte>(size, pinned: true);
    }

    /// <summary>Gives it back; nothing may use it any more.</summary>
    public void Return(byte[] buffer)
    {
        var (bag, most) = buffer.Length <= SmallBytes ? (_small, MostSmallKept) : (_large, MostLargeKept);
        if (bag.Count < most)
        {
            bag.Add(buffer);
        }
    }
}
