// What the test kit needs of a cell: to have a message handled on the test's own thread, failures included.
using Akka.Actor.Internal;

namespace Akka.Actor;

public partial class ActorCell
{
    /// <summary>
    /// Handles a message now, on this thread, and lets what it throws through. Only for actors that no other thread runs.
    /// </summary>
    internal void ReceiveForTest(Envelope envelope) => UseThreadContext(() =>
    {
        (_currentMessage, _currentSender) = (envelope.Message, envelope.Sender);
        try
        {
            if (envelope.Message is IAutoReceivedMessage)
                AutoReceiveMessage(envelope);
            else
                ReceiveMessage(envelope.Message);
        }
        finally
        {
            (_currentMessage, _currentSender) = (null, null);
        }
    });
}
