// Names: looking up, making, removing, moving.

using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Fuse.Session;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Operations;

internal sealed partial class MountOperations
{
    private const uint TypeMask = 0xF000;
    private const uint RegularFile = 0x8000;
    private const uint PermissionMask = 0xFFF;
    private const uint RenameNoReplace = 1;
    private const uint RenameExchange = 2;

    private async Task LookupAsync(FuseRequest request)
    {
        var status = await AskStatusAsync(new MetaProtocol.GetStatus(Entry(request, 0), FollowLink: false), request).ConfigureAwait(false);
        await AnswerEntryAsync(request, status).ConfigureAwait(false);
    }

    private async Task ReadLinkAsync(FuseRequest request)
    {
        var reply = await tree.AskAsync<MetaProtocol.StatusReply>(
            new MetaProtocol.GetStatus(PathRef.Of(request.Node), FollowLink: false), request.Token).ConfigureAwait(false);
        if (reply.Status.Kind == NodeKind.SymbolicLink)
        {
            request.Answer(PathText.ToBytes(reply.Status.LinkTarget));
        }
        else
        {
            request.Answer(Errno.Invalid);
        }
    }

    private async Task SymbolicLinkAsync(FuseRequest request)
    {
        var status = await AskStatusAsync(Translate(request), request).ConfigureAwait(false);
        await AnswerEntryAsync(request, status).ConfigureAwait(false);

        static MetaProtocol.MakeSymbolicLink Translate(FuseRequest request)
        {
            var body = request.Body.Span;
            var entry = NextEntry(request.Node, ref body);
            return new MetaProtocol.MakeSymbolicLink(entry, PathText.FromBytes(Wire.NextText(ref body)));
        }
    }

    private async Task MakeNodeAsync(FuseRequest request)
    {
        var mode = Wire.U32(request.Body.Span, 0);
        var device = Wire.U32(request.Body.Span, 4);
        var entry = Entry(request, 16);
        if ((mode & TypeMask) is RegularFile or 0)
        {
            var made = await CreateFileAsync(request, entry, MetaProtocol.Disposition.CreateNew, mode).ConfigureAwait(false);
            AnswerEntry(request, made.Status);
            return;
        }

        AnswerEntry(request, await AskStatusAsync(new MetaProtocol.MakeSpecial(entry, mode, device), request).ConfigureAwait(false));
    }

    private async Task MakeDirectoryAsync(FuseRequest request)
    {
        var mode = Wire.U32(request.Body.Span, 0) & PermissionMask;
        AnswerEntry(request, await AskStatusAsync(new MetaProtocol.MakeDirectory(Entry(request, 8), mode), request).ConfigureAwait(false));
    }

    private async Task RemoveAsync(FuseRequest request, MetaProtocol.RemoveKind kind)
    {
        await AskDoneAsync(new MetaProtocol.Remove(Entry(request, 0), kind, SkipTrash: options.SkipTrash), request).ConfigureAwait(false);
        request.Answer(0);
    }

    private async Task RenameAsync(FuseRequest request)
    {
        var flags = request.Opcode == Opcode.Rename2 ? Wire.U32(request.Body.Span, 8) : 0;
        if (flags is not (0 or RenameNoReplace or RenameExchange))
        {
            request.Answer(Errno.Invalid);
            return;
        }

        await AskDoneAsync(Translate(request, flags), request).ConfigureAwait(false);
        request.Answer(0);

        static MetaProtocol.Rename Translate(FuseRequest request, uint flags)
        {
            var target = Inode(Wire.U64(request.Body.Span, 0));
            var body = request.Body.Span[(request.Opcode == Opcode.Rename2 ? 16 : 8)..];
            var from = NextEntry(request.Node, ref body);
            var to = NextEntry(target, ref body);
            var mode = flags switch
            {
                RenameNoReplace => MetaProtocol.RenameMode.NoReplace,
                RenameExchange => MetaProtocol.RenameMode.Exchange,
                _ => MetaProtocol.RenameMode.Replace,
            };
            return new MetaProtocol.Rename(from, to, mode);
        }
    }

    private async Task LinkAsync(FuseRequest request)
    {
        var existing = Inode(Wire.U64(request.Body.Span, 0));
        var status = await AskStatusAsync(new MetaProtocol.MakeHardLink(PathRef.Of(existing), Entry(request, 8)), request).ConfigureAwait(false);
        await AnswerEntryAsync(request, status).ConfigureAwait(false);
    }

    private async Task<MetaProtocol.FileOpened> CreateFileAsync(FuseRequest request, PathRef entry, MetaProtocol.Disposition disposition, uint mode)
    {
        var create = new MetaProtocol.CreateFile(entry, disposition, FileLayout.Default, mode & PermissionMask) { Caller = Callers.Of(request) };
        return await tree.AskAsync<MetaProtocol.FileOpened>(create, request.Token).ConfigureAwait(false);
    }

    // The only name of a request, behind a structure of so many bytes.
    private static PathRef Entry(FuseRequest request, int behind)
    {
        var body = request.Body.Span[behind..];
        return NextEntry(request.Node, ref body);
    }
}
