// The system calls of the mount.

using System.Runtime.InteropServices;

namespace AkkaDfs.Fuse.Device;

/// <summary>Calls into libc; numbers as on all Linux architectures that .NET runs on.</summary>
internal static unsafe partial class Libc
{
    public const int OReadWrite = 2;
    public const int OCloseOnExec = 0x80000;
    public const int DetachMount = 2;
    public const ulong MountReadOnly = 1;
    public const ulong MountNoSuid = 2;
    public const ulong MountNoDevices = 4;
    public const ulong MountNoExecute = 8;
    public const int UnixStream = 1;
    public const int UnixFamily = 1;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Mount(string source, string target, string type, nuint flags, string data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unmount(string target, int flags);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "getegid")]
    public static partial uint EffectiveGroup();

    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    public static partial int NewSession();

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    public static partial int SocketPair(int family, int type, int protocol, int* pair);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    public static partial nint ReceiveMessage(int socket, MessageHeader* message, int flags);

    /// <summary>struct msghdr of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MessageHeader
    {
        public void* Name;
        public ulong NameLength;
        public IoVector* Vectors;
        public ulong VectorCount;
        public void* Control;
        public ulong ControlLength;
        public int Flags;
    }

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct IoVector
    {
        public void* Base;
        public ulong Length;
    }

    /// <summary>Reads into pinned memory. Negative: the error number, negated.</summary>
    public static int ReadInto(int descriptor, byte[] pinned)
    {
        fixed (byte* to = pinned)
        {
            var read = Read(descriptor, to, (nuint)pinned.Length);
            return read < 0 ? -Marshal.GetLastPInvokeError() : (int)read;
        }
    }

    /// <summary>Writes in one piece. Negative: the error number, negated.</summary>
    public static int WriteFrom(int descriptor, ReadOnlySpan<byte> data)
    {
        fixed (byte* from = data)
        {
            var written = Write(descriptor, from, (nuint)data.Length);
            return written < 0 ? -Marshal.GetLastPInvokeError() : (int)written;
        }
    }
}
