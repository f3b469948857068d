// A folder of the local disk behind the calls of the C library: what POSIX says, as the kernel has it.

using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Tests.Core;

/// <summary>A temporary folder; every call gives the error code that meta should give.</summary>
internal sealed class LocalFolder : IDisposable
{
    private const int AtFdCwd = -100;
    private const int NoFollow = 0x100;
    private const int CreateExclusively = 0xC1;
    private readonly string _root = Directory.CreateDirectory(
        Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"akkadfs-{Guid.NewGuid():N}")).FullName;

    internal DfsErrorCode Create(string path)
    {
        var file = open(_root + path, CreateExclusively, 0x1A4);
        var code = Code(file < 0 ? -1 : 0);
        _ = file < 0 ? 0 : close(file);
        return code;
    }

    internal DfsErrorCode MakeDirectory(string path) => Code(mkdir(_root + path, 0x1ED));

    internal DfsErrorCode MakePipe(string path) => Code(mkfifo(_root + path, 0x1A4));

    internal DfsErrorCode SymbolicLink(string target, string path) => Code(symlink(target, _root + path));

    internal DfsErrorCode HardLink(string from, string to) => Code(linkat(AtFdCwd, _root + from, AtFdCwd, _root + to, 0));

    internal DfsErrorCode Unlink(string path) => Code(unlink(_root + path));

    internal DfsErrorCode RemoveDirectory(string path) => Code(rmdir(_root + path));

    internal DfsErrorCode Rename(string from, string to, int flags) => Code(renameat2(AtFdCwd, _root + from, AtFdCwd, _root + to, (uint)flags));

    internal DfsErrorCode ChangeMode(string path, uint mode) => Code(chmod(_root + path, mode));

    /// <summary>Every node: path, mode with type, number of names (not of directories: file systems differ), link target, and the
    /// first path of the same node.</summary>
    internal IReadOnlyList<string> Tree()
    {
        var first = new Dictionary<ulong, string>();
        var lines = new List<string>();
        Walk(string.Empty, lines, first);
        return lines;
    }

    public void Dispose() => Directory.Delete(_root, true);

    private void Walk(string path, List<string> lines, Dictionary<ulong, string> first)
    {
        Span<byte> status = stackalloc byte[256];
        foreach (var name in new DirectoryInfo(_root + path).EnumerateFileSystemInfos().Select(i => i.Name).Order(StringComparer.Ordinal).ToArray())
        {
            var below = $"{path}/{name}";
            status.Clear();
            if (statx(AtFdCwd, _root + below, NoFollow, 0x7FF, ref MemoryMarshal.GetReference(status)) != 0)
            {
                throw new Win32Exception(Marshal.GetLastPInvokeError());
            }

            var mode = BinaryPrimitives.ReadUInt16LittleEndian(status[28..]);
            var inode = BinaryPrimitives.ReadUInt64LittleEndian(status[32..]);
            var isDirectory = (mode & 0xF000) == 0x4000;
            first.TryAdd(inode, below);
            var links = isDirectory ? 0 : BinaryPrimitives.ReadInt32LittleEndian(status[16..]);
            lines.Add($"{below} {mode:X} {links} {new FileInfo(_root + below).LinkTarget} {first[inode]}");
            if (isDirectory)
            {
                Walk(below, lines, first);
            }
        }
    }

    private static DfsErrorCode Code(int result) => result == 0 ? DfsErrorCode.None : Marshal.GetLastPInvokeError() switch
    {
        1 => DfsErrorCode.NotPermitted,
        2 => DfsErrorCode.FileNotFound,
        17 => DfsErrorCode.AlreadyExists,
        20 => DfsErrorCode.NotADirectory,
        21 => DfsErrorCode.IsADirectory,
        22 => DfsErrorCode.InvalidRename,
        39 => DfsErrorCode.DirectoryNotEmpty,
        40 => DfsErrorCode.TooManySymbolicLinks,
        var other => throw new Win32Exception(other),
    };

#pragma warning disable SA1300, IDE1006, CA2101, SYSLIB1054 // The names are the C library's; all texts are ASCII.
    [DllImport("libc", SetLastError = true)]
    private static extern int open(string path, int flags, uint mode);

    [DllImport("libc", SetLastError = true)]
    private static extern int close(int file);

    [DllImport("libc", SetLastError = true)]
    private static extern int mkdir(string path, uint mode);

    [DllImport("libc", SetLastError = true)]
    private static extern int mkfifo(string path, uint mode);

    [DllImport("libc", SetLastError = true)]
    private static extern int symlink(string target, string path);

    [DllImport("libc", SetLastError = true)]
    private static extern int linkat(int fromFolder, string from, int toFolder, string to, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int unlink(string path);

    [DllImport("libc", SetLastError = true)]
    private static extern int rmdir(string path);

    [DllImport("libc", SetLastError = true)]
    private static extern int renameat2(int fromFolder, string from, int toFolder, string to, uint flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int chmod(string path, uint mode);

    [DllImport("libc", SetLastError = true)]
    private static extern int statx(int folder, string path, int flags, uint mask, ref byte status);
}
