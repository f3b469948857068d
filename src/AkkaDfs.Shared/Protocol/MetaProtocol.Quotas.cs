// Quotas of directories: how many nodes and how many bytes may lie below.

namespace AkkaDfs.Shared.Protocol;

public static partial class MetaProtocol
{
    /// <summary>Sets or ends a directory's quota. Superuser only. Answer: <see cref="QuotaReply"/>.</summary>
    /// <param name="Target">The directory.</param>
    /// <param name="MaxBytes">Most bytes of files below it (lengths, whatever the number of replicas); 0 for any.</param>
    /// <param name="MaxFiles">Most files, directories and links below it; 0 for any.</param>
    public sealed record SetQuota(PathRef Target, long MaxBytes, long MaxFiles) : Mutation;

    /// <summary>Asks for a directory's quota. Answer: <see cref="QuotaReply"/>.</summary>
    public sealed record GetQuota(PathRef Target) : Request;

    /// <summary>A quota and what is used of it; all 0 for a directory without one.</summary>
    /// <param name="MaxBytes">Most bytes; 0 for any.</param>
    /// <param name="MaxFiles">Most nodes; 0 for any.</param>
    /// <param name="UsedBytes">Bytes of the files below, as far as meta knows their lengths.</param>
    /// <param name="UsedFiles">Nodes below.</param>
    public sealed record QuotaReply(long MaxBytes, long MaxFiles, long UsedBytes, long UsedFiles) : Reply;
}
