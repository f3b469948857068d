// What the kernel asks, carried out on the cluster. Node ids are inode numbers, which are never used twice, so nothing is kept per node:
// only open files, open directories and owners of locks are known here. Permissions are checked by the kernel (default_permissions, with
// all that it knows of the caller) and again by meta.

using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Fuse.Session;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Operations;

/// <summary>Carries out requests. Thread-safe.</summary>
internal sealed partial class MountOperations(IMountedTree tree, MountOptions options, Action<string> log) : IAsyncDisposable
{
    private readonly OpenFiles _files = new();

    /// <summary>Set before the first request.</summary>
    public FuseSession Session { get; set; } = null!;

    /// <summary>Carries out one request and answers it.</summary>
    public ValueTask HandleAsync(FuseRequest request) => request.Opcode switch
    {
        Opcode.Lookup => new ValueTask(LookupAsync(request)),
        Opcode.GetAttributes => new ValueTask(GetAttributesAsync(request)),
        Opcode.SetAttributes => new ValueTask(SetAttributesAsync(request)),
        Opcode.ReadLink => new ValueTask(ReadLinkAsync(request)),
        Opcode.SymbolicLink => new ValueTask(SymbolicLinkAsync(request)),
        Opcode.MakeNode => new ValueTask(MakeNodeAsync(request)),
        Opcode.MakeDirectory => new ValueTask(MakeDirectoryAsync(request)),
        Opcode.Unlink => new ValueTask(RemoveAsync(request, MetaProtocol.RemoveKind.NotDirectory)),
        Opcode.RemoveDirectory => new ValueTask(RemoveAsync(request, MetaProtocol.RemoveKind.Directory)),
        Opcode.Rename or Opcode.Rename2 => new ValueTask(RenameAsync(request)),
        Opcode.Link => new ValueTask(LinkAsync(request)),
        Opcode.Open => new ValueTask(OpenAsync(request)),
        Opcode.Create => new ValueTask(CreateAsync(request)),
        Opcode.Read => new ValueTask(ReadAsync(request)),
        Opcode.Write => new ValueTask(WriteAsync(request)),
        Opcode.Flush => new ValueTask(FlushAsync(request)),
        Opcode.Release => new ValueTask(ReleaseAsync(request)),
        Opcode.Fsync => new ValueTask(FsyncAsync(request)),
        Opcode.Fallocate => new ValueTask(FallocateAsync(request)),
        Opcode.Seek => new ValueTask(SeekAsync(request)),
        Opcode.OpenDirectory => OpenDirectory(request),
        Opcode.ReadDirectory or Opcode.ReadDirectoryPlus => new ValueTask(ReadDirectoryAsync(request)),
        Opcode.ReleaseDirectory => ReleaseDirectory(request),
        Opcode.StatFileSystem => new ValueTask(StatFileSystemAsync(request)),
        Opcode.SetXattr => new ValueTask(SetXattrAsync(request)),
        Opcode.GetXattr => new ValueTask(GetXattrAsync(request)),
        Opcode.ListXattr => new ValueTask(ListXattrAsync(request)),
        Opcode.RemoveXattr => new ValueTask(RemoveXattrAsync(request)),
        Opcode.Access => new ValueTask(AccessAsync(request)),
        Opcode.GetLock => new ValueTask(GetLockAsync(request)),
        Opcode.SetLock or Opcode.SetLockWait => new ValueTask(SetLockAsync(request)),

        // Every change of the tree is durable before it is answered.
        Opcode.FsyncDirectory or Opcode.Destroy => Answer(request, 0),

        // The kernel remembers this for good, and does without.
        _ => Answer(request, Errno.NotKnown),
    };

    /// <summary>Closes what is still open.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var open in _files.All)
        {
            await CloseAsync(open).ConfigureAwait(false);
        }
    }

    private static ValueTask Answer(FuseRequest request, int error)
    {
        request.Answer(error);
        return ValueTask.CompletedTask;
    }

    private static InodeId Inode(ulong value) => new(value);

    // Takes the next name of a request.
    private static PathRef NextEntry(InodeId directory, ref ReadOnlySpan<byte> body)
    {
        var name = Wire.NextText(ref body);
        return name.Length <= PathText.MaxNameBytes
            ? new PathRef(directory, PathText.FromBytes(name))
            : throw new DfsException(DfsErrorCode.NameTooLong, $"A name of {name.Length} bytes is over {PathText.MaxNameBytes}.");
    }

    private async Task<FileStatus> AskStatusAsync(MetaProtocol.Request request, FuseRequest from)
        => (await tree.AskAsync<MetaProtocol.StatusReply>(request with { Caller = Callers.Of(from) }, from.Token).ConfigureAwait(false)).Status;

    private Task AskDoneAsync(MetaProtocol.Request request, FuseRequest from)
        => tree.AskAsync<MetaProtocol.Done>(request with { Caller = Callers.Of(from) }, from.Token);

    /// <summary>A node's state, with what this mount has written to it.</summary>
    private async Task<FileStatus> StatusAsync(InodeId node, CancellationToken cancellationToken)
    {
        await MeasureAsync(node, cancellationToken).ConfigureAwait(false);
        var reply = await tree.AskAsync<MetaProtocol.StatusReply>(
            new MetaProtocol.GetStatus(PathRef.Of(node), FollowLink: false), cancellationToken).ConfigureAwait(false);
        return await ExactAsync(reply.Status, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<FileStatus> ExactAsync(FileStatus status, CancellationToken cancellationToken)
    {
        if (status.Kind != NodeKind.File)
        {
            return status;
        }

        if (_files.Of(status.Inode).Any(f => f.IsDirty))
        {
            return await StatusAsync(status.Inode, cancellationToken).ConfigureAwait(false);
        }

        return status.LengthIsExact ? status : await tree.GetFileAsync(status.Inode, cancellationToken).ConfigureAwait(false);
    }

    // Times and lengths at meta are those of the last telling.
    private async ValueTask MeasureAsync(InodeId node, CancellationToken cancellationToken)
    {
        foreach (var open in _files.Of(node))
        {
            await open.MeasureAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AnswerEntryAsync(FuseRequest request, FileStatus status)
    {
        status = await ExactAsync(status, request.Token).ConfigureAwait(false);
        AnswerEntry(request, status);
    }

    private void AnswerEntry(FuseRequest request, FileStatus status)
    {
        Span<byte> answer = stackalloc byte[Wire.EntryOut];
        AttributeWire.PutEntry(answer, status, options.EntryValid, options.AttributesValid);
        request.Answer(answer);
    }

    private void AnswerAttributes(FuseRequest request, FileStatus status)
    {
        Span<byte> answer = stackalloc byte[Wire.AttributesOut];
        AttributeWire.PutAttributes(answer, status, options.AttributesValid);
        request.Answer(answer);
    }
}
