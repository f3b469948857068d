// Writing: small writes are gathered and sent behind the answer, large ones are answered and sent from the kernel's own buffer, those
// that ask for the disk (O_SYNC, O_DIRECT, -o sync) are answered when they are done. See WriteBehind for order and failures.

using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Fuse.Session;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Operations;

internal sealed partial class MountOperations
{
    private const long MostBehindBytes = 64L * 1024 * 1024;
    private const int UpkeepsPerTelling = 4;
    private static readonly TimeSpan UpkeepInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan MostAge = TimeSpan.FromMilliseconds(500);

    private const int MostRemembered = 4;

    private int _upkeeps;
    private int _writtenCreated;

    private ValueTask Write(FuseRequest request)
    {
        var body = request.Body;
        var (offset, size) = (Wire.I64(body.Span, 8), checked((int)Wire.U32(body.Span, 16)));
        var (isFromCache, flags) = ((Wire.U32(body.Span, 20) & Wire.WriteCache) != 0, Wire.U32(body.Span, 32));
        if (_files.Find(Wire.U64(body.Span, 0)) is not { } open)
        {
            return Answer(request, Errno.BadFile);
        }

        var data = body.Slice(Wire.WriteIn, size);
        var isAppend = (flags & Wire.OAppend) != 0 && !isFromCache;
        if (size == 0)
        {
            AnswerWritten(request, 0);
            return ValueTask.CompletedTask;
        }

        // Before: a write that failed may have changed something.
        open.MarkDirty();
        var mustBeThere = options.IsSync || (flags & (Wire.ODataSync | Wire.ODirect)) != 0 || (isAppend && !open.IsDirect);
        if (mustBeThere || size >= WriteBehind.LargeBytes)
        {
            return new ValueTask(mustBeThere ? WriteThroughAsync(request, open, offset, isAppend, data, flags) : WriteLargeAsync(request, open, offset, isAppend, data));
        }

        if (!open.Writes.TryTake(open, offset, isAppend, data.Span))
        {
            return new ValueTask(WriteLaterAsync(request, open, offset, isAppend, data));
        }

        AnswerWritten(request, size);
        return ValueTask.CompletedTask;
    }

    private static async Task WriteLaterAsync(FuseRequest request, OpenFile open, long offset, bool isAppend, ReadOnlyMemory<byte> data)
    {
        await open.Writes.TakeAsync(open, offset, isAppend, data).ConfigureAwait(false);
        AnswerWritten(request, data.Length);
    }

    // The request's buffer is in use until the piece is there, and the number of such requests is bounded.
    private static async Task WriteLargeAsync(FuseRequest request, OpenFile open, long offset, bool isAppend, ReadOnlyMemory<byte> data)
    {
        await open.Writes.RoomAsync().ConfigureAwait(false);
        var done = open.Writes.Begin(open, offset, isAppend, data);
        AnswerWritten(request, data.Length);
        await done.ConfigureAwait(false);
    }

    private async Task WriteThroughAsync(FuseRequest request, OpenFile open, long offset, bool isAppend, ReadOnlyMemory<byte> data, uint flags)
    {
        await DrainAsync(open.Node, sync: false).ConfigureAwait(false);
        var sync = options.IsSync || (flags & Wire.ODataSync) != 0;
        var written = offset;
        if (isAppend)
        {
            written = await open.File.AppendAsync(data, sync, request.Token).ConfigureAwait(false);
        }
        else
        {
            await open.File.WriteAsync(offset, data, sync, request.Token).ConfigureAwait(false);
        }

        open.MarkDirty();
        AnswerWritten(request, data.Length);
        if (written != offset && !open.IsDirect)
        {
            Session.Invalidate(open.Node);
        }
    }

    private static async Task WritePieceAsync(OpenFile through, long offset, bool isAppend, ReadOnlyMemory<byte> data, bool sync)
    {
        if (isAppend)
        {
            await through.File.AppendAsync(data, sync, CancellationToken.None).ConfigureAwait(false);
        }
        else
        {
            await through.File.WriteAsync(offset, data, sync, CancellationToken.None).ConfigureAwait(false);
        }

        through.MarkDirty();
    }

