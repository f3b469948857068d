// Whether a path is a regular file, which .NET does not tell: by the statx system call where there is one.

using System.Runtime.InteropServices;

namespace AkkaDfs.Client.Transfer;

/// <summary>Kinds of local files.</summary>
internal static partial class FileKind
{
    private const int RegularTypeBits = 0x8000;
    private const int TypeMask = 0xF000;
    private const int AtFdCwd = -100;
    private const int StatxType = 1;
    private const int ModeOffset = 28;

    /// <summary>True for a regular file; links are followed.</summary>
    public static bool IsRegular(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        // struct statx is the same on all Linux architectures, unlike struct stat: stx_mode is 16 bits at offset 28.
        var buffer = new byte[256];
        return Statx(AtFdCwd, path, 0, StatxType, buffer) == 0
            && (BitConverter.ToUInt16(buffer, ModeOffset) & TypeMask) == RegularTypeBits;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, [Out] byte[] buffer);
}
