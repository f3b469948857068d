// Directories: an open one remembers the names it has listed, so that a listing goes on where it was, whatever happens meanwhile.

using System.Collections.Concurrent;
using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Fuse.Session;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Operations;

internal sealed partial class MountOperations
{
    private const int ListPage = 1000;
    private const uint DirectoryType = 0x4000;

    private readonly ConcurrentDictionary<ulong, OpenDirectoryState> _directories = new();
    private ulong _lastDirectory;

    private ValueTask OpenDirectory(FuseRequest request)
    {
        var number = Interlocked.Increment(ref _lastDirectory);
        _directories[number] = new OpenDirectoryState(Callers.Of(request));
        Span<byte> answer = stackalloc byte[Wire.OpenOut];
        answer.Clear();
        Wire.Put(answer, 0, number);
        request.Answer(answer);
        return ValueTask.CompletedTask;
    }

    private ValueTask ReleaseDirectory(FuseRequest request)
    {
        _directories.TryRemove(Wire.U64(request.Body.Span, 0), out _);
        return Answer(request, 0);
    }

    private async Task ReadDirectoryAsync(FuseRequest request)
    {
        var body = request.Body;
        var (offset, size) = (Wire.U64(body.Span, 8), (int)Math.Min(Wire.U32(body.Span, 16), Wire.MaxWriteBytes));
        if (!_directories.TryGetValue(Wire.U64(body.Span, 0), out var directory))
        {
            request.Answer(Errno.BadFile);
            return;
        }

        await directory.Turn.WaitAsync(request.Token).ConfigureAwait(false);
        try
        {
            if (offset == 0)
            {
                await BeginListingAsync(request, directory).ConfigureAwait(false);
            }

            while (!directory.IsComplete && offset >= (ulong)directory.Entries.Count)
            {
                await ListMoreAsync(request, directory).ConfigureAwait(false);
            }

            var answer = request.RentAnswer(size);
            request.AnswerFrom(answer, Fill(answer.AsSpan(Wire.OutHeader, size), directory, offset, request.Opcode == Opcode.ReadDirectoryPlus));
            request.Return(answer);
        }
        finally
        {
            directory.Turn.Release();
        }
    }

    private async Task BeginListingAsync(FuseRequest request, OpenDirectoryState directory)
    {
        directory.Entries.Clear();
        directory.IsComplete = false;
        directory.LastName = string.Empty;
        var above = request.Node;
        try
        {
            var reply = await tree.AskAsync<MetaProtocol.StatusReply>(
                new MetaProtocol.GetStatus(new PathRef(request.Node, ".."), FollowLink: false), request.Token).ConfigureAwait(false);
            above = reply.Status.Inode;
        }
        catch (DfsException e) when (e.Code == DfsErrorCode.FileNotFound)
        {
            // Removed while it is open: it is empty, and nothing is above it.
            directory.IsComplete = true;
        }

        directory.Entries.Add(new ListedEntry("."u8.ToArray(), request.Node, DirectoryType, null));
        directory.Entries.Add(new ListedEntry(".."u8.ToArray(), above, DirectoryType, null));
    }

    private async Task ListMoreAsync(FuseRequest request, OpenDirectoryState directory)
    {
        var page = await tree.AskAsync<MetaProtocol.DirectoryPage>(
            new MetaProtocol.ListDirectory(PathRef.Of(request.Node), directory.LastName, ListPage) { Caller = directory.Caller }, request.Token).ConfigureAwait(false);
        var keepsStatus = request.Opcode == Opcode.ReadDirectoryPlus;
        foreach (var (name, status) in page.Entries)
        {
            var isKnown = keepsStatus && (status.Kind != NodeKind.File || (status.LengthIsExact && !_files.Of(status.Inode).Any(f => f.IsDirty)));
            directory.Entries.Add(new ListedEntry(PathText.ToBytes(name), status.Inode, status.Mode, isKnown ? status : null));
            directory.LastName = name;
        }

        directory.IsComplete = !page.HasMore || page.Entries.Count == 0;
    }

    private int Fill(Span<byte> to, OpenDirectoryState directory, ulong offset, bool isPlus)
    {
        var writer = new DirectoryWriter(to);
        for (var i = offset; i < (ulong)directory.Entries.Count; i++)
        {
            var entry = directory.Entries[(int)i];
            var fits = isPlus
                ? writer.TryAddPlus(entry.Status, entry.Node.Value, entry.Mode, entry.Name, i + 1, options.EntryValid, options.AttributesValid)
                : writer.TryAdd(entry.Node.Value, entry.Mode, entry.Name, i + 1);
            if (!fits)
            {
                break;
            }
        }

        return writer.Length;
    }

    private readonly record struct ListedEntry(byte[] Name, InodeId Node, uint Mode, FileStatus? Status);

    private sealed class OpenDirectoryState(Caller caller)
    {
        public Caller Caller { get; } = caller;

        public SemaphoreSlim Turn { get; } = new(1, 1);

        public List<ListedEntry> Entries { get; } = [];

        public string LastName { get; set; } = string.Empty;

        public bool IsComplete { get; set; }
    }
}
