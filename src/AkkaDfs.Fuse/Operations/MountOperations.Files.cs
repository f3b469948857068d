// Content: opening, reading, writing, closing.

using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Fuse.Session;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Operations;

internal sealed partial class MountOperations
{
    private const uint OpenToExecute = 0x20;
    private const uint FallocateKeepSize = 1;
    private const uint FallocatePunch = 2;
    private const uint FallocateZero = 16;
    private const uint SeekData = 3;

    private static readonly byte[] Nul = new byte[Wire.MaxWriteBytes];

    private async Task OpenAsync(FuseRequest request)
    {
        var flags = Wire.U32(request.Body.Span, 0);
        var open = await OpenFileAsync(request, request.Node, Callers.Of(request), flags).ConfigureAwait(false);
        Put(request, open);

        static void Put(FuseRequest request, OpenFile open)
        {
            Span<byte> answer = stackalloc byte[Wire.OpenOut];
            PutOpen(answer, open);
            request.Answer(answer);
        }
    }

    private async Task CreateAsync(FuseRequest request)
    {
        var (flags, mode) = (Wire.U32(request.Body.Span, 0), Wire.U32(request.Body.Span, 4));
        var disposition = (flags & Wire.OExclusive) != 0 ? MetaProtocol.Disposition.CreateNew : MetaProtocol.Disposition.OpenOrCreate;
        var made = await CreateFileAsync(request, Entry(request, 16), disposition, mode).ConfigureAwait(false);

        // Whoever creates a file has it open as he asked, whatever its mode lets him do afterwards.
        var caller = made.Created ? Caller.Superuser : Callers.Of(request);
        var open = await OpenFileAsync(request, made.Status.Inode, caller, flags).ConfigureAwait(false);
        var status = await ExactAsync(made.Status, request.Token).ConfigureAwait(false);
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

        var answer = request.RentAnswer(size);
        var read = await open.File.ReadAsync(offset, answer.AsMemory(Wire.OutHeader, size), request.Token).ConfigureAwait(false);
        request.AnswerFrom(answer, read);

        // Not given back when the reading fails: a piece of it may still be on its way into the buffer.
        request.Return(answer);
    }

    private async Task WriteAsync(FuseRequest request)
    {
        var body = request.Body;
        var (offset, size) = (Wire.I64(body.Span, 8), checked((int)Wire.U32(body.Span, 16)));
        var (isFromCache, flags) = ((Wire.U32(body.Span, 20) & Wire.WriteCache) != 0, Wire.U32(body.Span, 32));
        if (_files.Find(Wire.U64(body.Span, 0)) is not { } open)
        {
            request.Answer(Errno.BadFile);
            return;
        }

        var data = body.Slice(Wire.WriteIn, size);
        var sync = options.IsSync || (flags & Wire.ODataSync) != 0;
        var written = offset;
        if (size > 0)
        {
            // Before: a write that failed may have changed something.
            open.MarkDirty();
            if ((flags & Wire.OAppend) != 0 && !isFromCache)
            {
                written = await open.File.AppendAsync(data, sync, request.Token).ConfigureAwait(false);
            }
            else
            {
                await open.File.WriteAsync(offset, data, sync, request.Token).ConfigureAwait(false);
            }

            open.MarkDirty();
        }

        Put(request, size);
        if (written != offset && !open.IsDirect)
        {
            Session.Invalidate(open.Node);
        }

        static void Put(FuseRequest request, int size)
        {
            Span<byte> answer = stackalloc byte[Wire.WriteOut];
            answer.Clear();
            Wire.Put(answer, 0, size);
            request.Answer(answer);
        }
    }

