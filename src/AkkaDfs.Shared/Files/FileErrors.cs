// Turns what the disk throws into typed errors.

namespace AkkaDfs.Shared.Files;

/// <summary>Classifies failures of <see cref="IFileSystem"/>.</summary>
public static class FileErrors
{
    /// <summary>Linux error number: input/output error.</summary>
    public const int Eio = 5;

    /// <summary>Linux error number: no space left on device.</summary>
    public const int Enospc = 28;

    private const int Edquot = 122;

    /// <summary>True for the exceptions that <see cref="IFileSystem"/> and <see cref="IFile"/> throw when the disk fails.</summary>
    public static bool IsDiskFailure(Exception failure) => failure is IOException or UnauthorizedAccessException;

    /// <summary>True when the disk, or the quota on it, is full.</summary>
    public static bool IsFull(Exception failure) => failure is IOException && failure.HResult is Enospc or Edquot;

    /// <summary>True when the file or its directory does not exist.</summary>
    public static bool IsMissing(Exception failure) => failure is FileNotFoundException or DirectoryNotFoundException;

    /// <summary>DiskFull or DiskError, with what was being done and why it failed.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <param name="doing">Completes "Could not …", with the path.</param>
    public static DfsError ToError(Exception failure, string doing) => IsFull(failure)
        ? new DfsError(DfsErrorCode.DiskFull, $"Could not {doing}: the disk is full. Free space there or add a data folder.")
        : new DfsError(DfsErrorCode.DiskError, $"Could not {doing}: {failure.Message} Check the disk and its mount.");
}
