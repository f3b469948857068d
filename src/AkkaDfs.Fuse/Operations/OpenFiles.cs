// What the kernel has open through this mount: files by the number that the kernel was given, and for each node all of its open files.

using System.Collections.Concurrent;
using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Shared;

namespace AkkaDfs.Fuse.Operations;

/// <summary>An open file.</summary>
internal sealed class OpenFile(ulong number, InodeId node, IMountedFile file, bool isDirect)
{
    private int _isDirty;

    public ulong Number { get; } = number;

    public InodeId Node { get; } = node;

    public IMountedFile File { get; } = file;

    /// <summary>True when the kernel keeps nothing of what is read and written here.</summary>
    public bool IsDirect { get; } = isDirect;

    /// <summary>True when something was written that meta has not been told yet.</summary>
    public bool IsDirty => Volatile.Read(ref _isDirty) != 0;

    public void MarkDirty() => Volatile.Write(ref _isDirty, 1);

    /// <summary>Tells meta what was written since the last time.</summary>
    public async Task MeasureAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isDirty, 0) == 0)
        {
            return;
        }

        var isTold = false;
        try
        {
            await File.MeasureAsync(cancellationToken).ConfigureAwait(false);
            isTold = true;
        }
        finally
        {
            if (!isTold)
            {
                MarkDirty();
            }
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

    /// <summary>Forgets all of them.</summary>
    public IReadOnlyList<OpenFile> TakeAll() => [.. _byNumber.Keys.Select(Take).OfType<OpenFile>()];
}
