// Attributes: reading and setting them, access, extended ones, and the state of the file system.

using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Fuse.Session;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Operations;

internal sealed partial class MountOperations
{
    private const uint SetMode = 1;
    private const uint SetUid = 2;
    private const uint SetGid = 4;
    private const uint SetSize = 8;
    private const uint SetAccessed = 16;
    private const uint SetModified = 32;
    private const uint SetByHandle = 64;
    private const uint SetAccessedNow = 128;
    private const uint SetModifiedNow = 256;
    private const uint SetUserBits = 0xC00;
    private const int XattrCreate = 1;
    private const int XattrReplace = 2;
    private const int StatBlockBytes = 4096;

    private ValueTask GetAttributes(FuseRequest request)
    {
        lock (_held.Gate)
        {
            if (Believed(request.Node, isHandedOut: true) is { } status)
            {
                AnswerAttributes(request, status, BelievedFor);
                return ValueTask.CompletedTask;
            }
        }

        return new ValueTask(GetAttributesAsync(request));
    }

    private async Task GetAttributesAsync(FuseRequest request)
    {
        var status = await StatusAsync(request.Node, request.Token).ConfigureAwait(false);
        lock (_held.Gate)
        {
            if (Believed(request.Node, isHandedOut: true) is { } believed)
            {
                AnswerAttributes(request, believed, BelievedFor);
                return;
            }
        }

        AnswerAttributes(request, status);
    }

    private async Task SetAttributesAsync(FuseRequest request)
    {
        var valid = Wire.U32(request.Body.Span, 0);
        FileStatus? status = null;
        if ((valid & SetSize) != 0)
        {
            status = await ChangeOfAsync(request.Node, async () =>
            {
                await SetLengthAsync(request, valid).ConfigureAwait(false);
                return null;
            }).ConfigureAwait(false);
        }

        if ((valid & (SetMode | SetUid | SetGid | SetAccessed | SetModified)) != 0)
        {
            if ((valid & SetModified) != 0)
            {
                // Otherwise the telling would come after, and set the time to its own.
                await MeasureAsync(request.Node, request.Token).ConfigureAwait(false);
            }

            var set = Translate(request, valid);
            set = set with { Caller = await MayKillPrivilegesAsync(request, set).ConfigureAwait(false) ? Caller.Superuser : Callers.Of(request) };
            status = await ChangeOfAsync(
                request.Node, async () => (await tree.AskAsync<MetaProtocol.StatusReply>(set, request.Token).ConfigureAwait(false)).Status).ConfigureAwait(false);
        }

        status = status is null ? await StatusAsync(request.Node, request.Token).ConfigureAwait(false) : await ExactAsync(status, request.Token).ConfigureAwait(false);
        AnswerAttributes(request, status);
    }

    private static MetaProtocol.SetAttributes Translate(FuseRequest request, uint valid)
    {
        var body = request.Body.Span;
        return new MetaProtocol.SetAttributes(PathRef.Of(request.Node), FollowLink: false)
        {
            Mode = (valid & SetMode) != 0 ? Wire.U32(body, 68) & PermissionMask : null,
            Uid = (valid & SetUid) != 0 ? Wire.U32(body, 76) : null,
            Gid = (valid & SetGid) != 0 ? Wire.U32(body, 80) : null,
            AccessedUnixNs = (valid & SetAccessed) == 0 ? null
                : (valid & SetAccessedNow) != 0 ? MetaProtocol.SetAttributes.Now
                : AttributeWire.UnixNs(Wire.I64(body, 32), Wire.U32(body, 56)),
            ModifiedUnixNs = (valid & SetModified) == 0 ? null
                : (valid & SetModifiedNow) != 0 ? MetaProtocol.SetAttributes.Now
                : AttributeWire.UnixNs(Wire.I64(body, 40), Wire.U32(body, 60)),
        };
    }

