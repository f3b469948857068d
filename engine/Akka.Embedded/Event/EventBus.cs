// Publish and subscribe by classifier. Subscribers of an event are computed once per classifier and kept until a
// subscription changes; they are told in the order in which they subscribed.
using System.Collections.Concurrent;
using Akka.Actor;

namespace Akka.Event;

/// <summary>Publish and subscribe by classifier.</summary>
public abstract class EventBus<TEvent, TClassifier, TSubscriber>
    where TClassifier : notnull
    where TSubscriber : notnull
{
    private readonly Lock _changing = new();
    private readonly List<(TSubscriber Subscriber, TClassifier Classifier)> _subscriptions = [];
    private volatile ConcurrentDictionary<TClassifier, TSubscriber[]> _cache = new();

    /// <summary>Subscribes; false if it changes nothing.</summary>
    public virtual bool Subscribe(TSubscriber subscriber, TClassifier classifier)
    {
        lock (_changing)
        {
            foreach (var (known, to) in _subscriptions)
            {
                if (known.Equals(subscriber) && to.Equals(classifier))
                    return false;
            }

            _subscriptions.Add((subscriber, classifier));
            _cache = new ConcurrentDictionary<TClassifier, TSubscriber[]>();
            return true;
        }
    }

    /// <summary>Ends all subscriptions of a subscriber; false if there are none.</summary>
    public virtual bool Unsubscribe(TSubscriber subscriber)
    {
        lock (_changing)
        {
            var removed = _subscriptions.RemoveAll(s => s.Subscriber.Equals(subscriber)) > 0;
            if (removed)
                _cache = new ConcurrentDictionary<TClassifier, TSubscriber[]>();
            return removed;
        }
    }

    /// <summary>Ends a subscriber's subscription to a classifier; false if there is none.</summary>
    public virtual bool Unsubscribe(TSubscriber subscriber, TClassifier classifier)
    {
        lock (_changing)
        {
            var removed = _subscriptions.RemoveAll(s => s.Subscriber.Equals(subscriber) && s.Classifier.Equals(classifier)) > 0;
            if (removed)
                _cache = new ConcurrentDictionary<TClassifier, TSubscriber[]>();
            return removed;
        }
    }

    /// <summary>Tells all subscribers of the event's classifier and of those above it.</summary>
    public virtual void Publish(TEvent @event)
    {
        var classifier = GetClassifier(@event);
        var cache = _cache;
        if (!cache.TryGetValue(classifier, out var subscribers))
        {
            lock (_changing)
            {
                subscribers = SubscribersOf(@event);
                _cache.TryAdd(classifier, subscribers);
            }
        }

        foreach (var subscriber in subscribers)
            Publish(@event, subscriber);
    }

    internal bool HasSubscriptions(TSubscriber subscriber)
    {
        lock (_changing)
            return _subscriptions.Exists(s => s.Subscriber.Equals(subscriber));
    }

    /// <summary>True if <paramref name="child"/> lies below <paramref name="parent"/>.</summary>
    protected abstract bool IsSubClassification(TClassifier parent, TClassifier child);

    /// <summary>Tells one subscriber.</summary>
    protected abstract void Publish(TEvent @event, TSubscriber subscriber);

    /// <summary>True if the event belongs to the classifier.</summary>
    protected abstract bool Classify(TEvent @event, TClassifier classifier);

    /// <summary>The event's classifier.</summary>
    protected abstract TClassifier GetClassifier(TEvent @event);

    /// <summary>Short name of an object's type.</summary>
    protected string SimpleName(object source) => SimpleName(source.GetType());

    /// <summary>Short name of a type.</summary>
    protected string SimpleName(Type source) => source.Name;

    private TSubscriber[] SubscribersOf(TEvent @event)
    {
        var found = new List<TSubscriber>();
        foreach (var (subscriber, classifier) in _subscriptions)
        {
            if (Classify(@event, classifier) && !found.Contains(subscriber))
                found.Add(subscriber);
        }

        return found.ToArray();
    }
}

/// <summary>A bus whose subscribers are actors.</summary>
public abstract class ActorEventBus<TEvent, TClassifier> : EventBus<TEvent, TClassifier, IActorRef>
    where TClassifier : notnull
{
}
