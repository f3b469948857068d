// The sending half of an association. Messages are serialized by the caller before the lock is taken; under the lock they only get their head
// and their place in the stream.
using Akka.Actor;
using Akka.Embedded.Remote.Wire;
using Akka.Remote;

namespace Akka.Embedded.Remote;

internal sealed partial class Association
{
    /// <summary>Sends a user message. False if this association is no longer in use.</summary>
    public bool Send(object message, IActorRef? sender, RemoteActorRef recipient, in SerializedMessage body)
    {
        Link? link;
        SendResult result;
        bool held;
        lock (_gate)
        {
            if (_state == State.Removed)
                return false;
            _lastUse = _remoting.NowMillis;
            link = _outgoing;
            held = link is null;
            result = link is not null ? Write(link, message, sender, recipient, body)
                : TryReopen() ? Hold(message, sender, recipient, body)
                : SendResult.Closed;
        }

        if (result == SendResult.Accepted)
        {
            if (!held)
                link!.Flush();
            return true;
        }

        _remoting.OnNotSent(this, result, message, sender, recipient, body.Payload.Length);
        return true;
    }

    /// <summary>Sends a system message, which is repeated until acknowledged. False if this association is no longer in use.</summary>
    public bool SendSystem(object message, RemoteActorRef recipient, in SerializedMessage body)
    {
        Link? link;
        bool full;
        lock (_gate)
        {
            if (_state == State.Removed)
                return false;
            _lastUse = _remoting.NowMillis;
            _scratch.Clear();
            MessageFrame.WriteNames(_scratch, null, recipient, null, body.SerializerId, body.Manifest);
            _scratch.Bytes(body.Payload);
            full = !_outbox.TryAdd(_scratch.ToArray(), _remoting.NowMillis);
            link = _outgoing;
            if (link is not null)
                PumpSystemMessages(link);
            else
                TryReopen();
        }

        link?.Flush();
        if (full)
            Quarantine(Uid, $"more than {_remoting.Settings.SysMsgBufferSize} system messages wait to be acknowledged; the last one is {message}");
        return true;
    }

    /// <summary>System messages up to a number have arrived on the other side.</summary>
    public void OnAcknowledge(ref FrameReader reader)
    {
        var upTo = (long)reader.Varint();
        var gap = reader.Bool();
        if (reader.Failed)
            return;
        Link? link;
        lock (_gate)
        {
            var now = _remoting.NowMillis;
            var news = _outbox.Acknowledge(upTo, now);
            link = _outgoing;
            if (link is null)
                return;
            if (gap && now - _outbox.LastResend >= Math.Min(500, (long)_remoting.Settings.SysResendTimeout.TotalMilliseconds))
                _outbox.Rewind(now);
            else if (!news)
                return;
            PumpSystemMessages(link);
        }

        link.Flush();
    }

    /// <summary>Tells the other side up to where its system messages have arrived.</summary>
    public void SendAcknowledge(bool gap)
    {
        Link? link;
        lock (_gate)
        {
            link = _outgoing ?? _links.Find(static l => l.IsLive);
            if (link is null)
                return;
            _scratch.Clear();
            _scratch.Byte((byte)FrameKind.Acknowledge);
            _scratch.Varint((ulong)Volatile.Read(ref _delivered));
            _scratch.Bool(gap);
            link.Send(FrameLane.Urgent, _scratch.Span);
        }

        link.Flush();
    }

    /// <summary>Begins to dial if there is nothing and the gate is open. True if messages may be held for it.</summary>
    private bool TryReopen()
    {
        if (_state == State.Gated && _remoting.NowMillis >= _gatedUntil)
            _state = State.Idle;
        if (_state == State.Idle)
        {
            _state = State.Connecting;
            _dialling = new Link(_remoting, this);
            _remoting.Dial(this, _dialling);
        }

        return _state == State.Connecting;
    }

    private SendResult Write(Link link, object message, IActorRef? sender, RemoteActorRef recipient, in SerializedMessage body)
    {
        var urgent = message is IPriorityMessage;
        var names = urgent ? null : link.OutboundNames;
        _scratch.Clear();
        _scratch.Byte((byte)(urgent ? FrameKind.UrgentMessage : FrameKind.Message));
        MessageFrame.WriteNames(_scratch, names, recipient, sender, body.SerializerId, body.Manifest);
        var result = link.Send(urgent ? FrameLane.Urgent : FrameLane.Ordinary, _scratch.Span, body.Payload);
        if (result == SendResult.Accepted)
            names?.Commit();
        else
            names?.Rollback();
        return result;
    }

    private SendResult Hold(object message, IActorRef? sender, RemoteActorRef recipient, in SerializedMessage body)
    {
        _scratch.Clear();
        MessageFrame.WriteHead(_scratch, null, recipient, sender, body.SerializerId, body.Manifest);
        if (_scratch.Length + body.Payload.Length > _remoting.Options.MaxFrameBytes)
            return SendResult.TooLarge;
        _scratch.Bytes(body.Payload);
        return _pending.TryAdd(new PendingMessage(_scratch.ToArray(), message, sender, recipient)) ? SendResult.Accepted : SendResult.Full;
    }

    private void PumpSystemMessages(Link link)
    {
        while (_outbox.TryPeek(out var number, out var frame))
        {
            _scratch.Clear();
            _scratch.Byte((byte)FrameKind.System);
            _scratch.Varint((ulong)number);

            // In order with other messages if there is room; else ahead of them, where a reserve is kept.
            var result = link.Send(FrameLane.Ordinary, _scratch.Span, frame);
            if (result == SendResult.Full)
                result = link.Send(FrameLane.Urgent, _scratch.Span, frame);
            if (result is SendResult.Full or SendResult.Closed)
                return;
            _outbox.Sent();
        }
    }
}

/// <summary>What a serializer made of a message.</summary>
internal readonly record struct SerializedMessage(int SerializerId, string Manifest, byte[] Payload);
