// The real disk: positional reads and writes on file handles, and the few calls that .NET does not offer (fdatasync, fsync of
// a directory, syncfs, hole punching) straight from libc.

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AkkaDfs.Shared.Files;

/// <summary>The operating system's files.</summary>
public sealed partial class DiskFileSystem : IFileSystem
{
    private const int ReadOnlyDirectory = 0x10000 | 0x80000; // O_DIRECTORY | O_CLOEXEC on Linux (x64)
    private const int ReadOnlyDirectoryArm = 0x4000 | 0x80000;

    /// <summary>The one instance; it has no state.</summary>
    public static readonly DiskFileSystem Instance = new();

    private DiskFileSystem()
    {
        const string Source = "/proc/sys/kernel/random/boot_id";
        BootId = File.Exists(Source) && Guid.TryParse(File.ReadAllText(Source).Trim(), out var id) ? id : Guid.Empty;
    }

    /// <inheritdoc/>
    public Guid BootId { get; }

    /// <inheritdoc/>
    public IFile Open(string path, FileOpen mode) => new DiskFile(File.OpenHandle(
        path,
        mode switch
        {
            FileOpen.OpenOrCreate => FileMode.OpenOrCreate,
            FileOpen.CreateOrTruncate => FileMode.Create,
            _ => FileMode.Open,
        },
        mode == FileOpen.Read ? FileAccess.Read : FileAccess.ReadWrite,
        FileShare.ReadWrite | FileShare.Delete));

    /// <inheritdoc/>
    public bool Exists(string path) => Path.Exists(path);

    /// <inheritdoc/>
    public void CreateDirectory(string path) => Directory.CreateDirectory(path);

    /// <inheritdoc/>
    public IReadOnlyList<string> ListFiles(string path)
    {
        if (!Directory.Exists(path))
        {
            return [];
        }

        var names = new List<string>();
        foreach (var file in Directory.EnumerateFiles(path))
        {
            names.Add(Path.GetFileName(file));
        }

        return names;
    }

    /// <inheritdoc/>
    public void Move(string from, string to)
    {
        if (Directory.Exists(from))
        {
            Directory.Move(from, to);
        }
        else
        {
            File.Move(from, to, overwrite: true);
        }
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        if (Directory.Exists(Path.GetDirectoryName(path)))
        {
            File.Delete(path);
        }
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path) => WithDirectory(path, static fd => Fsync(fd));

    /// <inheritdoc/>
    public void SyncAll(string path) => WithDirectory(path, static fd => Syncfs(fd));

    /// <inheritdoc/>
    public long FreeBytes(string path) => new DriveInfo(path).AvailableFreeSpace;

    /// <inheritdoc/>
    public string DeviceOf(string path)
    {
        const string Source = "/proc/self/mountinfo";
        var (device, longest) = (string.Empty, -1);
        if (!File.Exists(Source))
        {
            return device;
        }

        // "36 35 98:0 /root /mount/point options …"; a later mount on the same point covers the earlier one.
        foreach (var line in File.ReadLines(Source))
        {
            var fields = line.Split(' ', 6);
            var point = fields.Length < 6 ? string.Empty : fields[4].Replace("\\040", " ", StringComparison.Ordinal).TrimEnd('/');
            if (fields.Length == 6 && point.Length >= longest && (path == point || path.StartsWith(point + "/", StringComparison.Ordinal)))
            {
                (device, longest) = (fields[2], point.Length);
            }
        }

        return device;
    }

    /// <inheritdoc/>
    public IDisposable? TryLock(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure) when (failure is not (FileNotFoundException or DirectoryNotFoundException) && !FileErrors.IsFull(failure))
        {
            return null;
        }
    }

    private static void WithDirectory(string path, Func<int, int> call)
    {
        var flags = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? ReadOnlyDirectoryArm : ReadOnlyDirectory;
        var fd = OpenDescriptor(path, flags);
        if (fd < 0)
        {
            throw Failure($"open the directory {path}");
        }

        try
        {
            if (call(fd) != 0)
            {
                throw Failure($"sync {path}");
            }
        }
        finally
        {
            _ = CloseDescriptor(fd);
        }
    }

    private static IOException Failure(string doing)
    {
        var number = Marshal.GetLastPInvokeError();
        var message = $"Could not {doing}: {Marshal.GetPInvokeErrorMessage(number)}.";
        const int Enoent = 2;
        return number == Enoent ? new DirectoryNotFoundException(message) : new IOException(message, number);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int OpenDescriptor(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int fd);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int fd);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int Syncfs(int fd);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int Fdatasync(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Fallocate(SafeFileHandle handle, int mode, long offset, long length);

    private sealed class DiskFile(SafeFileHandle handle) : IFile
    {
        private static readonly byte[] Nul = new byte[64 * 1024];

        public long Length => RandomAccess.GetLength(handle);

        public int Read(Span<byte> destination, long offset)
        {
            var done = 0;
            while (done < destination.Length)
            {
                var count = RandomAccess.Read(handle, destination[done..], offset + done);
                if (count == 0)
                {
                    break;
                }

                done += count;
            }

            return done;
        }

        public void Write(ReadOnlySpan<byte> data, long offset) => RandomAccess.Write(handle, data, offset);

        public void Zero(long offset, long lengthBytes)
        {
            const int KeepSizePunchHole = 1 | 2;
            if (lengthBytes <= 0 || Fallocate(handle, KeepSizePunchHole, offset, lengthBytes) == 0)
            {
                return;
            }

            for (var end = offset + lengthBytes; offset < end; offset += Nul.Length)
            {
                Write(Nul.AsSpan(0, (int)Math.Min(Nul.Length, end - offset)), offset);
            }
        }

        public void SetLength(long lengthBytes) => RandomAccess.SetLength(handle, lengthBytes);

        public void Sync()
        {
            if (Fdatasync(handle) != 0)
            {
                throw Failure("sync a file");
            }
        }

        public void Dispose() => handle.Dispose();
    }
}
