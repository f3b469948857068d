// The seam between everything that must survive a crash and the disk: small enough for a test to stand in for it, lose what
// was not synced, and fail on request. Failures are IOExceptions with the operating system's error number as HResult; see
// FileErrors.

namespace AkkaDfs.Shared.Files;

/// <summary>How to open a file.</summary>
public enum FileOpen
{
    /// <summary>It must exist; for reading only.</summary>
    Read,

    /// <summary>It must exist; for reading and writing.</summary>
    ReadWrite,

    /// <summary>For reading and writing; made when it does not exist.</summary>
    OpenOrCreate,

    /// <summary>For reading and writing; made, or cut to nothing.</summary>
    CreateOrTruncate,
}

/// <summary>The disk. Thread-safe; paths are absolute.</summary>
public interface IFileSystem
{
    /// <summary>Changes whenever unsynced writes may have been lost: with each boot of the machine. Empty when not known.</summary>
    Guid BootId { get; }

    /// <summary>Opens a file. FileNotFoundException or DirectoryNotFoundException when it is not there.</summary>
    IFile Open(string path, FileOpen mode);

    /// <summary>True when a file or directory of that name exists.</summary>
    bool Exists(string path);

    /// <summary>Makes a directory and its parents; nothing happens when it exists.</summary>
    void CreateDirectory(string path);

    /// <summary>Names (without path) of the files in a directory; empty when it does not exist.</summary>
    IReadOnlyList<string> ListFiles(string path);

    /// <summary>Renames a file or directory; a file takes the place of an existing file in one step.</summary>
    void Move(string from, string to);

    /// <summary>Deletes a file; nothing happens when it does not exist.</summary>
    void Delete(string path);

    /// <summary>Makes the names in a directory durable: files made, renamed and deleted.</summary>
    void SyncDirectory(string path);

    /// <summary>Makes everything on the file system that holds <paramref name="path"/> durable.</summary>
    void SyncAll(string path);

    /// <summary>Bytes that can still be written below <paramref name="path"/>.</summary>
    long FreeBytes(string path);

    /// <summary>Tells the disk that holds a path (which need not exist) from others; empty when not known.</summary>
    string DeviceOf(string path);

    /// <summary>Takes an exclusive lock that ends with the process; null when another holder (in this process or not) has it.</summary>
    IDisposable? TryLock(string path);
}

/// <summary>An open file. Thread-safe. Sync failures are final: what was written since the last good sync may be gone.</summary>
public interface IFile : IDisposable
{
    /// <summary>Length in bytes.</summary>
    long Length { get; }

    /// <summary>Reads until <paramref name="destination"/> is full or the file ends.</summary>
    /// <returns>Bytes read.</returns>
    int Read(Span<byte> destination, long offset);

    /// <summary>Writes everything or throws; what of it got through then is not known. A gap before it reads as NUL.</summary>
    void Write(ReadOnlySpan<byte> data, long offset);

    /// <summary>Turns a range within the file into NUL without changing the length.</summary>
    void Zero(long offset, long lengthBytes);

    /// <summary>Cuts or grows (with NUL).</summary>
    void SetLength(long lengthBytes);

    /// <summary>Makes content and length durable (fdatasync), but not the file's name.</summary>
    void Sync();
}
