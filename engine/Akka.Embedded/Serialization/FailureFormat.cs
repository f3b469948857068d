// A failure on the wire: its kind as a number, and its text, cut to a bounded length. Type names and stack traces stay here.
using Akka.Actor;

namespace Akka.Embedded.Serialization;

internal static class FailureFormat
{
    /// <summary>Longer texts are cut.</summary>
    public const int MaxTextLength = 2048;

    /// <summary>Append-only.</summary>
    private enum Kind : byte
    {
        Other = 0,
        AskTimeout = 1,
        Timeout = 2,
        Cancelled = 3,
        InvalidOperation = 4,
        Argument = 5,
        ActorNotFound = 6,
    }

    public static void Write(WireWriter writer, Exception cause)
    {
        writer.Byte((byte)KindOf(cause));
        writer.Text(cause.Message.Length <= MaxTextLength ? cause.Message : cause.Message[..MaxTextLength]);
    }

    public static Exception Read(ref WireReader reader)
    {
        var kind = (Kind)reader.Byte();
        var text = reader.Text();
        return kind switch
        {
            Kind.AskTimeout => new AskTimeoutException(text),
            Kind.Timeout => new TimeoutException(text),
            Kind.Cancelled => new OperationCanceledException(text),
            Kind.InvalidOperation => new InvalidOperationException(text),
            Kind.Argument => new ArgumentException(text),
            Kind.ActorNotFound => new ActorNotFoundException(text),
            // A newer peer may know more kinds: their text still says what happened.
            _ => new RemoteFailureException(text),
        };
    }

    private static Kind KindOf(Exception cause) => cause switch
    {
        AskTimeoutException => Kind.AskTimeout,
        TimeoutException => Kind.Timeout,
        OperationCanceledException => Kind.Cancelled,
        ActorNotFoundException => Kind.ActorNotFound,
        InvalidOperationException => Kind.InvalidOperation,
        ArgumentException => Kind.Argument,
        _ => Kind.Other,
    };
}
