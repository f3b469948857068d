// Stashes: messages put aside, in the order in which they were. They return to the front of the mailbox.
namespace Akka.Actor.Internal;

/// <summary>Base of stashes.</summary>
public abstract class AbstractStash : IStash
{
    private readonly ActorCell _cell;
    private readonly LinkedList<Envelope> _stash = new();
    private long _lastTurn = -1;

    /// <param name="context">The actor's context.</param>
    protected AbstractStash(IActorContext context)
    {
        _cell = (ActorCell)context;
        var own = _cell.Props.Deploy.StashCapacity;
        Capacity = own > 0 ? own : _cell.SystemImpl.Mailboxes.StashCapacity(_cell.Props.Deploy.Dispatcher, _cell.Props.Deploy.Mailbox);
    }

    /// <inheritdoc/>
    public int Count => _stash.Count;

    /// <inheritdoc/>
    public bool IsEmpty => _stash.Count == 0;

    /// <inheritdoc/>
    public bool NonEmpty => _stash.Count > 0;

    /// <inheritdoc/>
    public bool IsFull => Capacity > 0 && _stash.Count >= Capacity;

    /// <inheritdoc/>
    public virtual int Capacity { get; }

    /// <inheritdoc/>
    public void Stash()
    {
        var envelope = _cell.CurrentEnvelope;
        if (envelope.Message is null)
            throw new IllegalActorStateException("There is no message in process to be stashed.");
        if (_stash.Last is { } last && ReferenceEquals(last.Value.Message, envelope.Message) && _cell.TurnNumber == _lastTurn)
            throw new IllegalActorStateException($"Can't stash the same message {envelope.Message} more than once");
        if (IsFull)
        {
            throw new StashOverflowException(
                $"Couldn't enqueue message {envelope.Message} from {_cell.Sender} to stash of {_cell.Self}: it holds {Capacity} already.");
        }

        _lastTurn = _cell.TurnNumber;
        _stash.AddLast(envelope);
    }

    /// <inheritdoc/>
    public void Unstash()
    {
        if (_stash.First is not { } first)
            return;
        _stash.RemoveFirst();
        _cell.PutInFront(first.Value);
    }

    /// <inheritdoc/>
    public void UnstashAll() => UnstashAll(static _ => true);

    /// <inheritdoc/>
    public void UnstashAll(Func<Envelope, bool> filterPredicate)
    {
        for (var node = _stash.Last; node is not null; node = node.Previous)
        {
            if (filterPredicate(node.Value))
                _cell.PutInFront(node.Value);
        }

        _stash.Clear();
    }

    /// <inheritdoc/>
    public IEnumerable<Envelope> ClearStash()
    {
        var all = _stash.ToArray();
        _stash.Clear();
        return all;
    }

    /// <inheritdoc/>
    public void Prepend(IEnumerable<Envelope> envelopes)
    {
        foreach (var envelope in envelopes.Reverse())
            _stash.AddFirst(envelope);
    }
}

/// <summary>A stash with bounds, if any are set.</summary>
public class BoundedStashImpl : AbstractStash
{
    /// <param name="context">The actor's context.</param>
    public BoundedStashImpl(IActorContext context)
        : base(context)
    {
    }
}

/// <summary>A stash without bounds.</summary>
public class UnboundedStashImpl : AbstractStash
{
    /// <param name="context">The actor's context.</param>
    public UnboundedStashImpl(IActorContext context)
        : base(context)
    {
    }

    /// <inheritdoc/>
    public override int Capacity => -1;
}