    private async Task FlushAsync(FuseRequest request)
    {
        var (number, owner) = (Wire.U64(request.Body.Span, 0), Wire.U64(request.Body.Span, 16));
        if (_files.Find(number) is { } open)
        {
            // Waited for: whoever has the file open elsewhere takes its time of change for the sign that his pages are old.
            await open.MeasureAsync(request.Token).ConfigureAwait(false);
        }

        await ReleaseLocksAsync(request.Node, owner).ConfigureAwait(false);
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

    private async Task TellAsync(OpenFile open)
    {
        try
        {
            await open.MeasureAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (DfsException e)
        {
            log($"what was written last to node {open.Node} could not be told to meta, which learns it from the chunk servers: {e.Error}");
        }
    }

    // Nobody is left to be told of an error: every write has had its own answer.
    private async Task CloseAsync(OpenFile open)
    {
        await TellAsync(open).ConfigureAwait(false);
        if (_files.Take(open.Number) is null)
        {
            return;
        }

        try
        {
            await open.File.DisposeAsync().ConfigureAwait(false);
        }
        catch (DfsException e)
        {
            log($"node {open.Node} could not be closed in good order: {e.Error}");
        }
    }

    private async Task FsyncAsync(FuseRequest request)
    {
        await MeasureAsync(request.Node, request.Token).ConfigureAwait(false);
        var before = await StatusAsync(request.Node, request.Token).ConfigureAwait(false);
        var brought = false;
        foreach (var open in _files.Of(request.Node))
        {
            brought |= await open.File.SyncAsync(request.Token).ConfigureAwait(false);
            await open.File.MeasureAsync(request.Token).ConfigureAwait(false);
        }

        if (brought)
        {
            await KeepTimeAsync(request, before).ConfigureAwait(false);
        }

        request.Answer(0);
    }

    // Bringing to disk is an operation of the chunk, but no change of the file: its time stays what it was, perhaps one that was set.
    private async Task KeepTimeAsync(FuseRequest request, FileStatus before)
    {
        var after = await StatusAsync(request.Node, request.Token).ConfigureAwait(false);
        if (after.ModifiedUnixNs != before.ModifiedUnixNs)
        {
            var set = new MetaProtocol.SetAttributes(PathRef.Of(request.Node), FollowLink: false) { ModifiedUnixNs = before.ModifiedUnixNs };
            await tree.AskAsync<MetaProtocol.StatusReply>(set, request.Token).ConfigureAwait(false);
        }
    }

    private async Task FallocateAsync(FuseRequest request)
    {
        var body = request.Body;
        var (offset, length, mode) = (Wire.I64(body.Span, 8), Wire.I64(body.Span, 16), Wire.U32(body.Span, 24));
        if (mode is not (0 or FallocateKeepSize or FallocateZero or (FallocateZero | FallocateKeepSize) or (FallocatePunch | FallocateKeepSize)))
        {
            request.Answer(Errno.NotSupported);
            return;
        }

        if (_files.Find(Wire.U64(body.Span, 0)) is not { } open)
        {
            request.Answer(Errno.BadFile);
            return;
        }

        var (end, old) = (offset + length, (await StatusAsync(open.Node, request.Token).ConfigureAwait(false)).LengthBytes);
        if ((mode & (FallocatePunch | FallocateZero)) != 0)
        {
            for (var at = offset; at < Math.Min(end, old); at += Nul.Length)
            {
                open.MarkDirty();
                await open.File.WriteAsync(at, Nul.AsMemory(0, (int)Math.Min(Nul.Length, Math.Min(end, old) - at)), options.IsSync, request.Token).ConfigureAwait(false);
            }
        }

        // By appending: setting the length would cut off what others have appended meanwhile.
        for (var at = (mode & FallocateKeepSize) != 0 ? end : old; at < end; at += Nul.Length)
        {
            open.MarkDirty();
            await open.File.AppendAsync(Nul.AsMemory(0, (int)Math.Min(Nul.Length, end - at)), options.IsSync, request.Token).ConfigureAwait(false);
        }

        open.MarkDirty();
        request.Answer(0);
    }

    // The whole file counts as data; the only hole is the one behind its end.
    private async Task SeekAsync(FuseRequest request)
    {
        var (offset, whence) = (Wire.I64(request.Body.Span, 8), Wire.U32(request.Body.Span, 16));
        var length = (await StatusAsync(request.Node, request.Token).ConfigureAwait(false)).LengthBytes;
        if (offset < 0 || offset >= length)
        {
            request.Answer(Errno.NoDevice);
            return;
        }

        Put(request, whence == SeekData ? offset : length);

        static void Put(FuseRequest request, long found)
        {
            Span<byte> answer = stackalloc byte[Wire.SeekOut];
            Wire.Put(answer, 0, found);
            request.Answer(answer);
        }
    }
}
