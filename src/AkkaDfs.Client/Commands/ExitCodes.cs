// What `dfs` tells the shell. Documented in docs/cli.md; numbers are never reused.

using AkkaDfs.Shared;

namespace AkkaDfs.Client.Commands;

/// <summary>Exit codes.</summary>
public static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>Failed; the message says why.</summary>
    public const int Failed = 1;

    /// <summary>The command line cannot be understood.</summary>
    public const int Usage = 2;

    /// <summary>No such file or directory.</summary>
    public const int NotFound = 3;

    /// <summary>No meta node answers.</summary>
    public const int NoMeta = 4;

    /// <summary>What was read back is not what was stored.</summary>
    public const int ContentDiffers = 5;

    /// <summary>The name is taken, or the directory is not empty.</summary>
    public const int Exists = 6;

    /// <summary>The deadline passed; a write may or may not have happened.</summary>
    public const int TimedOut = 7;

    /// <summary>No replica could serve, or too few servers are alive.</summary>
    public const int Unavailable = 8;

    /// <summary>A check has found chunks that are not healthy.</summary>
    public const int Unhealthy = 9;

    /// <summary>Somebody else has a lease on the file.</summary>
    public const int Locked = 10;

    /// <summary>Interrupted by Ctrl+C or a signal.</summary>
    public const int Interrupted = 130;

    /// <summary>The exit code that goes with an error.</summary>
    public static int Of(DfsErrorCode code) => code switch
    {
        DfsErrorCode.None => Ok,
        DfsErrorCode.InvalidArgument or DfsErrorCode.InvalidConfiguration or DfsErrorCode.InvalidPath or DfsErrorCode.NameTooLong => Usage,
        DfsErrorCode.FileNotFound => NotFound,
        DfsErrorCode.NoMetaAvailable => NoMeta,
        DfsErrorCode.ContentMismatch => ContentDiffers,
        DfsErrorCode.AlreadyExists or DfsErrorCode.DirectoryNotEmpty => Exists,
        DfsErrorCode.Timeout or DfsErrorCode.OutcomeUnknown => TimedOut,
        DfsErrorCode.NoReplicaAvailable or DfsErrorCode.NotEnoughServers or DfsErrorCode.SafeMode => Unavailable,
        DfsErrorCode.FileLocked => Locked,
        DfsErrorCode.Cancelled => Interrupted,
        _ => Failed,
    };
}
