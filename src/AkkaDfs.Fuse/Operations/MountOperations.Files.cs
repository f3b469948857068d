// Content: opening, reading, writing, closing.

using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Fuse.Session;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Operations;

internal sealed partial class MountOperations
{
    private const uint OpenToExecute = 0x20;

    private ValueTask Open(FuseRequest request)
    {
        var flags = Wire.U32(request.Body.Span, 0);
        if ((flags & Wire.OAccess) != Wire.OReadOnly || (flags & Wire.OTruncate) != 0)
        {
            return new ValueTask(OpenAsync(request, flags));
        }

        lock (_held.Gate)
        {
            // Nothing of it changes unasked while it is held; before it is given back, meta is told that it is open.
            if (_held.FindNode(request.Node) is not { MayOpen: true, Status: { Kind: NodeKind.File } status } name || _files.IsDirty(request.Node))
            {
                return new ValueTask(OpenAsync(request, flags));
            }

            AnswerOpen(request, _files.Add(request.Node, tree.OpenHeld(status, name.First, mayWrite: false), isDirect: (flags & Wire.OAppend) != 0, name.Directory.Id));
            return ValueTask.CompletedTask;
        }
    }

    private async Task OpenAsync(FuseRequest request, uint flags)
        => AnswerOpen(request, await OpenFileAsync(request, request.Node, Callers.Of(request), flags).ConfigureAwait(false));

    private static void AnswerOpen(FuseRequest request, OpenFile open)
    {
        Span<byte> answer = stackalloc byte[Wire.OpenOut];
        PutOpen(answer, open);
        request.Answer(answer);
    }

    private async Task CreateAsync(FuseRequest request)
    {
        var (flags, mode) = (Wire.U32(request.Body.Span, 0), Wire.U32(request.Body.Span, 4));
        var disposition = (flags & Wire.OExclusive) != 0 ? MetaProtocol.Disposition.CreateNew : MetaProtocol.Disposition.OpenOrCreate;
        var mayWrite = (flags & Wire.OAccess) != Wire.OReadOnly;
        OpenFile? open = null;
        var made = await CreateFileAsync(request, Entry(request, 16), disposition, mode, allocates: mayWrite && AreCreatedFilesWritten, (name, file) =>
        {
            // Under the hold on its directory: nobody else can have it open for writing, or take its name away, before that is given back.
            open = _files.Add(file.Status.Inode, tree.OpenHeld(file.Status, file.First, mayWrite), isDirect: (flags & Wire.OAppend) != 0, name.Directory.Id);
            open.IsNew = mayWrite;
        }).ConfigureAwait(false);

        // Whoever creates a file has it open as he asked, whatever its mode lets him do afterwards.
        open ??= await OpenFileAsync(request, made.Status.Inode, made.Created ? Caller.Superuser : Callers.Of(request), flags).ConfigureAwait(false);
        var status = made.Created ? made.Status with { LengthIsExact = true } : await ExactAsync(made.Status, request.Token).ConfigureAwait(false);
        Put(request, status, open);

        void Put(FuseRequest to, FileStatus file, OpenFile opened)
        {
            Span<byte> answer = stackalloc byte[Wire.EntryOut + Wire.OpenOut];
            AttributeWire.PutEntry(answer, file, options.EntryValid, options.AttributesValid);
            PutOpen(answer[Wire.EntryOut..], opened);
            to.Answer(answer);
        }
    }

    private async Task<OpenFile> OpenFileAsync(FuseRequest request, InodeId node, Caller caller, uint flags)
    {
        var access = (flags & OpenToExecute) != 0 ? MetaProtocol.Access.Execute
            : (flags & Wire.OAccess) switch
            {
                Wire.OReadOnly => MetaProtocol.Access.Read,
                Wire.OWriteOnly => MetaProtocol.Access.Write,
                _ => MetaProtocol.Access.ReadWrite,
            };
        var file = await tree.OpenAsync(node, caller, access, request.Token).ConfigureAwait(false);

        // The kernel would keep what is appended where it believes the end to be.
        return _files.Add(node, file, isDirect: (flags & Wire.OAppend) != 0);
    }

    private static void PutOpen(Span<byte> to, OpenFile open)
    {
        to[..Wire.OpenOut].Clear();
        Wire.Put(to, 0, open.Number);
        Wire.Put(to, 8, open.IsDirect ? Wire.OpenDirectIo : 0u);
    }

    private async Task ReadAsync(FuseRequest request)
    {
        var body = request.Body;
        var (offset, size) = (Wire.I64(body.Span, 8), (int)Math.Min(Wire.U32(body.Span, 16), Wire.MaxWriteBytes));
        if (_files.Find(Wire.U64(body.Span, 0)) is not { } open)
        {
            request.Answer(Errno.BadFile);
            return;
        }

        await DrainAsync(open.Node, sync: false).ConfigureAwait(false);
        size = UpToTheEnd(open, offset, size);
        if (size == 0)
        {
            request.Answer(ReadOnlySpan<byte>.Empty);
            return;
        }

        var answer = request.RentAnswer(size);
        var read = await open.File.ReadAsync(offset, answer.AsMemory(Wire.OutHeader, size), request.Token).ConfigureAwait(false);
        request.AnswerFrom(answer, read);

        // Not given back when the reading fails: a piece of it may still be on its way into the buffer.
        request.Return(answer);
    }

    // Where the end is known to be, nobody has to be asked whether there is more behind it.
    private int UpToTheEnd(OpenFile open, long offset, int size)
    {
        lock (_held.Gate)
        {
            return Believed(open.Node, isHandedOut: false) is { } status ? (int)Math.Clamp(status.LengthBytes - offset, 0, size) : size;
        }
    }

    private async Task FlushAsync(FuseRequest request)
    {
        var (number, owner) = (Wire.U64(request.Body.Span, 0), Wire.U64(request.Body.Span, 16));
        var open = _files.Find(number);
        if (open is not null)
        {
            await DrainAsync(open.Node, sync: false).ConfigureAwait(false);

            if (IsMine(open.Node))
            {
                // Nobody had it open before: whoever opens it from now on reads what is there, and its length is asked of those who have it
                // until meta knows.
                _ = TellAsync(open);
            }
            else
            {
                // Waited for: whoever has the file open elsewhere takes its time of change for the sign that his pages are old.
                await open.MeasureAsync(TellAsync, request.Token).ConfigureAwait(false);
            }
        }

        await ReleaseLocksAsync(request.Node, owner).ConfigureAwait(false);
        open?.ThrowFailure();
        request.Answer(0);
    }

    private async Task ReleaseAsync(FuseRequest request)
    {
        var (number, flags, owner) = (Wire.U64(request.Body.Span, 0), Wire.U32(request.Body.Span, 12), Wire.U64(request.Body.Span, 16));
        if ((flags & Wire.ReleaseFlockUnlock) != 0)
        {
            await UnlockAsync(request.Node, owner, MetaProtocol.LockKind.Flock).ConfigureAwait(false);
        }

        if (_files.Find(number) is { } open)
        {
            await CloseAsync(open).ConfigureAwait(false);
        }

        request.Answer(0);
    }
}
