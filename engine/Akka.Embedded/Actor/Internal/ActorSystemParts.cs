// Small parts of the actor system: the check of its name, its hierarchy as text, and the log of unhandled messages.
using System.Text;
using Akka.Event;

namespace Akka.Actor.Internal;

internal static class ActorSystemName
{
    public static void Check(string name)
    {
        if (string.IsNullOrEmpty(name) || !char.IsAsciiLetterOrDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
        {
            throw new ArgumentException(
                $"Invalid ActorSystem name [{name}], must contain only word characters (i.e. [a-zA-Z0-9] plus non-leading '-')", nameof(name));
        }
    }
}

internal static class HierarchyText
{
    public static string Of(IActorRef root)
    {
        var text = new StringBuilder();
        Append(text, root, 0);
        return text.ToString();
    }

    private static void Append(StringBuilder text, IActorRef node, int depth)
    {
        text.Append(' ', depth * 3).Append(depth == 0 ? string.Empty : "-> ").Append(node.Path.Name.Length == 0 ? "/" : node.Path.Name).AppendLine();
        if (node is ActorRefWithCell cell)
        {
            foreach (var child in cell.Children)
                Append(text, child, depth + 1);
        }
    }
}

/// <summary>Logs unhandled messages at debug level; only with akka.actor.debug.unhandled.</summary>
internal sealed class UnhandledMessageLogger : ActorBase
{
    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(UnhandledMessage));

    protected override bool Receive(object message)
    {
        if (message is not UnhandledMessage unhandled)
            return false;
        Context.System.EventStream.Publish(new Debug(
            unhandled.Recipient.Path.ToString(), unhandled.Recipient.GetType(),
            $"Unhandled message from {unhandled.Sender} : {unhandled.Message}"));
        return true;
    }
}
