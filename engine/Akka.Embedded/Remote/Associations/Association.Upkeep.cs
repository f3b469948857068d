// What an association does now and then without being asked: signs of life, repeating, reopening, giving up, forgetting.
namespace Akka.Embedded.Remote;

internal sealed partial class Association
{
    private const long DoubtMillis = 2000;

    /// <summary>Does what is due. True if the association is of no use any more and has been marked as removed.</summary>
    public bool Upkeep()
    {
        var after = new Aftermath(this);
        var now = _remoting.NowMillis;
        bool removed;
        lock (_gate)
        {
            if (_state == State.Removed)
                return true;
            UpkeepLinks(now, ref after);
            if (!_outbox.IsEmpty)
                UpkeepSystemMessages(now, ref after);
            removed = TryForget(now);
        }

        after.Run(_remoting);
        return removed;
    }

    private void UpkeepLinks(long now, ref Aftermath after)
    {
        var beat = now - _lastBeat >= _remoting.Options.BeatMillis;
        if (beat)
            _lastBeat = now;
        foreach (var link in _links)
        {
            if (link.IsSilent)
                after.Close(link, "no sign of life from the other side for too long");
            else if (link.DoubtSince is { } since && now - since > DoubtMillis)
                after.Close(link, "the other side has opened a new connection, and this one is silent");
            else if (beat)
                after.Beat(link);
        }

        if (_dialling is not null && now - _dialling.CreatedAt > _remoting.Options.HandshakeMillis)
            after.Close(_dialling, "the other side did not answer the greeting in time");
    }

    private void UpkeepSystemMessages(long now, ref Aftermath after)
    {
        var settings = _remoting.Settings;
        var patience = _uid is null ? settings.InitialSysMsgDeliveryTimeout : settings.QuarantineSilentSystemTimeout;
        if (now - _outbox.WaitingSince > patience.TotalMilliseconds)
        {
            Renumber();
            after.GivenUp();
            return;
        }

        if (_outgoing is null)
        {
            TryReopen();
            return;
        }

        if (now - Math.Max(_outbox.LastResend, _outbox.WaitingSince) >= settings.SysResendTimeout.TotalMilliseconds)
            _outbox.Rewind(now);
        PumpSystemMessages(_outgoing);
        after.Flush(_outgoing);
    }

    private bool TryForget(long now)
    {
        if (_quarantined.Count > 0 && _remoting.Settings.QuarantineDuration is { } keep)
        {
            foreach (var (uid, since) in _quarantined.ToArray())
            {
                if (now - since > keep.TotalMilliseconds)
                    _quarantined.Remove(uid);
            }
        }

        var resting = _state == State.Idle || (_state == State.Gated && now >= _gatedUntil);
        if (!resting || _links.Count > 0 || _quarantined.Count > 0 || !_outbox.IsEmpty || now - _lastUse < _remoting.Options.ForgetMillis)
            return false;
        _state = State.Removed;
        return true;
    }
}
