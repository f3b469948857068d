// INIT: what both sides can do. Older kernels than 5.4 (7.31) are refused: they know neither of the sizes below.

using AkkaDfs.Shared;

namespace AkkaDfs.Fuse.Protocol;

/// <summary>What was agreed on.</summary>
/// <param name="Minor">Version of the protocol, 7.x.</param>
/// <param name="Flags">Flags of both sides, the low 32 those of the first word.</param>
internal readonly record struct Negotiation(uint Minor, ulong Flags)
{
    public const uint Major = 7;
    public const uint OldestMinor = 31;
    public const uint NewestMinor = 41;

    public const ulong AsyncRead = 1UL << 0;
    public const ulong PosixLocks = 1UL << 1;
    public const ulong BigWrites = 1UL << 5;
    public const ulong FlockLocks = 1UL << 10;
    public const ulong AutoInvalidateData = 1UL << 12;
    public const ulong ReadDirectoryPlus = 1UL << 13;
    public const ulong ReadDirectoryPlusAuto = 1UL << 14;
    public const ulong AsyncDirectIo = 1UL << 15;
    public const ulong ParallelDirectoryOperations = 1UL << 18;
    public const ulong AbortError = 1UL << 21;
    public const ulong MaxPages = 1UL << 22;
    public const ulong CacheSymlinks = 1UL << 23;
    public const ulong InitExtended = 1UL << 30;
    public const ulong DirectIoAllowMmap = 1UL << 36;

    private const ushort MaxBackground = 64;
    private const ushort CongestionThreshold = 48;

    private const ulong Wanted = AsyncRead | PosixLocks | BigWrites | FlockLocks | AutoInvalidateData | AsyncDirectIo
        | ParallelDirectoryOperations | ReadDirectoryPlus | ReadDirectoryPlusAuto | CacheSymlinks | AbortError | MaxPages | InitExtended | DirectIoAllowMmap;

    /// <summary>Whether the kernel speaks a newer major version: then it is told ours, and asks again.</summary>
    public static bool IsNewerMajor(ReadOnlySpan<byte> init) => Wire.U32(init, 0) > Major;

    /// <summary>Reads what the kernel offers.</summary>
    /// <param name="init">The structure behind the header.</param>
    /// <exception cref="DfsException">VersionMismatch.</exception>
    public static Negotiation With(ReadOnlySpan<byte> init)
    {
        var (major, minor) = (Wire.U32(init, 0), Wire.U32(init, 4));
        if (major != Major || minor < OldestMinor)
        {
            throw new DfsException(
                DfsErrorCode.VersionMismatch, $"The kernel speaks version {major}.{minor} of the FUSE protocol; {Major}.{OldestMinor} (Linux 5.4) or newer is needed.");
        }

        ulong offered = Wire.U32(init, 12);
        if ((offered & InitExtended) != 0 && init.Length >= 20)
        {
            offered |= (ulong)Wire.U32(init, 16) << 32;
        }

        return new Negotiation(Math.Min(minor, NewestMinor), offered & Wanted);
    }

    /// <summary>Writes the answer, <see cref="Wire.InitOut"/> bytes.</summary>
    public void Write(Span<byte> to, uint maxReadAheadBytes)
    {
        to[..Wire.InitOut].Clear();
        Wire.Put(to, 0, Major);
        Wire.Put(to, 4, Minor);
        Wire.Put(to, 8, maxReadAheadBytes);
        Wire.Put(to, 12, (uint)Flags);
        Wire.Put(to, 16, MaxBackground);
        Wire.Put(to, 18, CongestionThreshold);
        Wire.Put(to, 20, (uint)Wire.MaxWriteBytes);
        Wire.Put(to, 24, 1u);
        Wire.Put(to, 28, (ushort)(Wire.MaxWriteBytes / Wire.PageBytes));
        Wire.Put(to, 32, (uint)(Flags >> 32));
    }
}
