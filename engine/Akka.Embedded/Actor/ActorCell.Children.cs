// The cell's children: making, finding, stopping.
using System.Globalization;
using Akka.Actor.Internal;

namespace Akka.Actor;

public partial class ActorCell
{
    private readonly ChildrenTable _children = new();
    private long _childNumber = -1;

    /// <summary>True unless the actor waits for children in order to start, restart or end.</summary>
    protected bool IsNormal => _children.IsNormal;

    /// <summary>True while the actor waits for children in order to end, and after.</summary>
    protected bool IsTerminating => _children.IsTerminating;

    /// <inheritdoc/>
    public virtual IActorRef ActorOf(Props props, string? name = null) => MakeChild(props, name, systemService: false);

    /// <summary>As <see cref="ActorOf"/>, from outside of the actor.</summary>
    public virtual IActorRef AttachChild(Props props, bool isSystemService, string? name = null) =>
        MakeChild(props, name, isSystemService);

    /// <summary>The children alive when the enumeration begins.</summary>
    public IEnumerable<IInternalActorRef> GetChildren()
    {
        foreach (var stats in _children.Stats())
            yield return stats.Child;
    }

    IEnumerable<IActorRef> IActorContext.GetChildren() => GetChildren();

    IActorRef IActorContext.Child(string name) =>
        _children.TryGetByName(name, out var entry) && entry is ChildRestartStats stats ? stats.Child : ActorRefs.Nobody;

    /// <summary>The child with this name, which may end in #uid; <see cref="ActorRefs.Nobody"/> if there is none.</summary>
    public IInternalActorRef GetSingleChild(string name)
    {
        var (plain, uid) = ActorPath.SplitNameAndUid(name);
        return _children.TryGetByName(plain, out var entry) && entry is ChildRestartStats stats
            && (uid == UndefinedUid || uid == stats.Uid)
            ? stats.Child
            : ActorRefs.Nobody;
    }

    /// <summary>What is known about a name among the children.</summary>
    public bool TryGetChildStatsByName(string name, out IChildStats child)
    {
        var found = _children.TryGetByName(name, out var entry);
        child = entry!;
        return found;
    }

    /// <summary>Takes a name for a child that is being made.</summary>
    /// <exception cref="InvalidActorNameException">The name is taken.</exception>
    public void ReserveChild(string name) => _children.Reserve(name, _self);

    /// <summary>Fills a taken name; null if the actor has ended in between.</summary>
    public ChildRestartStats? InitChild(IInternalActorRef actor) => _children.Init(actor);

    /// <inheritdoc/>
    public void Stop(IActorRef child)
    {
        _children.MarkStopping(child);
        ((IInternalActorRef)child).Stop();
    }

    /// <summary>What is known about a child.</summary>
    protected bool TryGetChildStatsByRef(IActorRef actor, out ChildRestartStats child)
    {
        var found = _children.Find(actor);
        child = found!;
        return found is not null;
    }

    /// <summary>Gives a name back that no child got.</summary>
    protected void UnreserveChild(string name) => _children.Unreserve(name);

    private static void CheckName(string name)
    {
        if (name.Length == 0)
            throw new InvalidActorNameException("Actor name must not be empty.");
        if (!ActorPath.IsValidPathElement(name))
        {
            throw new InvalidActorNameException(
                $"Illegal actor name [{name}]. Actor paths MUST: not start with `$`, include only ASCII letters and can only contain "
                + $"these special characters: {ActorPath.ValidSymbols}.");
        }
    }

    private IInternalActorRef MakeChild(Props props, string? name, bool systemService)
    {
        ArgumentNullException.ThrowIfNull(props);
        if (name is null)
            name = "$" + TempNames.Of(Interlocked.Increment(ref _childNumber));
        else
            CheckName(name);

        _children.Reserve(name, _self);
        IInternalActorRef child;
        try
        {
            var path = new ChildActorPath(_self.Path, name, _system.Environment.NextUid());
            child = _system.Provider.ActorOf(
                _system, props, _self, path, systemService, deploy: null, lookupDeploy: true, async: false);
        }
        catch
        {
            _children.Unreserve(name);
            throw;
        }

        // A child made while its parent is suspended shares that state.
        for (var i = _mailbox.SuspendCount; i > 0; i--)
            child.Suspend();
        _children.Init(child);
        child.Start();
        return child;
    }

    private void SuspendChildren(IActorRef? except = null)
    {
        foreach (var stats in _children.Stats())
        {
            if (except is null || !stats.Child.Equals(except))
                stats.Child.Suspend();
        }
    }

    private void ResumeChildren(Exception? causedByFailure, IActorRef? perpetrator)
    {
        foreach (var stats in _children.Stats())
            stats.Child.Resume(stats.Child.Equals(perpetrator) ? causedByFailure : null);
    }

    private void StopChildren()
    {
        foreach (var stats in _children.Stats())
            Stop(stats.Child);
    }
}
