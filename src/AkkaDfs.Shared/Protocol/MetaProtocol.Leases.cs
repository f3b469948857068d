// Leases of users: a file that nobody else may upload or download for a while, or that nobody may upload.

namespace AkkaDfs.Shared.Protocol;

public static partial class MetaProtocol
{
    /// <summary>Shortest lease, in milliseconds.</summary>
    public const long MinLeaseMs = 100;

    /// <summary>Longest lease, in milliseconds: a day.</summary>
    public const long MaxLeaseMs = 24L * 3600 * 1000;

    /// <summary>Longest name of a holder, in characters.</summary>
    public const int MaxHolder = 255;

    /// <summary>
    /// Takes a lease on a file, or changes and renews the one that this holder has. Answer: <see cref="LeasesReply"/> with it, or FileLocked.
    /// </summary>
    /// <param name="Target">The file.</param>
    /// <param name="IsShared">False: nobody else may read or write it. True: nobody may write it, and others may have shared leases, too.</param>
    /// <param name="LengthMs">From now on, on meta's clock; <see cref="MinLeaseMs"/> to <see cref="MaxLeaseMs"/>.</param>
    public sealed record TakeLease(PathRef Target, bool IsShared, long LengthMs) : Mutation;

    /// <summary>Gives a lease back. Answer: <see cref="Done"/>, or LeaseNotHeld.</summary>
    /// <param name="Target">The file.</param>
    /// <param name="Force">Ends all leases of the file, whoever holds them; superuser only.</param>
    public sealed record EndLease(PathRef Target, bool Force = false) : Mutation;

    /// <summary>Asks for the leases on a file. Answer: <see cref="LeasesReply"/>.</summary>
    public sealed record GetLeases(PathRef Target) : Request;

    /// <summary>A lease.</summary>
    /// <param name="Holder">Who has it.</param>
    /// <param name="IsShared">Whether others may have shared ones, too.</param>
    /// <param name="LeftMs">Milliseconds until it is over, on meta's clock.</param>
    /// <param name="UntilUnixNs">The same as a calendar time, for people.</param>
    public sealed record LeaseInfo(string Holder, bool IsShared, long LeftMs, long UntilUnixNs);

    /// <summary>Leases in the order in which they were taken.</summary>
    public sealed record LeasesReply(IReadOnlyList<LeaseInfo> Leases) : Reply;
}
