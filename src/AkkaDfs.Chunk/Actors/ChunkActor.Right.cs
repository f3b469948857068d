// The right to acknowledge writes, as the primary of a chunk sees it. What comes without it waits, and changes nothing: meta answers for
// the chunk's length meanwhile, and a snapshot may see its bytes as they are.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Actors;

internal sealed partial class ChunkActor
{
    private Generation _reopened;
    private Generation _quiescedUnder;
    private long? _rightAskedAt;
    private ulong _firstAsk;
    private bool _draining;

    private bool MayOrder => _line.MayAcknowledge && !_draining;

    /// <inheritdoc/>
    public void OnRightNeeded()
    {
        if (_rightAskedAt is null)
        {
            _rightAskedAt = Now;
            var ask = _environment.NextAsk();
            _firstAsk = _firstAsk == 0 ? ask : _firstAsk;
            TellMeta(new ServerProtocol.ReopenChunk(Server, Chunk, _role.Generation) { Ask = ask });
        }
    }

    private void OnReopened(ServerProtocol.ChunkReopened answer)
    {
        if (answer.Error is null && answer.Generation > _reopened)
        {
            _reopened = answer.Generation;
        }

        // What was given before the right was given back would be a right that meta knows nothing of.
        var isLate = answer.Ask == 0 ? answer.Generation == _quiescedUnder : _firstAsk == 0 || answer.Ask < _firstAsk;
        if (answer.Error is null && !isLate && _phase == Phase.Serving && _role.Position == 0 && answer.Generation == _role.Generation)
        {
            _line.MayAcknowledge = true;
            _rightAskedAt = null;
            TellChanged();
            _line.Settle();
            OnRight();
            TryDrain();
        }
        else if (answer.Error?.Code == DfsErrorCode.ChunkNotFound && answer.Generation == _role.Generation)
        {
            Withhold();
        }
    }

    // A write of a client; in order with those that wait already.
    private void EnterWrite(LiveOperation operation)
    {
        if (_phase == Phase.Serving && MayOrder)
        {
            _line.Add(operation);
            return;
        }

        _untilServing.Enqueue(operation);
        AdmitHeld();
    }

    private void AdmitHeld()
    {
        if (_phase != Phase.Serving || _untilServing.Count == 0)
        {
            return;
        }

        if (MayOrder)
        {
            Readmit();
        }
        else if (!_draining)
        {
            OnRightNeeded();
        }
    }

    private void OnQuiesce(Generation generation)
    {
        if (_phase == Phase.Absent)
        {
            TellMeta(new ServerProtocol.OrderFailed(Server, Chunk, generation, nameof(ServerProtocol.QuiesceChunk), NotHere()));
        }
        else if (_phase == Phase.Serving && _role.Position == 0 && _role.Generation == generation)
        {
            _draining = true;
            TryDrain();
        }
    }

    // What is under way has come to its end: meta is told, also when it is told again.
    private void TryDrain()
    {
        if (!_draining || _phase != Phase.Serving || _line.IsBusy)
        {
            return;
        }

        _draining = false;
        if (_line.MayAcknowledge)
        {
            Quiesce();
        }
        else
        {
            TellQuiesced();
        }

        AdmitHeld();
    }

    // Everything is committed and nothing is under way: from now on meta answers for the length.
    private void Quiesce()
    {
        if (_phase == Phase.Serving && _role.Position == 0 && _line is { IsBusy: false, MayAcknowledge: true })
        {
            _line.MayAcknowledge = false;
            _reopened = Generation.Any;
            TellQuiesced();
            TellChanged();
        }
    }

    private void TellQuiesced()
    {
        (_quiescedUnder, _firstAsk, _rightAskedAt) = (_role.Generation, 0, null);
        TellMeta(new ServerProtocol.ChunkQuiesced(Server, Chunk, _role.Generation, _line.Commits.Sequence, _line.Commits.LengthBytes));
    }
}
