// Sizes and flags of the kernel's structures, and reading them by offset: all are in the machine's byte order.

using System.Runtime.InteropServices;
using AkkaDfs.Shared;

namespace AkkaDfs.Fuse.Protocol;

/// <summary>Lengths in bytes, and flags.</summary>
internal static class Wire
{
    public const int InHeader = 40;
    public const int OutHeader = 16;
    public const int Attributes = 88;
    public const int EntryOut = 128;
    public const int AttributesOut = 104;
    public const int OpenOut = 16;
    public const int InitOut = 64;
    public const int WriteIn = 40;
    public const int WriteOut = 8;
    public const int StatFsOut = 80;
    public const int LockOut = 24;
    public const int XattrSizeOut = 8;
    public const int SeekOut = 8;
    public const int Dirent = 24;
    public const int NotifyInode = 24;

    public const int MaxWriteBytes = 1 << 20;
    public const int PageBytes = 4096;

    /// <summary>A request with the most data fits.</summary>
    public const int BufferBytes = MaxWriteBytes + PageBytes;

    public const uint OpenDirectIo = 1;
    public const uint OpenKeepCache = 2;

    public const uint WriteCache = 1;
    public const uint ReleaseFlockUnlock = 2;
    public const uint LockIsFlock = 1;

    public const uint OAccess = 3;
    public const uint OReadOnly = 0;
    public const uint OWriteOnly = 1;
    public const uint OExclusive = 0x80;
    public const uint OTruncate = 0x200;
    public const uint OAppend = 0x400;
    public const uint ODataSync = 0x1000;

    /// <summary>As it is on x86-64; arm64 has another number for it.</summary>
    public static readonly uint ODirect = RuntimeInformation.OSArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x10000u : 0x4000u;

    public const int NotifyInvalidateInode = 2;

    public static ushort U16(ReadOnlySpan<byte> from, int at) => MemoryMarshal.Read<ushort>(from[at..]);

    public static uint U32(ReadOnlySpan<byte> from, int at) => MemoryMarshal.Read<uint>(from[at..]);

    public static ulong U64(ReadOnlySpan<byte> from, int at) => MemoryMarshal.Read<ulong>(from[at..]);

    public static long I64(ReadOnlySpan<byte> from, int at) => MemoryMarshal.Read<long>(from[at..]);

    public static void Put(Span<byte> to, int at, ushort value) => MemoryMarshal.Write(to[at..], value);

    public static void Put(Span<byte> to, int at, uint value) => MemoryMarshal.Write(to[at..], value);

    public static void Put(Span<byte> to, int at, int value) => MemoryMarshal.Write(to[at..], value);

    public static void Put(Span<byte> to, int at, ulong value) => MemoryMarshal.Write(to[at..], value);

    public static void Put(Span<byte> to, int at, long value) => MemoryMarshal.Write(to[at..], value);

    /// <summary>The bytes up to the next NUL; moves behind it. ProtocolViolation when there is none.</summary>
    public static ReadOnlySpan<byte> NextText(ref ReadOnlySpan<byte> from)
    {
        var end = from.IndexOf((byte)0);
        if (end < 0)
        {
            throw new DfsException(DfsErrorCode.ProtocolViolation, "The kernel sent a name without its end. Unmount, and report this with the kernel's version.");
        }

        var text = from[..end];
        from = from[(end + 1)..];
        return text;
    }
}
