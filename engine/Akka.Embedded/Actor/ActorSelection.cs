// A selection: an anchor and a path of names, patterns and ".." from there. Nothing is looked up before a message is sent; the
// message walks down as far as it can in this process and travels on from the first reference that is elsewhere.
using Akka.Embedded;

namespace Akka.Actor;

/// <summary>All actors that a path means.</summary>
public class ActorSelection : ICanTell
{
    /// <summary>Means nobody.</summary>
    public ActorSelection()
        : this(ActorRefs.Nobody, Array.Empty<SelectionPathElement>())
    {
    }

    /// <param name="anchor">Where the path starts.</param>
    /// <param name="path">Its elements.</param>
    public ActorSelection(IActorRef anchor, SelectionPathElement[] path)
    {
        Anchor = anchor;
        Path = path;
    }

    /// <param name="anchor">Where the path starts.</param>
    /// <param name="path">Its elements, separated by slashes; empty for the anchor itself.</param>
    public ActorSelection(IActorRef anchor, string path)
        : this(anchor, path.Length == 0 ? Array.Empty<string>() : path.Split('/'))
    {
    }

    /// <param name="anchor">Where the path starts.</param>
    /// <param name="elements">Its elements: names, patterns with * and ?, and "..".</param>
    public ActorSelection(IActorRef anchor, IEnumerable<string> elements)
        : this(anchor, Parse(elements))
    {
    }

    /// <summary>Where the path starts.</summary>
    public IActorRef Anchor { get; }

    /// <summary>The path's elements.</summary>
    public SelectionPathElement[] Path { get; }

    /// <summary>The path as text.</summary>
    public string PathString => "/" + string.Join("/", Path.Select(x => x.ToString()));

    /// <summary>Sends to all actors that the path means.</summary>
    /// <param name="message">The message.</param>
    /// <param name="sender">Its sender; the actor in whose turn this is called if none is given.</param>
    public void Tell(object message, IActorRef? sender = null)
    {
        sender ??= ActorCell.GetCurrentSelfOrNoSender();
        SelectionDelivery.Deliver((IInternalActorRef)Anchor, sender, new ActorSelectionMessage(message, Path));
    }

    /// <summary>The one actor that the path means.</summary>
    /// <exception cref="ActorNotFoundException">Nobody answered in time.</exception>
    public Task<IActorRef> ResolveOne(TimeSpan timeout) => Resolve(timeout, CancellationToken.None);

    /// <summary>The one actor that the path means.</summary>
    /// <exception cref="ActorNotFoundException">Nobody answered in time.</exception>
    public Task<IActorRef> ResolveOne(TimeSpan timeout, CancellationToken ct) => Resolve(timeout, ct);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ActorSelection other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => StableHash.Combine(Anchor.GetHashCode(), StableHash.Of(PathString));

    /// <inheritdoc/>
    public override string ToString()
    {
        var anchor = Anchor.Path.Uid == ActorCell.UndefinedUid ? $"{Anchor.Path}" : $"{Anchor.Path}#{Anchor.Path.Uid}";
        return $"ActorSelection[Anchor({anchor}), Path({PathString})]";
    }

    /// <summary>Equality of anchor and path.</summary>
    protected bool Equals(ActorSelection other) => Equals(Anchor, other.Anchor) && Path.SequenceEqual(other.Path);

    private static SelectionPathElement[] Parse(IEnumerable<string> elements)
    {
        var path = new List<SelectionPathElement>();
        foreach (var element in elements)
        {
            switch (element)
            {
                case "":
                    break;
                case "**":
                    path.Add(SelectChildRecursive.Instance);
                    break;
                case "..":
                    path.Add(SelectParent.Instance);
                    break;
                default:
                    path.Add(element.AsSpan().ContainsAny('*', '?') ? new SelectChildPattern(element) : new SelectChildName(element));
                    break;
            }
        }

        var recursive = path.IndexOf(SelectChildRecursive.Instance);
        if (recursive >= 0 && recursive < path.Count - 1)
            throw new IllegalActorNameException("Double wildcard can only appear at the last path entry");
        return [.. path];
    }

    private async Task<IActorRef> Resolve(TimeSpan timeout, CancellationToken ct)
    {
        try
        {
            var identity = await this.Ask<ActorIdentity>(new Identify(null), timeout, ct)
                .ConfigureAwait(SimulatedContext.IsCurrent);
            return identity.Subject ?? throw new ActorNotFoundException($"subject was null: no actor at {this}");
        }
        catch (AskTimeoutException e)
        {
            throw new ActorNotFoundException($"no answer from {this} within {timeout}", e);
        }
        catch (OperationCanceledException e)
        {
            throw new ActorNotFoundException($"the search for {this} was cancelled", e);
        }
    }
}

/// <summary>A message on its way along a selection's path.</summary>
public class ActorSelectionMessage : IAutoReceivedMessage, IPossiblyHarmful, IWrappedMessage
{
    /// <param name="message">The message.</param>
    /// <param name="elements">The rest of the path.</param>
    /// <param name="wildCardFanOut">True once a pattern has been passed, so that absence is not worth an answer.</param>
    public ActorSelectionMessage(object message, SelectionPathElement[] elements, bool wildCardFanOut = false)
    {
        Message = message;
        Elements = elements;
        WildCardFanOut = wildCardFanOut;
    }

    /// <summary>The message.</summary>
    public object Message { get; }

    /// <summary>The rest of the path.</summary>
    public SelectionPathElement[] Elements { get; }

    /// <summary>True once a pattern has been passed.</summary>
    public bool WildCardFanOut { get; }

    /// <summary>A copy with some parts replaced.</summary>
    public ActorSelectionMessage Copy(object? message = null, SelectionPathElement[]? elements = null, bool? wildCardFanOut = null) =>
        new(message ?? Message, elements ?? Elements, wildCardFanOut ?? WildCardFanOut);

    /// <inheritdoc/>
    public override string ToString() =>
        $"ActorSelectionMessage - Message: {Message} - WildCartFanOut: {WildCardFanOut} - Elements: {string.Join("/", Elements.Select(e => e.ToString()))}";
}
