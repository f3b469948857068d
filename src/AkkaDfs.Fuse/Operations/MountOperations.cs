// What the kernel asks, carried out on the cluster. Node ids are inode numbers, which are never used twice, so nothing is kept per node:
// only open files, open directories and owners of locks are known here. Permissions are checked by the kernel (default_permissions, with
// all that it knows of the caller) and again by meta.

using AkkaDfs.Fuse.Holds;
using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Fuse.Session;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Operations;

/// <summary>Carries out requests. Thread-safe.</summary>
internal sealed partial class MountOperations : IAsyncDisposable
{
    private readonly IMountedTree tree;
    private readonly MountOptions options;
    private readonly Action<string> log;
    private readonly OpenFiles _files;
    private readonly ITimer _upkeep;
    private readonly TimeProvider _time;
    private readonly Teller _teller;

    public MountOperations(IMountedTree mounted, MountOptions how, Action<string> takesLines, TimeProvider time)
    {
        (tree, options, log) = (mounted, how, takesLines);
        _time = time;
        _held = new HeldNames(time);
        _teller = new Teller(mounted, time);
        var budget = new ByteBudget(MostBehindBytes);
        _files = new OpenFiles(() => new WriteBehind(WritePieceAsync, budget, time));
        _upkeep = time.CreateTimer(_ => Upkeep(), null, UpkeepInterval, UpkeepInterval);
        _giving = GiveBackAsync();
    }

    /// <summary>Set before the first request.</summary>
    public FuseSession Session { get; set; } = null!;

    /// <summary>Carries out one request and answers it.</summary>
    public ValueTask HandleAsync(FuseRequest request) => request.Opcode switch
    {
        Opcode.Lookup => Lookup(request),
        Opcode.GetAttributes => GetAttributes(request),
        Opcode.SetAttributes => new ValueTask(SetAttributesAsync(request)),
        Opcode.ReadLink => new ValueTask(ReadLinkAsync(request)),
        Opcode.SymbolicLink => new ValueTask(SymbolicLinkAsync(request)),
        Opcode.MakeNode => new ValueTask(MakeNodeAsync(request)),
        Opcode.MakeDirectory => new ValueTask(MakeDirectoryAsync(request)),
        Opcode.Unlink => new ValueTask(RemoveAsync(request, MetaProtocol.RemoveKind.NotDirectory)),
        Opcode.RemoveDirectory => new ValueTask(RemoveAsync(request, MetaProtocol.RemoveKind.Directory)),
        Opcode.Rename or Opcode.Rename2 => new ValueTask(RenameAsync(request)),
        Opcode.Link => new ValueTask(LinkAsync(request)),
        Opcode.Open => Open(request),
        Opcode.Create => new ValueTask(CreateAsync(request)),
        Opcode.Read => new ValueTask(ReadAsync(request)),
        Opcode.Write => Write(request),
        Opcode.Flush => new ValueTask(FlushAsync(request)),
        Opcode.Release => new ValueTask(ReleaseAsync(request)),
        Opcode.Fsync => new ValueTask(FsyncAsync(request)),
        Opcode.Fallocate => new ValueTask(FallocateAsync(request)),
        Opcode.CopyFileRange => new ValueTask(CopyRangeAsync(request)),
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
        await _upkeep.DisposeAsync().ConfigureAwait(false);
        foreach (var open in _files.All)
        {
            _teller.Hurry();
            await CloseAsync(open).ConfigureAwait(false);
        }

        await _ended.CancelAsync().ConfigureAwait(false);
        await _giving.ConfigureAwait(false);
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

    private Task<MetaProtocol.Done> AskDoneAsync(MetaProtocol.Request request, FuseRequest from)
        => tree.AskAsync<MetaProtocol.Done>(request with { Caller = Callers.Of(from) }, from.Token);

    /// <summary>A node's state, with what this mount has written to it.</summary>
    private async Task<FileStatus> StatusAsync(InodeId node, CancellationToken cancellationToken)
    {
        await MeasureAsync(node, cancellationToken).ConfigureAwait(false);
        var askedAt = Moment();
        var reply = await tree.AskAsync<MetaProtocol.StatusReply>(
            new MetaProtocol.GetStatus(PathRef.Of(node), FollowLink: false), cancellationToken).ConfigureAwait(false);
        Note(askedAt, reply.Status);
        return await ExactAsync(reply.Status, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<FileStatus> ExactAsync(FileStatus status, CancellationToken cancellationToken)
    {
        if (status.Kind != NodeKind.File)
        {
            return status;
        }

        if (_files.IsDirty(status.Inode))
        {
            return await StatusAsync(status.Inode, cancellationToken).ConfigureAwait(false);
        }

        return status.LengthIsExact || IsMine(status.Inode) ? status : await tree.GetFileAsync(status.Inode, cancellationToken).ConfigureAwait(false);
    }

    // Of a file that this mount has made, and nobody else has opened for writing, meta's length is the one that it was told last.
    private bool IsMine(InodeId node)
    {
        lock (_held.Gate)
        {
            return _held.FindNode(node) is { IsMine: true };
        }
    }

    // Times and lengths at meta are those of the last telling.
    private async ValueTask MeasureAsync(InodeId node, CancellationToken cancellationToken)
    {
        await DrainAsync(node, sync: false).ConfigureAwait(false);
        foreach (var open in _files.Of(node))
        {
            if (open.IsDirty)
            {
                _teller.Hurry();
            }

            await open.MeasureAsync(TellAsync, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task TellAsync(OpenFile open, IReadOnlyList<MetaProtocol.ChunkLength> written)
        => ChangeOfAsync(open.Node, () => _teller.TellAsync(open.Node, written));

    private Task TellSoonAsync(OpenFile open, IReadOnlyList<MetaProtocol.ChunkLength> written)
        => ChangeOfAsync(open.Node, () => _teller.TellAsync(open.Node, written, canWait: true));

    private async Task AnswerEntryAsync(FuseRequest request, FileStatus status)
    {
        status = await ExactAsync(status, request.Token).ConfigureAwait(false);
        AnswerEntry(request, status);
    }

    private void AnswerEntry(FuseRequest request, FileStatus status) => AnswerEntry(request, status, options.AttributesValid);

    private void AnswerEntry(FuseRequest request, FileStatus status, TimeSpan attributesValid)
    {
        Span<byte> answer = stackalloc byte[Wire.EntryOut];
        AttributeWire.PutEntry(answer, status, options.EntryValid, attributesValid);
        request.Answer(answer);
    }

    private void AnswerAttributes(FuseRequest request, FileStatus status) => AnswerAttributes(request, status, options.AttributesValid);

    private static void AnswerAttributes(FuseRequest request, FileStatus status, TimeSpan valid)
    {
        Span<byte> answer = stackalloc byte[Wire.AttributesOut];
        AttributeWire.PutAttributes(answer, status, valid);
        request.Answer(answer);
    }
}
