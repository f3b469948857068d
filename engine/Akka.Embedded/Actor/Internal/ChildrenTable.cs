// The children of one actor by name, and what the actor waits for while some of them are stopping. Names are taken before the
// child exists; a child asked to stop keeps its name until it has ended. Top-level actors are made from any thread, so a lock.
namespace Akka.Actor.Internal;

internal enum WaitReason
{
    /// <summary>Waiting for nothing in particular: a child was stopped by itself.</summary>
    None,

    /// <summary>The start failed half-way and is tried again when the children are gone.</summary>
    Creation,

    /// <summary>The restart goes on when the stopped children are gone.</summary>
    Recreation,

    /// <summary>The actor ends when the children are gone.</summary>
    Termination,
}

/// <summary>A name taken for a child that is being made.</summary>
public class ChildNameReserved : IChildStats
{
    private ChildNameReserved()
    {
    }

    /// <summary>The one value.</summary>
    public static ChildNameReserved Instance { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => "Name";
}

internal sealed class ChildrenTable
{
    private readonly Lock _gate = new();
    private Dictionary<string, IChildStats>? _byName;
    private HashSet<IActorRef>? _stopping;
    private WaitReason _reason;
    private bool _closed;

    /// <summary>True unless the actor waits for children in order to start, restart or end.</summary>
    public bool IsNormal
    {
        get
        {
            lock (_gate)
                return !_closed && _reason == WaitReason.None;
        }
    }

    /// <summary>True while the actor waits for children in order to end, and after.</summary>
    public bool IsTerminating
    {
        get
        {
            lock (_gate)
                return _closed || _reason == WaitReason.Termination;
        }
    }

    public bool HasChildren
    {
        get
        {
            lock (_gate)
                return _byName is { Count: > 0 };
        }
    }

    /// <summary>Takes a name.</summary>
    public void Reserve(string name, IActorRef parent)
    {
        lock (_gate)
        {
            if (_closed || _reason == WaitReason.Termination)
                throw new InvalidOperationException($"Cannot create child '{name}' of {parent}: it is terminating or terminated.");
            _byName ??= [];
            if (!_byName.TryAdd(name, ChildNameReserved.Instance))
                throw new InvalidActorNameException($"Actor name \"{name}\" is not unique!");
        }
    }

    /// <summary>Gives a name back that no child got.</summary>
    public void Unreserve(string name)
    {
        lock (_gate)
        {
            if (_byName is not null && _byName.TryGetValue(name, out var entry) && entry is ChildNameReserved)
                _byName.Remove(name);
        }
    }

    /// <summary>Fills a taken name; null if the name was not taken (the actor has ended in between).</summary>
    public ChildRestartStats? Init(IInternalActorRef child)
    {
        lock (_gate)
        {
            if (_byName is null || !_byName.TryGetValue(child.Path.Name, out var entry))
                return null;
            if (entry is ChildRestartStats known)
                return known;
            var stats = new ChildRestartStats(child);
            _byName[child.Path.Name] = stats;
            return stats;
        }
    }

    public bool TryGetByName(string name, out IChildStats? stats)
    {
        lock (_gate)
        {
            stats = null;
            return _byName is not null && _byName.TryGetValue(name, out stats);
        }
    }

    public ChildRestartStats? Find(IActorRef child)
    {
        lock (_gate)
        {
            return _byName is not null && _byName.TryGetValue(child.Path.Name, out var entry)
                && entry is ChildRestartStats stats && stats.Child.Equals(child)
                ? stats
                : null;
        }
    }

    public ChildRestartStats[] Stats()
    {
        lock (_gate)
            return _byName is null ? [] : _byName.Values.OfType<ChildRestartStats>().ToArray();
    }

    /// <summary>Notes that a child has been asked to stop; false if it is none of ours.</summary>
    public bool MarkStopping(IActorRef child)
    {
        lock (_gate)
        {
            if (_byName is null || !_byName.TryGetValue(child.Path.Name, out var entry)
                || entry is not ChildRestartStats stats || !stats.Child.Equals(child))
            {
                return false;
            }

            (_stopping ??= []).Add(stats.Child);
            return true;
        }
    }

    /// <summary>Says what the actor waits for; false if no child is stopping, so that there is nothing to wait for.</summary>
    public bool SetReason(WaitReason reason)
    {
        lock (_gate)
        {
            if (_stopping is not { Count: > 0 })
                return false;
            _reason = reason;
            return true;
        }
    }

    /// <summary>Takes out a child that has ended; returns what the actor has waited for if this was the last stopping one.</summary>
    public WaitReason Remove(IActorRef child)
    {
        lock (_gate)
        {
            if (_byName is null || !_byName.TryGetValue(child.Path.Name, out var entry)
                || entry is not ChildRestartStats stats || !stats.Child.Equals(child))
            {
                return WaitReason.None;
            }

            _byName.Remove(child.Path.Name);
            if (_stopping is null || !_stopping.Remove(stats.Child) || _stopping.Count > 0)
                return WaitReason.None;
            var reason = _reason;
            _reason = WaitReason.None;
            if (reason == WaitReason.Termination)
                _closed = true;
            return reason;
        }
    }

    /// <summary>Takes no more children.</summary>
    public void Close()
    {
        lock (_gate)
            _closed = true;
    }
}
