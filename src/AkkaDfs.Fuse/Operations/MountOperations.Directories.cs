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
            if (offset == 0 && !await TryListHeldAsync(request, directory).ConfigureAwait(false))
            {
                await BeginListingAsync(request, directory).ConfigureAwait(false);
            }

            while (!directory.IsComplete && offset >= (ulong)directory.Entries.Count)
            {
                await ListMoreAsync(request, directory).ConfigureAwait(false);
            }

            var answer = request.RentAnswer(size);
            lock (_held.Gate)
            {
                request.AnswerFrom(answer, Fill(answer.AsSpan(Wire.OutHeader, size), directory, offset, request.Opcode == Opcode.ReadDirectoryPlus));
            }

            request.Return(answer);
        }
        finally
        {
            directory.Turn.Release();
        }
    }

    // All names of a directory that is held, asked for as far as they are not known; false when it cannot be held, or is too large.
    private async ValueTask<bool> TryListHeldAsync(FuseRequest request, OpenDirectoryState directory)
    {
        for (var hasAsked = false; ; hasAsked = true)
        {
            string after;
            lock (_held.Gate)
            {
                var held = _held.Find(request.Node);
                if (held is { IsComplete: true })
                {
                    directory.Begin(request.Node, held.Above);
                    directory.Entries.AddRange(held.Names.Values.Where(n => n.Inode != default).Select(n => new ListedEntry(PathText.ToBytes(n.Name), n.Inode, n.Mode, null)));
                    directory.IsComplete = held.Names.Values.All(n => n.IsAbsent || n.Inode != default);
                    return directory.IsComplete;
                }

                if ((held is null && (hasAsked || _held.IsRefused(request.Node))) || held?.Names.Count > MostListed)
                {
                    return false;
                }

                after = held?.Last ?? string.Empty;
            }

            try
            {
                await HoldAsync(request.Node, string.Empty, after, NextPage, request.Token).ConfigureAwait(false);
            }
            catch (DfsException e) when (e.Code == DfsErrorCode.FileNotFound)
            {
                return false;
            }
        }
    }

    private async Task BeginListingAsync(FuseRequest request, OpenDirectoryState directory)
    {
        var above = request.Node;
        var isGone = false;
        try
        {
            var reply = await tree.AskAsync<MetaProtocol.StatusReply>(
                new MetaProtocol.GetStatus(new PathRef(request.Node, ".."), FollowLink: false), request.Token).ConfigureAwait(false);
            above = reply.Status.Inode;
        }
        catch (DfsException e) when (e.Code == DfsErrorCode.FileNotFound)
        {
            // Removed while it is open: it is empty, and nothing is above it.
            isGone = true;
        }

        directory.Begin(request.Node, above);
        directory.IsComplete = isGone;
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
                ? TryAddPlus(ref writer, entry, i)
                : writer.TryAdd(entry.Node.Value, entry.Mode, entry.Name, i + 1);
            if (!fits)
            {
                break;
            }
        }

        return writer.Length;
    }

    // What is held is as it is now, and may be believed for longer; of the two that every directory has, nothing is said.
    private bool TryAddPlus(ref DirectoryWriter writer, in ListedEntry entry, ulong at)
    {
        var believed = at < 2 ? null : Believed(entry.Node, isHandedOut: true);
        return writer.TryAddPlus(
            believed ?? entry.Status, entry.Node.Value, entry.Mode, entry.Name, at + 1, options.EntryValid, believed is null ? options.AttributesValid : BelievedFor);
    }

    private readonly record struct ListedEntry(byte[] Name, InodeId Node, uint Mode, FileStatus? Status);

    private sealed class OpenDirectoryState(Caller caller)
    {
        public Caller Caller { get; } = caller;

        public SemaphoreSlim Turn { get; } = new(1, 1);

        public List<ListedEntry> Entries { get; } = [];

        public string LastName { get; set; } = string.Empty;

        public bool IsComplete { get; set; }

        public void Begin(InodeId node, InodeId above)
        {
            Entries.Clear();
            IsComplete = false;
            LastName = string.Empty;
            Entries.Add(new ListedEntry("."u8.ToArray(), node, DirectoryType, null));
            Entries.Add(new ListedEntry(".."u8.ToArray(), above, DirectoryType, null));
        }
    }
}
