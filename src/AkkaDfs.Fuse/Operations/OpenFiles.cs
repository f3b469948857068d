// What the kernel has open through this mount: files by the number that the kernel was given, and for each node all of its open files.

using System.Collections.Concurrent;
using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Operations;

/// <summary>An open file.</summary>
internal sealed class OpenFile(ulong number, InodeId node, IMountedFile file, bool isDirect, WriteBehind writes, InodeId heldIn)
{
    private readonly SemaphoreSlim _telling = new(1, 1);
    private long _writes;
    private long _told;
    private int _failuresSeen = writes.Failures;

    public ulong Number { get; } = number;

    public InodeId Node { get; } = node;

    public IMountedFile File { get; } = file;

    /// <summary>True when the kernel keeps nothing of what is read and written here.</summary>
    public bool IsDirect { get; } = isDirect;

    /// <summary>The directory under whose hold it was opened; none when meta was asked.</summary>
    public InodeId HeldIn { get; } = heldIn;

    /// <summary>True when it was created by this opening, to be written.</summary>
    public bool IsNew { get; set; }

    /// <summary>What is on its way to its node, through whichever open file.</summary>
    public WriteBehind Writes { get; } = writes;

    /// <summary>True when something was written that meta has not been told yet.</summary>
    public bool IsDirty => Volatile.Read(ref _told) < Volatile.Read(ref _writes);

    public void MarkDirty() => Interlocked.Increment(ref _writes);

    /// <summary>Throws the last failure of a write that nobody waited for, if this open file has not been told of it yet.</summary>
    public void ThrowFailure()
    {
        var failures = Writes.Failures;
        if (Interlocked.Exchange(ref _failuresSeen, failures) != failures)
        {
            throw Writes.Failure!;
        }
    }

    /// <summary>Tells meta what has reached the cluster since the last time; waits for a telling that is under way.</summary>
    /// <param name="tell">Tells it; gives the node's state then, or null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task MeasureAsync(Func<OpenFile, IReadOnlyList<MetaProtocol.ChunkLength>, Task> tell, CancellationToken cancellationToken)
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
                var written = File.Written;
                if (written.Count > 0)
                {
                    await tell(this, written).ConfigureAwait(false);
                }

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
internal sealed class OpenFiles(Func<WriteBehind> writes)
{
    private readonly ConcurrentDictionary<ulong, OpenFile> _byNumber = new();
    private readonly Dictionary<InodeId, List<OpenFile>> _byNode = [];
    private readonly Lock _gate = new();
    private ulong _last;

    public OpenFile Add(InodeId node, IMountedFile file, bool isDirect, InodeId heldIn = default)
    {
        OpenFile open;
        lock (_gate)
        {
            if (!_byNode.TryGetValue(node, out var all))
            {
                _byNode.Add(node, all = []);
            }

            // What is on its way is of the node, so that its order is that of the writes, whoever made them.
            open = new OpenFile(Interlocked.Increment(ref _last), node, file, isDirect, all.Count > 0 ? all[0].Writes : writes(), heldIn);
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

    /// <summary>One of the open files of a node, or null.</summary>
    public OpenFile? AnyOf(InodeId node)
    {
        lock (_gate)
        {
            return _byNode.TryGetValue(node, out var all) ? all[0] : null;
        }
    }

    /// <summary>True when something was written to a node that meta has not been told yet.</summary>
    public bool IsDirty(InodeId node)
    {
        lock (_gate)
        {
            if (_byNode.TryGetValue(node, out var all))
            {
                foreach (var open in all)
                {
                    if (open.IsDirty)
                    {
                        return true;
                    }
                }
            }

            return false;
        }
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