    // Whoever writes to a file of others takes its set-user bits away; the kernel asks for that in his name, who may not set modes.
    private async ValueTask<bool> MayKillPrivilegesAsync(FuseRequest request, MetaProtocol.SetAttributes set)
    {
        if (request.Uid == 0 || set is not { Mode: { } mode, Uid: null, Gid: null })
        {
            return false;
        }

        var now = (await tree.AskAsync<MetaProtocol.StatusReply>(
            new MetaProtocol.GetStatus(PathRef.Of(request.Node), FollowLink: false), request.Token).ConfigureAwait(false)).Status;
        var lost = now.Mode & PermissionMask & ~mode;
        return now.Uid != request.Uid && lost != 0 && (lost & ~SetUserBits) == 0 && (mode & ~now.Mode) == 0;
    }

    private async Task<FileStatus> SetLengthAsync(FuseRequest request, uint valid)
    {
        var length = Wire.I64(request.Body.Span, 16);
        var open = (valid & SetByHandle) != 0 ? _files.Find(Wire.U64(request.Body.Span, 8)) : null;
        var before = await StatusAsync(request.Node, request.Token).ConfigureAwait(false);
        if (open is not null)
        {
            await open.File.SetLengthAsync(length, request.Token).ConfigureAwait(false);
            open.MarkDirty();
        }
        else
        {
            var file = await tree.OpenAsync(request.Node, Callers.Of(request), MetaProtocol.Access.Write, request.Token).ConfigureAwait(false);
            await using (file.ConfigureAwait(false))
            {
                await file.SetLengthAsync(length, request.Token).ConfigureAwait(false);
                if (file.Written is { Count: > 0 } written)
                {
                    await _teller.TellAsync(request.Node, written).ConfigureAwait(false);
                }
            }
        }

        var after = await StatusAsync(request.Node, request.Token).ConfigureAwait(false);
        if (after.ModifiedUnixNs > before.ModifiedUnixNs)
        {
            return after;
        }

        // It was as long before: that it was asked for counts as a change all the same.
        var touch = new MetaProtocol.SetAttributes(PathRef.Of(request.Node), FollowLink: false) { ModifiedUnixNs = MetaProtocol.SetAttributes.Now };
        var touched = await tree.AskAsync<MetaProtocol.StatusReply>(touch, request.Token).ConfigureAwait(false);
        return touched.Status with { LengthBytes = after.LengthBytes, LengthIsExact = after.LengthIsExact };
    }

    private async Task AccessAsync(FuseRequest request)
    {
        var mask = (MetaProtocol.Access)(Wire.U32(request.Body.Span, 0) & 7);
        await AskStatusAsync(new MetaProtocol.GetStatus(PathRef.Of(request.Node), FollowLink: false, Access: mask), request).ConfigureAwait(false);
        request.Answer(0);
    }

    private async Task StatFileSystemAsync(FuseRequest request)
    {
        var cluster = (await tree.AskAsync<MetaProtocol.ClusterReply>(new MetaProtocol.GetCluster(), request.Token).ConfigureAwait(false)).Status;
        var alive = cluster.Servers.Where(s => s.IsAlive).ToArray();
        Put(request, alive.Sum(s => s.UsedBytes), alive.Sum(s => s.FreeBytes), cluster.Files + cluster.Directories);

        static void Put(FuseRequest request, long used, long free, long nodes)
        {
            const long NodesLeft = 1L << 40;
            Span<byte> answer = stackalloc byte[Wire.StatFsOut];
            answer.Clear();
            Wire.Put(answer, 0, (used + free) / StatBlockBytes);
            Wire.Put(answer, 8, free / StatBlockBytes);
            Wire.Put(answer, 16, free / StatBlockBytes);
            Wire.Put(answer, 24, nodes + NodesLeft);
            Wire.Put(answer, 32, NodesLeft);
            Wire.Put(answer, 40, StatBlockBytes);
            Wire.Put(answer, 44, PathText.MaxNameBytes);
            Wire.Put(answer, 48, StatBlockBytes);
            request.Answer(answer);
        }
    }

