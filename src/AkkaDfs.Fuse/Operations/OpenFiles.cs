// What the kernel has open through this mount: files by the number that the kernel was given, and for each node all of its open files.

using System.Collections.Concurrent;
using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Shared;

namespace AkkaDfs.Fuse.Operations;

/// <summary>An open file.</summary>
internal sealed class OpenFile(ulong number, InodeId node, IMountedFile file, bool isDirect)
{
    private readonly SemaphoreSlim _telling = new(1, 1);
    private long _writes;
    private long _told;

    public ulong Number { get; } = number;

    public InodeId Node { get; } = node;

    public IMountedFile File { get; } = file;

    /// <summary>True when the kernel keeps nothing of what is read and written here.</summary>
    public bool IsDirect { get; } = isDirect;

    /// <summary>True when something was written that meta has not been told yet.</summary>
    public bool IsDirty => Volatile.Read(ref _told) < Volatile.Read(ref _writes);

    public void MarkDirty() => Interlocked.Increment(ref _writes);

    /// <summary>Tells meta what was written since the last time; waits for a telling that is under way.</summary>
    public async Task MeasureAsync(CancellationToken cancellationToken)
    {
        if (!IsDirty)
        {
            return;
        }

        await _telling.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var writes = Volatile.Read(ref _writes);
            if (Volatile.Read(ref _told) < writes)
            {
                await File.MeasureAsync(cancellationToken).ConfigureAwait(false);
                Volatile.Write(ref _told, writes);
            }
        }
        finally
        {
            _telling.Release();
        }
    }
}

/// <summary>All open files. Thread-safe.</summary>
internal sealed class OpenFiles
{
    private readonly ConcurrentDictionary<ulong, OpenFile> _byNumber = new();
    private readonly Dictionary<InodeId, List<OpenFile>> _byNode = [];
    private readonly Lock _gate = new();
    private ulong _last;

    public OpenFile Add(InodeId node, IMountedFile file, bool isDirect)
    {
        var open = new OpenFile(Interlocked.Increment(ref _last), node, file, isDirect);
        lock (_gate)
        {
            if (!_byNode.TryGetValue(node, out var all))
            {
                _byNode.Add(node, all = []);
            }

            all.Add(open);
        }

        _byNumber[open.Number] = open;
        return open;
    }

    /// <summary>The open file with a number, or null.</summary>
    public OpenFile? Find(ulong number) => _byNumber.GetValueOrDefault(number);

    /// <summary>Forgets a file, if it was known.</summary>
    public OpenFile? Take(ulong number)
    {
        if (!_byNumber.TryRemove(number, out var open))
        {
            return null;
        }

        lock (_gate)
        {
            var all = _byNode[open.Node];
            all.Remove(open);
            if (all.Count == 0)
            {
                _byNode.Remove(open.Node);
            }
        }

        return open;
    }

    /// <summary>All open files of a node.</summary>
    public IReadOnlyList<OpenFile> Of(InodeId node)
    {
        lock (_gate)
        {
            return _byNode.TryGetValue(node, out var all) ? all.ToArray() : [];
        }
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<OpenFile> All => [.. _byNumber.Values];
}