    // A chunk allocated with the file spares a request, if something is written; for one that stays empty, its length would have to be asked.
    private bool AreCreatedFilesWritten => Volatile.Read(ref _writtenCreated) >= 0;

    private void NoteCreated(bool wasWritten)
        => Volatile.Write(ref _writtenCreated, Math.Clamp(Volatile.Read(ref _writtenCreated) + (wasWritten ? 1 : -2), -MostRemembered, MostRemembered));

    private static void AnswerWritten(FuseRequest request, int size)
    {
        Span<byte> answer = stackalloc byte[Wire.WriteOut];
        answer.Clear();
        Wire.Put(answer, 0, size);
        request.Answer(answer);
    }

    /// <summary>Returns when what was written to a node before has reached the cluster, or has failed.</summary>
    private Task DrainAsync(InodeId node, bool sync) => _files.AnyOf(node)?.Writes.DrainAsync(sync) ?? Task.CompletedTask;

    // What has waited long enough goes, and others learn of lengths and times while files are written for a long time.
    private void Upkeep()
    {
        var tells = Interlocked.Increment(ref _upkeeps) % UpkeepsPerTelling == 0;
        foreach (var open in _files.All)
        {
            open.Writes.SendOlderThan(MostAge);
            if (tells && open.IsDirty)
            {
                _ = TellAsync(open);
            }
        }
    }

    private async Task FsyncAsync(FuseRequest request)
    {
        var wasDirty = _files.Of(request.Node).Any(f => f.IsDirty);
        await DrainAsync(request.Node, sync: true).ConfigureAwait(false);
        var open = _files.Of(request.Node);
        if (open.Any(f => f.File.HasUnsynced))
        {
            // Bringing to disk is an operation of the chunk, but no change of the file: its time stays what it was, perhaps one that was
            // set. Of a file that was written to since its time is set by the next telling in any case.
            var before = wasDirty ? null : await StatusAsync(request.Node, request.Token).ConfigureAwait(false);
            foreach (var file in open)
            {
                await file.File.SyncAsync(request.Token).ConfigureAwait(false);
            }

            if (before is not null)
            {
                await KeepTimeAsync(request, open, before).ConfigureAwait(false);
            }
        }

        _files.Find(Wire.U64(request.Body.Span, 0))?.ThrowFailure();
        request.Answer(0);
    }

    private async Task KeepTimeAsync(FuseRequest request, IReadOnlyList<OpenFile> open, FileStatus before)
    {
        foreach (var file in open)
        {
            if (file.File.Written is { Count: > 0 } written)
            {
                await TellAsync(file, written).ConfigureAwait(false);
            }
        }

        var after = await StatusAsync(request.Node, request.Token).ConfigureAwait(false);
        if (after.ModifiedUnixNs != before.ModifiedUnixNs)
        {
            var set = new MetaProtocol.SetAttributes(PathRef.Of(request.Node), FollowLink: false) { ModifiedUnixNs = before.ModifiedUnixNs };
            await ChangeOfAsync(
                request.Node, async () => (await tree.AskAsync<MetaProtocol.StatusReply>(set, request.Token).ConfigureAwait(false)).Status).ConfigureAwait(false);
        }
    }

    private async Task TellAsync(OpenFile open)
    {
        try
        {
            await open.MeasureAsync(TellSoonAsync, CancellationToken.None).ConfigureAwait(false);
        }
        catch (DfsException e)
        {
            log($"what was written last to node {open.Node} could not be told to meta, which learns it from the chunk servers: {e.Error}");
        }
    }

    // Nobody is left to be told of an error: the kernel has asked before whether there is one.
    private async Task CloseAsync(OpenFile open)
    {
        await DrainAsync(open.Node, sync: false).ConfigureAwait(false);
        await TellAsync(open).ConfigureAwait(false);
        if (_files.Take(open.Number) is null)
        {
            return;
        }

        if (open.IsNew)
        {
            NoteCreated(open.File.Written.Count > 0);
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
}
