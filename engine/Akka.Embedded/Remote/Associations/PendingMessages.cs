// Messages that wait for a connection, already encoded, so that their bytes can be counted and what is sent is what the message was when it was told.
// Bounded by count and bytes. Not thread-safe: the association's lock guards it.
using Akka.Actor;

namespace Akka.Embedded.Remote;

/// <summary>A message that waits, with what is needed to make a dead letter of it.</summary>
internal readonly record struct PendingMessage(byte[] Frame, object Message, IActorRef? Sender, IActorRef Recipient);

internal sealed class PendingMessages(int maxMessages, int maxBytes)
{
    private readonly Queue<PendingMessage> _messages = new();
    private int _bytes;

    public int Count => _messages.Count;

    public bool TryAdd(in PendingMessage message)
    {
        if (_messages.Count >= maxMessages || (_bytes > 0 && _bytes + message.Frame.Length > maxBytes))
            return false;
        _messages.Enqueue(message);
        _bytes += message.Frame.Length;
        return true;
    }

    public bool TryPeek(out PendingMessage message) => _messages.TryPeek(out message);

    public void Remove() => _bytes -= _messages.Dequeue().Frame.Length;

    /// <summary>Takes all messages out.</summary>
    public PendingMessage[] TakeAll()
    {
        if (_messages.Count == 0)
            return [];
        var all = _messages.ToArray();
        _messages.Clear();
        _bytes = 0;
        return all;
    }
}
