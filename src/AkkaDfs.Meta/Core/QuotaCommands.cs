// Sets quotas and holds changes against them. Bytes are known to meta when chunks are measured, so a writer is stopped when he asks for
// the next chunk: what lies over a quota is at most one chunk for each file under write.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Core;

/// <summary>The rules of quotas.</summary>
internal sealed class QuotaCommands(MetaState state)
{
    private readonly Namespace _names = state.Durable.Names;

    internal MetaProtocol.Reply Set(MetaProtocol.SetQuota request)
    {
        if (!Permissions.IsSuperuser(request.Caller))
        {
            return new MetaProtocol.Failed(Errors.NotPermitted(request.Target, "only the superuser sets quotas"));
        }

        if (request.MaxBytes < 0 || request.MaxFiles < 0)
        {
            return new MetaProtocol.Failed(Errors.Argument($"A quota of {request.MaxBytes} bytes and {request.MaxFiles} files", "0 and up, 0 for any"));
        }

        if (Find(request.Target, request.Caller, out var directory) is { } error)
        {
            return new MetaProtocol.Failed(error);
        }

        state.Emit(new QuotaSet(directory.Id, request.MaxBytes, request.MaxFiles, state.Now.UnixNs));
        return Told(directory);
    }

    internal MetaProtocol.Reply Get(MetaProtocol.GetQuota request)
        => Find(request.Target, request.Caller, out var directory) is { } error ? new MetaProtocol.Failed(error) : Told(directory);

    /// <summary>Why so many more nodes cannot be made in a directory, or null.</summary>
    internal DfsError? WhyNotMake(DirectoryInode parent, int files = 1) => Exceeded(_names.ExceededBy(parent, 0, files));

    /// <summary>Why a node cannot come into a directory with all that is below it, or null.</summary>
    internal DfsError? WhyNotMove(DirectoryInode into, Inode node)
    {
        if (ReferenceEquals(into, node.Parent) || !_names.HasQuotaAbove(into))
        {
            return null;
        }

        var (bytes, files) = Namespace.CountBelow(node);
        return Exceeded(_names.ExceededBy(into, bytes, files, node.Parent));
    }

    /// <summary>Why a file cannot get the chunk of an index, or null.</summary>
    internal DfsError? WhyNotGrow(FileInode file, int index)
    {
        var more = Math.Max(0, ((long)index * file.Layout.ChunkSizeBytes) - file.LengthBytes);
        return file.Parent is { } parent ? Exceeded(_names.ExceededBy(parent, more + 1, 0)) : null;
    }

    /// <summary>Why no bytes can be written into a directory's new file, or null.</summary>
    internal DfsError? WhyNotWrite(DirectoryInode parent) => Exceeded(_names.ExceededBy(parent, 1, 0));

    private DfsError? Exceeded(DirectoryInode? directory)
    {
        if (directory is null)
        {
            return null;
        }

        var quota = _names.QuotaOf(directory.Id)!;
        return new DfsError(
            DfsErrorCode.QuotaExceeded,
            $"The quota of '{Namespace.PathOf(directory)}' does not allow that: {quota.UsedBytes} of {Most(quota.MaxBytes)} bytes and {quota.UsedFiles} of {Most(quota.MaxFiles)} files are used. Remove something below it, or have the quota raised.");
    }

    private static string Most(long value) => value == 0 ? "any number of" : value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private DfsError? Find(PathRef path, Caller caller, out DirectoryInode directory)
    {
        var code = _names.Resolve(path, true, caller, out var node);
        directory = (node as DirectoryInode)!;
        code = code != DfsErrorCode.None ? code
            : directory is null ? DfsErrorCode.NotADirectory
            : PastIds.IsPast(directory.Id) ? DfsErrorCode.SnapshotReadOnly
            : code;
        return code != DfsErrorCode.None ? Errors.Path(code, path) : null;
    }

    private MetaProtocol.QuotaReply Told(DirectoryInode directory)
        => _names.QuotaOf(directory.Id) is { } quota
            ? new MetaProtocol.QuotaReply(quota.MaxBytes, quota.MaxFiles, quota.UsedBytes, quota.UsedFiles)
            : new MetaProtocol.QuotaReply(0, 0, 0, 0);
}
