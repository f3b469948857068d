// The elements of a selection's path.
using Akka.Embedded;
using Akka.Util;

namespace Akka.Actor;

/// <summary>An element of a selection's path.</summary>
public abstract class SelectionPathElement
{
}

/// <summary>The child of a name.</summary>
public class SelectChildName : SelectionPathElement
{
    /// <param name="name">The name.</param>
    public SelectChildName(string name) => Name = name;

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SelectChildName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => StableHash.Of(Name);

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Equality of names.</summary>
    protected bool Equals(SelectChildName other) => Name == other.Name;
}

/// <summary>All children whose names fit a pattern: * for any text, ? for one character.</summary>
public class SelectChildPattern : SelectionPathElement
{
    /// <param name="patternStr">The pattern.</param>
    public SelectChildPattern(string patternStr) => PatternStr = patternStr;

    /// <summary>The pattern.</summary>
    public string PatternStr { get; }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SelectChildPattern other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => StableHash.Of(PatternStr);

    /// <inheritdoc/>
    public override string ToString() => PatternStr;

    /// <summary>Equality of patterns.</summary>
    protected bool Equals(SelectChildPattern other) => PatternStr == other.PatternStr;
}

/// <summary>All descendants.</summary>
public class SelectChildRecursive : SelectionPathElement
{
    /// <summary>The one value.</summary>
    public static readonly SelectChildRecursive Instance = new();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SelectChildRecursive;

    /// <inheritdoc/>
    public override int GetHashCode() => 2;

    /// <inheritdoc/>
    public override string ToString() => "**";
}

/// <summary>The parent.</summary>
public class SelectParent : SelectionPathElement
{
    /// <summary>The one value.</summary>
    public static readonly SelectParent Instance = new();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SelectParent;

    /// <inheritdoc/>
    public override int GetHashCode() => 1;

    /// <inheritdoc/>
    public override string ToString() => "..";
}

/// <summary>Makes selections.</summary>
public static class ActorRefFactoryShared
{
    /// <summary>The actor at a path.</summary>
    public static ActorSelection ActorSelection(ActorPath actorPath, ActorSystem system) =>
        new(((ExtendedActorSystem)system).Provider.RootGuardianAt(actorPath.Address), actorPath.Elements);

    /// <summary>The actors that a full, absolute ("/user/a") or relative ("../a") path means.</summary>
    public static ActorSelection ActorSelection(string path, ActorSystem system, IActorRef lookupRoot)
    {
        var provider = ((ExtendedActorSystem)system).Provider;
        if (ActorPath.TryParseAddress(path, out var address, out var rest))
            return new ActorSelection(provider.RootGuardianAt(address), rest.ToString());
        return path.StartsWith('/')
            ? new ActorSelection(provider.RootGuardian, path)
            : new ActorSelection(lookupRoot, path);
    }

    /// <summary>The actors that a path below an actor means.</summary>
    public static ActorSelection ActorSelection(IActorRef anchorActorRef, string path) => new(anchorActorRef, path);
}

/// <summary>Texts of relative paths.</summary>
public static class RelativeActorPath
{
    /// <summary>The elements of a relative path.</summary>
    public static IEnumerable<string> Unapply(string addr) => addr.Split('/').Where(static e => e.Length > 0);
}

/// <summary>Takes a message along a selection's path.</summary>
internal static class SelectionDelivery
{
    public static void Deliver(IInternalActorRef anchor, IActorRef? sender, ActorSelectionMessage selection)
    {
        if (selection.Elements.Length == 0)
        {
            anchor.Tell(selection.Message, sender);
            return;
        }

        Walk(anchor, 0, sender, selection);
    }

    private static void Walk(IInternalActorRef current, int at, IActorRef? sender, ActorSelectionMessage selection)
    {
        var path = selection.Elements;
        while (true)
        {
            if (current is not ActorRefWithCell local)
            {
                Leave(current, at, sender, selection);
                return;
            }

            var element = path[at];
            var isLast = at == path.Length - 1;
            switch (element)
            {
                case SelectParent:
                    current = local.Parent;
                    break;
                case SelectChildName named:
                    var child = local.GetSingleChild(named.Name);
                    if (child.IsNobody())
                    {
                        Absent(local, at, sender, selection);
                        return;
                    }

                    current = child;
                    break;
                case SelectChildPattern pattern:
                    FanOut(local, pattern, at, sender, selection);
                    return;
                case SelectChildRecursive:
                    Descend(local, sender, selection.Message);
                    return;
                default:
                    throw new System.Diagnostics.UnreachableException($"Unknown element {element}.");
            }

            if (isLast)
            {
                current.Tell(selection.Message, sender);
                return;
            }

            at++;
        }
    }

    /// <summary>From here the message goes on elsewhere: on another node, or among references without an actor.</summary>
    private static void Leave(IInternalActorRef current, int at, IActorRef? sender, ActorSelectionMessage selection)
    {
        if (current.IsLocal && current is VirtualPathContainer && selection.Elements[at] is SelectChildName named
            && at == selection.Elements.Length - 1)
        {
            var found = current.GetChild([named.Name]);
            if (!found.IsNobody())
            {
                found.Tell(selection.Message, sender);
                return;
            }
        }

        current.Tell(selection.Copy(elements: selection.Elements[at..]), sender);
    }

    private static void FanOut(
        ActorRefWithCell parent, SelectChildPattern pattern, int at, IActorRef? sender, ActorSelectionMessage selection)
    {
        var isLast = at == selection.Elements.Length - 1;
        var matches = 0;
        foreach (var child in parent.Children.ToArray())
        {
            if (!child.Path.Name.Like(pattern.PatternStr))
                continue;
            matches++;
            if (isLast)
                child.Tell(selection.Message, sender);
            else
                Walk((IInternalActorRef)child, at + 1, sender, selection.Copy(wildCardFanOut: true));
        }

        if (matches == 0)
            Absent(parent, at, sender, selection);
    }

    private static void Descend(ActorRefWithCell parent, IActorRef? sender, object message)
    {
        foreach (var child in parent.Children.ToArray())
        {
            child.Tell(message, sender);
            if (child is ActorRefWithCell withCell)
                Descend(withCell, sender, message);
        }
    }

    private static void Absent(ActorRefWithCell last, int at, IActorRef? sender, ActorSelectionMessage selection)
    {
        if (selection.WildCardFanOut)
            return;
        var path = last.Path / selection.Elements[at..].Select(static e => e.ToString()!);
        var nobody = new EmptyLocalActorRef(last.Provider, path, last.Provider.Settings.System.EventStream);
        nobody.Tell(selection.Copy(elements: []), sender);
    }
}