    private async Task SetXattrAsync(FuseRequest request)
    {
        var (name, value, flags) = Translate(request);
        if (WhyNoXattr(name, isReading: false) is > 0 and var error)
        {
            request.Answer(error);
            return;
        }

        lock (_held.Gate)
        {
            if (_held.FindNode(request.Node) is { } held)
            {
                held.HasNoXattrs = false;
            }
        }

        var mode = flags switch
        {
            XattrCreate => MetaProtocol.XattrMode.Create,
            XattrReplace => MetaProtocol.XattrMode.Replace,
            _ => MetaProtocol.XattrMode.Any,
        };
        await ChangeOfAsync(request.Node, async () =>
        {
            await AskDoneAsync(new MetaProtocol.SetXattr(PathRef.Of(request.Node), name, value, mode, FollowLink: false), request).ConfigureAwait(false);
            return null;
        }).ConfigureAwait(false);
        request.Answer(0);

        static (string Name, byte[] Value, uint Flags) Translate(FuseRequest request)
        {
            var body = request.Body.Span;
            var (size, flags) = (Wire.U32(body, 0), Wire.U32(body, 4));
            body = body[8..];
            var name = PathText.FromBytes(Wire.NextText(ref body));
            return (name, body[..checked((int)size)].ToArray(), flags);
        }
    }

    private async Task GetXattrAsync(FuseRequest request)
    {
        var room = Wire.U32(request.Body.Span, 0);
        var name = XattrName(request, 8);
        if (WhyNoXattr(name, isReading: true) is > 0 and var error)
        {
            request.Answer(error);
            return;
        }

        if (HasNoXattrs(request.Node))
        {
            request.Answer(Errno.NoData);
            return;
        }

        var reply = await tree.AskAsync<MetaProtocol.XattrReply>(
            new MetaProtocol.GetXattr(PathRef.Of(request.Node), name, FollowLink: false) { Caller = Callers.Of(request) }, request.Token).ConfigureAwait(false);
        AnswerXattr(request, reply.Value, room);
    }

    private async Task ListXattrAsync(FuseRequest request)
    {
        var room = Wire.U32(request.Body.Span, 0);
        if (HasNoXattrs(request.Node))
        {
            AnswerXattr(request, [], room);
            return;
        }

        var reply = await tree.AskAsync<MetaProtocol.XattrNames>(
            new MetaProtocol.ListXattr(PathRef.Of(request.Node), FollowLink: false) { Caller = Callers.Of(request) }, request.Token).ConfigureAwait(false);
        AnswerXattr(request, [.. reply.Names.SelectMany(n => PathText.ToBytes(n).Append((byte)0))], room);
    }

    private async Task RemoveXattrAsync(FuseRequest request)
    {
        var name = XattrName(request, 0);
        if (WhyNoXattr(name, isReading: false) is > 0 and var error)
        {
            request.Answer(error);
            return;
        }

        await ChangeOfAsync(request.Node, async () =>
        {
            await AskDoneAsync(new MetaProtocol.RemoveXattr(PathRef.Of(request.Node), name, FollowLink: false), request).ConfigureAwait(false);
            return null;
        }).ConfigureAwait(false);
        request.Answer(0);
    }

    private bool HasNoXattrs(InodeId node)
    {
        lock (_held.Gate)
        {
            return _held.FindNode(node) is { HasNoXattrs: true };
        }
    }

    private static string XattrName(FuseRequest request, int behind)
    {
        var body = request.Body.Span[behind..];
        return PathText.FromBytes(Wire.NextText(ref body));
    }

    // Asked for at each write and at each listing: answered here, as there are none. 0 when meta is to be asked.
    private static int WhyNoXattr(string name, bool isReading)
        => name == "security.capability" ? (isReading ? Errno.NoData : Errno.NotSupported)
            : name.StartsWith("system.", StringComparison.Ordinal) ? Errno.NotSupported
            : 0;

    private static void AnswerXattr(FuseRequest request, byte[] value, uint room)
    {
        if (room == 0)
        {
            Span<byte> answer = stackalloc byte[Wire.XattrSizeOut];
            answer.Clear();
            Wire.Put(answer, 0, value.Length);
            request.Answer(answer);
        }
        else if (value.Length > room)
        {
            request.Answer(Errno.OutOfRange);
        }
        else
        {
            var answer = request.RentAnswer(value.Length);
            value.CopyTo(answer.AsSpan(Wire.OutHeader));
            request.AnswerFrom(answer, value.Length);
            request.Return(answer);
        }
    }
}
