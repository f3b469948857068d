// Death watch. A watcher keeps whom it watches; the watched keeps its watchers and tells them with its last breath. A
// notification becomes a Terminated in the mailbox, and counts only if it is still wanted when its turn comes: so there is
// never a second one, and none after Unwatch.
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.Util;

namespace Akka.Actor;

public partial class ActorCell
{
    private Dictionary<IActorRef, Option<object>>? _watching;
    private Dictionary<IActorRef, Option<object>>? _terminatedQueued;
    private HashSet<IActorRef>? _watchedBy;
    private int _remoteTies;

    /// <inheritdoc/>
    public IActorRef Watch(IActorRef subject)
    {
        StartWatching(subject, Option<object>.None);
        return subject;
    }

    /// <inheritdoc/>
    public IActorRef WatchWith(IActorRef subject, object message)
    {
        ArgumentNullException.ThrowIfNull(message);
        StartWatching(subject, Option<object>.Create(message));
        return subject;
    }

    /// <inheritdoc/>
    public IActorRef Unwatch(IActorRef subject)
    {
        var watchee = (IInternalActorRef)subject;
        if (watchee.Equals(_self))
            return subject;
        if (_watching is not null && _watching.ContainsKey(watchee))
        {
            watchee.SendSystemMessage(new Unwatch(watchee, _self));
            Forget(watchee);
        }

        _terminatedQueued?.Remove(watchee);
        return subject;
    }

    /// <summary>Notes that a Terminated of the subject is in the mailbox.</summary>
    public void TerminatedQueuedFor(IActorRef subject, Option<object> customMessage) =>
        (_terminatedQueued ??= []).TryAdd(subject, customMessage);

    /// <summary>Adds a watcher of this actor.</summary>
    protected void AddWatcher(IActorRef watchee, IActorRef watcher)
    {
        var ofSelf = watchee.Equals(_self);
        var bySelf = watcher.Equals(_self);
        if (ofSelf && !bySelf)
        {
            if ((_watchedBy ??= []).Add(watcher))
            {
                CountRemoteTie(watcher, 1);
                if (IsDebugging)
                    Publish(new Debug(_self.Path.ToString(), GetType(), $"now watched by {watcher}"));
            }
        }
        else if (!ofSelf && bySelf)
        {
            Watch(watchee);
        }
        else
        {
            Publish(new Warning(_self.Path.ToString(), GetType(), $"BUG: illegal Watch({watchee},{watcher}) for {_self}"));
        }
    }

    /// <summary>Removes a watcher of this actor.</summary>
    protected void RemWatcher(IActorRef watchee, IActorRef watcher)
    {
        var ofSelf = watchee.Equals(_self);
        var bySelf = watcher.Equals(_self);
        if (ofSelf && !bySelf)
        {
            if (_watchedBy is not null && _watchedBy.Remove(watcher))
                CountRemoteTie(watcher, -1);
        }
        else if (!ofSelf && bySelf)
        {
            Unwatch(watchee);
        }
        else
        {
            Publish(new Warning(_self.Path.ToString(), GetType(), $"BUG: illegal Unwatch({watchee},{watcher}) for {_self}"));
        }
    }

    /// <summary>Handles a Terminated whose turn has come.</summary>
    protected void ReceivedTerminated(Terminated t)
    {
        if (_terminatedQueued is null || !_terminatedQueued.Remove(t.ActorRef, out var customMessage))
            return;
        if (customMessage.HasValue)
            ReceiveInstead(customMessage.Value);
        else
            ReceiveMessage(t);
    }

    /// <summary>Handles the end of an actor: of one that is watched, of a child, or both.</summary>
    protected void WatchedActorTerminated(IActorRef actor, bool existenceConfirmed, bool addressTerminated)
    {
        if (_watching is not null && _watching.TryGetValue(actor, out var customMessage))
        {
            Forget(actor);
            if (!IsTerminating)
            {
                TerminatedQueuedFor(actor, customMessage);
                _self.Tell(new Terminated(actor, existenceConfirmed, addressTerminated), actor);
            }
        }

        if (_children.Find(actor) is not null)
            HandleChildTerminated(actor);
    }

    /// <summary>Tells the watchers that this actor has ended.</summary>
    protected void TellWatchersWeDied()
    {
        if (_watchedBy is null)
            return;
        var watchers = _watchedBy;
        _watchedBy = null;
        foreach (var watcher in watchers)
            CountRemoteTie(watcher, -1);

        // Remote watchers first: a local one may shut the transport down as soon as it knows.
        foreach (var watcher in watchers)
        {
            if (!((IActorRefScope)watcher).IsLocal)
                TellOfEnd(watcher);
        }

        foreach (var watcher in watchers)
        {
            if (((IActorRefScope)watcher).IsLocal)
                TellOfEnd(watcher);
        }
    }

    /// <summary>Ends all watches of this actor.</summary>
    protected void UnwatchWatchedActors(ActorBase? actor)
    {
        if (_watching is not null)
        {
            var watched = _watching;
            _watching = null;
            foreach (var watchee in watched.Keys)
            {
                CountRemoteTie(watchee, -1);
                ((IInternalActorRef)watchee).SendSystemMessage(new Unwatch((IInternalActorRef)watchee, _self));
            }
        }

        _terminatedQueued = null;
    }

    private void TellOfEnd(IActorRef watcher)
    {
        // The parent has been told already, as the parent.
        if (!watcher.Equals(Parent))
            ((IInternalActorRef)watcher).SendSystemMessage(new DeathWatchNotification(_self, true, false));
    }

    private void StartWatching(IActorRef subject, Option<object> message)
    {
        var watchee = (IInternalActorRef)subject;
        if (watchee.Equals(_self))
            return;
        // Of two watches of one actor the first counts, with its message.
        if (!(_watching ??= []).TryAdd(watchee, message))
            return;
        CountRemoteTie(watchee, 1);
        watchee.SendSystemMessage(new Watch(watchee, _self));
    }

    private void Forget(IActorRef watchee)
    {
        if (_watching!.Remove(watchee))
            CountRemoteTie(watchee, -1);
    }

    /// <summary>As a message in its own right, so that Stash and PreRestart see what the actor saw.</summary>
    private void ReceiveInstead(object message)
    {
        _currentMessage = message;
        ReceiveMessage(message);
    }

    /// <summary>While there is a watcher or a watched actor on another node, this actor is told of nodes given up.</summary>
    private void CountRemoteTie(IActorRef other, int change)
    {
        if (other is not IActorRefScope { IsLocal: false })
            return;
        var before = _remoteTies;
        _remoteTies += change;
        if (before == 0)
            AddressTerminatedTopic.Get(_system).Subscribe(_self);
        else if (_remoteTies == 0)
            AddressTerminatedTopic.Get(_system).Unsubscribe(_self);
    }

    private void ReceivedAddressTerminated(Address address)
    {
        if (_watchedBy is not null)
        {
            foreach (var watcher in _watchedBy.Where(w => w.Path.Address.Equals(address)).ToArray())
            {
                _watchedBy.Remove(watcher);
                CountRemoteTie(watcher, -1);
            }
        }

        if (_watching is null)
            return;
        foreach (var watchee in _watching.Keys.Where(w => w.Path.Address.Equals(address)).ToArray())
        {
            _self.SendSystemMessage(new DeathWatchNotification(
                watchee, existenceConfirmed: _children.Find(watchee) is not null, addressTerminated: true));
        }
    }
}
