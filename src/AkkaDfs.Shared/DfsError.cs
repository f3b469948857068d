// An expected failure as a value: what, why and what next, with advice that a program can follow.

namespace AkkaDfs.Shared;

/// <summary>What a caller should do about an error.</summary>
public enum DfsAdvice
{
    /// <summary>Report it; trying again will not help.</summary>
    Fail = 0,

    /// <summary>Try again after a short wait, with the same operation id.</summary>
    Retry = 1,

    /// <summary>Ask meta for the chunk's locations again, then try again with the same operation id.</summary>
    RefreshLocations = 2,

    /// <summary>The change may have happened; only a retry with the same operation id can tell.</summary>
    OutcomeUnknown = 3,
}

/// <summary>One expected failure.</summary>
/// <param name="Code">What kind.</param>
/// <param name="Message">What happened, why, and what to do next; one or two sentences for a person.</param>
/// <param name="RetryAfterMs">0, or how long to wait before another try.</param>
public sealed record DfsError(DfsErrorCode Code, string Message, int RetryAfterMs = 0)
{
    /// <summary>For FileLocked: who holds the lease; empty otherwise.</summary>
    public string Holder { get; init; } = string.Empty;

    /// <summary>For FileLocked: when the lease ends, in nanoseconds since 1970 (UTC); 0 otherwise.</summary>
    public long UntilUnixNs { get; init; }

    /// <summary>What a program should do.</summary>
    public DfsAdvice Advice => AdviceFor(Code);

    /// <summary>The advice that goes with a code.</summary>
    public static DfsAdvice AdviceFor(DfsErrorCode code) => code switch
    {
        DfsErrorCode.OutcomeUnknown => DfsAdvice.OutcomeUnknown,
        DfsErrorCode.Busy or DfsErrorCode.Unreachable or DfsErrorCode.ConnectionRefused or DfsErrorCode.ShuttingDown or DfsErrorCode.NotActingMeta
            or DfsErrorCode.SafeMode or DfsErrorCode.JournalUnreachable or DfsErrorCode.NotEnoughServers or DfsErrorCode.ChunkRecovering
            or DfsErrorCode.ChainBroken or DfsErrorCode.NoMetaAvailable or DfsErrorCode.SequenceGap => DfsAdvice.Retry,
        DfsErrorCode.ReplicaNotFound or DfsErrorCode.StaleGeneration or DfsErrorCode.NotPrimary or DfsErrorCode.ReplicaCorrupt
            or DfsErrorCode.ReplicaLost or DfsErrorCode.DiskError or DfsErrorCode.DiskFull or DfsErrorCode.NotServing
            or DfsErrorCode.NoReplicaAvailable or DfsErrorCode.ChunkNotFound => DfsAdvice.RefreshLocations,
        _ => DfsAdvice.Fail,
    };

    /// <inheritdoc/>
    public override string ToString() => $"{Code} ({(int)Code}): {Message}";

    /// <summary>This error as an exception, for interfaces that throw.</summary>
    public DfsException ToException(Exception? inner = null) => new(this, inner);
}

/// <summary>A <see cref="DfsError"/> thrown by the client library.</summary>
public sealed class DfsException : Exception
{
    /// <summary>Wraps an error.</summary>
    public DfsException(DfsError error, Exception? inner = null)
        : base(error.Message, inner) => Error = error;

    /// <summary>Wraps an error made of its parts.</summary>
    public DfsException(DfsErrorCode code, string message, Exception? inner = null)
        : this(new DfsError(code, message), inner)
    {
    }

    /// <summary>The error.</summary>
    public DfsError Error { get; }

    /// <summary>Shorthand for the error's code.</summary>
    public DfsErrorCode Code => Error.Code;
}
