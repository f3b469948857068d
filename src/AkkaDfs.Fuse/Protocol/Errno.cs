// Errors of the cluster as Linux's error numbers.

using AkkaDfs.Shared;

namespace AkkaDfs.Fuse.Protocol;

/// <summary>Error numbers, positive as in errno.h.</summary>
internal static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int InputOutput = 5;
    public const int NoDevice = 6;
    public const int BadFile = 9;
    public const int Again = 11;
    public const int Access = 13;
    public const int Busy = 16;
    public const int Exists = 17;
    public const int GoneDevice = 19;
    public const int NotDirectory = 20;
    public const int IsDirectory = 21;
    public const int Invalid = 22;
    public const int TooManyFiles = 23;
    public const int FileTooBig = 27;
    public const int NoSpace = 28;
    public const int ReadOnly = 30;
    public const int TooManyLinks = 31;
    public const int OutOfRange = 34;
    public const int Deadlock = 35;
    public const int NameTooLong = 36;
    public const int NotKnown = 38;
    public const int NotEmpty = 39;
    public const int Loop = 40;
    public const int NoData = 61;
    public const int NotSupported = 95;
    public const int NotConnected = 107;
    public const int Quota = 122;

    /// <summary>The number for an error. What Linux has no word for, or what a deadline ended, is EIO.</summary>
    public static int Of(DfsErrorCode code) => code switch
    {
        DfsErrorCode.FileNotFound => NoEntry,
        DfsErrorCode.AlreadyExists => Exists,
        DfsErrorCode.NotADirectory => NotDirectory,
        DfsErrorCode.IsADirectory => IsDirectory,
        DfsErrorCode.DirectoryNotEmpty => NotEmpty,
        DfsErrorCode.NameTooLong => NameTooLong,
        DfsErrorCode.InvalidPath or DfsErrorCode.InvalidArgument or DfsErrorCode.InvalidRename => Invalid,
        DfsErrorCode.PermissionDenied => Access,
        DfsErrorCode.NotPermitted => NotPermitted,
        DfsErrorCode.FileLocked or DfsErrorCode.HasSnapshots => Busy,
        DfsErrorCode.SnapshotReadOnly => ReadOnly,
        DfsErrorCode.QuotaExceeded => Quota,
        DfsErrorCode.DiskFull => NoSpace,
        DfsErrorCode.TooManySymbolicLinks => Loop,
        DfsErrorCode.TooManyLinks => TooManyLinks,
        DfsErrorCode.NotSupported => NotSupported,
        DfsErrorCode.AttributeNotFound => NoData,
        DfsErrorCode.AttributeTooLarge => NoSpace,
        DfsErrorCode.LockConflict => Again,
        DfsErrorCode.WouldDeadlock => Deadlock,
        DfsErrorCode.TooManyHandles => TooManyFiles,
        DfsErrorCode.OutOfRange => FileTooBig,
        DfsErrorCode.Cancelled => Interrupted,
        _ => InputOutput,
    };
}
