// What lies below a local path, ready to be uploaded: directories first, each before what is in it. Symbolic links to files
// are followed; links to directories, sockets, pipes and devices are left out and named.

using AkkaDfs.Client.Core;
using AkkaDfs.Shared;

namespace AkkaDfs.Client.Transfer;

/// <summary>A local file and where it goes.</summary>
internal sealed record UploadFile(string Local, string Remote, long LengthBytes, uint Mode);

/// <summary>A local tree.</summary>
internal sealed class LocalTree
{
    private const uint PermissionBits = 0xFFF;

    public List<(string Remote, uint Mode)> Directories { get; } = [];

    public List<UploadFile> Files { get; } = [];

    /// <summary>What was left out, each with the reason.</summary>
    public List<string> Skipped { get; } = [];

    public long TotalBytes => Files.Sum(f => f.LengthBytes);

    /// <summary>Adds a file, or a directory with all below it, that is to become <paramref name="remote"/>.</summary>
    /// <exception cref="DfsException">LocalFileError when it is not there, or is a directory and <paramref name="recursive"/> is false.</exception>
    public void Add(string local, string remote, bool recursive)
    {
        if (Directory.Exists(local))
        {
            if (!recursive)
            {
                throw new DfsException(DfsErrorCode.LocalFileError, $"{local} is a directory. Give -r to store it with all that is in it.");
            }

            AddDirectory(new DirectoryInfo(local), remote);
            return;
        }

        var file = new FileInfo(local);
        if (!file.Exists)
        {
            throw new DfsException(DfsErrorCode.LocalFileError, $"{local} does not exist. Check the path; relative paths start at {Environment.CurrentDirectory}.");
        }

        AddFile(file, remote);
    }

    private void AddDirectory(DirectoryInfo directory, string remote)
    {
        Directories.Add((remote, ModeOf(directory, 0x1ED)));
        foreach (var entry in directory.EnumerateFileSystemInfos().OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            var target = RemotePath.Join(remote, entry.Name);
            if (entry is DirectoryInfo below)
            {
                if (below.LinkTarget is not null)
                {
                    Skipped.Add($"{entry.FullName}: a symbolic link to a directory");
                }
                else
                {
                    AddDirectory(below, target);
                }
            }
            else
            {
                AddFile((FileInfo)entry, target);
            }
        }
    }

    private void AddFile(FileInfo file, string remote)
    {
        var real = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo;
        if (real is not { Exists: true })
        {
            Skipped.Add($"{file.FullName}: a symbolic link to nothing");
        }
        else if ((real.Attributes & (FileAttributes.Device | FileAttributes.Directory)) != 0 || !IsRegular(real))
        {
            Skipped.Add($"{file.FullName}: not a regular file");
        }
        else
        {
            Files.Add(new UploadFile(file.FullName, remote, real.Length, ModeOf(real, 0x1A4)));
        }
    }

    // .NET gives sockets, pipes and devices as normal files of length 0; opening a pipe would block for ever.
    private static bool IsRegular(FileInfo file) => file.Length > 0 || OperatingSystem.IsWindows() || FileKind.IsRegular(file.FullName);

    private static uint ModeOf(FileSystemInfo entry, uint otherwise)
        => OperatingSystem.IsWindows() ? otherwise : (uint)entry.UnixFileMode & PermissionBits;
}
