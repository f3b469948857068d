// Names: looking up, making, removing, moving.

using AkkaDfs.Fuse.Holds;
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
    private const string SnapshotName = ".snapshot";
    private const uint RenameNoReplace = 1;
    private const uint RenameExchange = 2;

    private ValueTask Lookup(FuseRequest request)
    {
        var entry = Entry(request, 0);
        HeldName? known = null;
        lock (_held.Gate)
        {
            // Answered with the gate held: what is given back afterwards is taken from the kernel after it has got this.
            if (entry.Path != SnapshotName && _held.Find(entry.Base) is { } directory)
            {
                if (directory.Names.TryGetValue(entry.Path, out known) ? known.IsAbsent : directory.IsComplete)
                {
                    return Answer(request, Errno.NoEntry);
                }

                if (known is not null && known.Inode != default && Believed(known.Inode, isHandedOut: true) is { } status)
                {
                    AnswerEntry(request, status, BelievedFor);
                    return ValueTask.CompletedTask;
                }
            }
        }

        return new ValueTask(LookupAsync(request, entry, known is { Inode.Value: not 0 } ? known : null));
    }

    private async Task LookupAsync(FuseRequest request, PathRef entry, HeldName? known)
    {
        if (entry.Path is "." or ".." or SnapshotName || entry.Base.IsPast)
        {
            // No entry of a directory that can be held.
            await AnswerEntryAsync(request, await AskStatusAsync(new MetaProtocol.GetStatus(entry, FollowLink: false), request).ConfigureAwait(false)).ConfigureAwait(false);
            return;
        }

        if (known is not null)
        {
            try
            {
                // The name is held, the state of what it names is not: a directory's stands under its own hold.
                var status = (known.Mode & TypeMask) == DirectoryType
                    ? (await HoldAsync(known.Inode, string.Empty, string.Empty, 0, request.Token).ConfigureAwait(false)).Directory
                    : await StatusAsync(known.Inode, request.Token).ConfigureAwait(false);
                AnswerHeldEntry(request, status);
                return;
            }
            catch (DfsException e) when (e.Code == DfsErrorCode.FileNotFound)
            {
                // Removed since: the name decides.
            }
        }

        var reply = await HoldAsync(entry.Base, entry.Path, PageAfter(entry.Base, out var limit), limit, request.Token).ConfigureAwait(false);
        if (reply.Named is null)
        {
            request.Answer(Errno.NoEntry);
        }
        else
        {
            AnswerHeldEntry(request, await ExactAsync(reply.Named.Status, request.Token).ConfigureAwait(false));
        }
    }

    // What was just asked is usually held by now; then the kernel may believe it, too.
    private void AnswerHeldEntry(FuseRequest request, FileStatus status)
    {
        lock (_held.Gate)
        {
            if (Believed(status.Inode, isHandedOut: true) is { } believed)
            {
                AnswerEntry(request, believed, BelievedFor);
                return;
            }
        }

        AnswerEntry(request, status);
    }

    // A directory that is asked for a name the first time gives a page of others, too; one that is asked for many gives them all.
    private string PageAfter(InodeId id, out int limit)
    {
        lock (_held.Gate)
        {
            if (_held.Find(id) is not { } directory)
            {
                limit = _held.IsRefused(id) ? 0 : FirstPage;
                return string.Empty;
            }

            limit = !directory.IsComplete && ++directory.Misses % MissesForMore == 0 && directory.Names.Count < MostListed ? NextPage : 0;
            return directory.Last;
        }
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
        var make = Translate(request);
        AnswerHeldEntry(request, await MakeAsync(request, make.Target, make).ConfigureAwait(false));

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
            var made = await CreateFileAsync(request, entry, MetaProtocol.Disposition.CreateNew, mode, allocates: false, null).ConfigureAwait(false);
            AnswerHeldEntry(request, made.Status);
            return;
        }

        AnswerHeldEntry(request, await MakeAsync(request, entry, new MetaProtocol.MakeSpecial(entry, mode, device)).ConfigureAwait(false));
    }

    private async Task MakeDirectoryAsync(FuseRequest request)
    {
        var entry = Entry(request, 8);
        var make = new MetaProtocol.MakeDirectory(entry, Wire.U32(request.Body.Span, 0) & PermissionMask);
        Asking asking;
        lock (_held.Gate)
        {
            // Whatever is asked back meanwhile may be this directory, whose number is not known yet.
            asking = _held.Ask(default);
        }

        FileStatus status;
        try
        {
            status = await MakeAsync(request, entry, make, asking).ConfigureAwait(false);
        }
        finally
        {
            lock (_held.Gate)
            {
                _held.EndAsking(asking);
            }
        }

        AnswerHeldEntry(request, status);
    }

    private async Task<FileStatus> MakeAsync(FuseRequest request, PathRef entry, MetaProtocol.Mutation make, Asking? asking = null)
    {
        var reply = await ChangeAsync(
            entry.Base,
            entry.Path,
            () => tree.AskAsync<MetaProtocol.StatusReply>(make with { Caller = Callers.Of(request) }, request.Token),
            (held, made) =>
            {
                _held.Made(held, entry.Path, made.Status, null, isMine: false);
                if (asking is not null)
                {
                    _held.TakeNew(asking, made.Status, entry.Base, made.IsHeld);
                }
            }).ConfigureAwait(false);
        return reply.Status;
    }

    private async Task RemoveAsync(FuseRequest request, MetaProtocol.RemoveKind kind)
    {
        var entry = Entry(request, 0);
        await TellOpenAtAsync(entry.Base, entry.Path).ConfigureAwait(false);
        await ChangeAsync(
            entry.Base,
            entry.Path,
            () => AskDoneAsync(new MetaProtocol.Remove(entry, kind, SkipTrash: options.SkipTrash), request),
            (held, done) => _held.Removed(held, entry.Path, done.AtUnixNs, kind == MetaProtocol.RemoveKind.Directory)).ConfigureAwait(false);
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

        var rename = Translate(request, flags);
        await TellOpenAtAsync(rename.From.Base, rename.From.Path).ConfigureAwait(false);
        await TellOpenAtAsync(rename.To.Base, rename.To.Path).ConfigureAwait(false);

        // Both ends are noted under the change of the other: nothing of it is believed before it is over.
        await ChangeAsync(
            rename.From.Base,
            rename.From.Path,
            () => ChangeAsync(rename.To.Base, rename.To.Path, () => AskDoneAsync(rename, request), (held, done) => _held.MovedIn(held, rename, done.AtUnixNs)),
            (held, done) => _held.MovedOut(held, rename, done.AtUnixNs)).ConfigureAwait(false);
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
        var entry = Entry(request, 8);

        // With two names it stands under no hold.
        await TellOpenAsync(_files.Of(existing)).ConfigureAwait(false);
        var status = await ChangeOfAsync(
            existing, async () => await MakeAsync(request, entry, new MetaProtocol.MakeHardLink(PathRef.Of(existing), entry)).ConfigureAwait(false)).ConfigureAwait(false);
        await AnswerEntryAsync(request, status!).ConfigureAwait(false);
    }

    private async Task<MetaProtocol.FileOpened> CreateFileAsync(
        FuseRequest request, PathRef entry, MetaProtocol.Disposition disposition, uint mode, bool allocates, Action<HeldName, MetaProtocol.FileOpened>? open)
    {
        var create = new MetaProtocol.CreateFile(entry, disposition, FileLayout.Default, mode & PermissionMask, AllocateFirst: allocates) { Caller = Callers.Of(request) };
        return await ChangeAsync(
            entry.Base,
            entry.Path,
            () => tree.AskAsync<MetaProtocol.FileOpened>(create, request.Token),
            (held, made) =>
            {
                if (!made.Created)
                {
                    _held.Unknown(held, entry.Path);
                }
                else if (_held.Made(held, entry.Path, made.Status, made.First, isMine: true) is { } name)
                {
                    open?.Invoke(name, made);
                }
            }).ConfigureAwait(false);
    }

    // The only name of a request, behind a structure of so many bytes.
    private static PathRef Entry(FuseRequest request, int behind)
    {
        var body = request.Body.Span[behind..];
        return NextEntry(request.Node, ref body);
    }
}
