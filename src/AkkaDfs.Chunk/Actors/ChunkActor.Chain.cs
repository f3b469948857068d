// The chain as this member sees it: who is blamed when an operation does not come back, and when that is told to meta.
//
// A member that waits knows only that something further down is stuck. Whoever blamed its neighbour for it would take a good
// member out and leave the bad one in. So before the patience is over the members behind are asked how far they are, and blamed
// is the first that does not answer or does not have the operation.

using Akka.Actor;
using Akka.Event;
using AkkaDfs.Chunk.DataPlane;
using AkkaDfs.Shared;
using AkkaDfs.Shared.DataPlane;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Chunk.Actors;

internal sealed partial class ChunkActor
{
    private ChainProbe? _probe;

    /// <inheritdoc/>
    public void OnChainTrouble(ServerId suspect, DfsError error)
    {
        if (_phase != Phase.Serving)
        {
            return;
        }

        _phase = Phase.Broken;
        _line.StopPassing();
        _handle.KnownChain = Generation.Any;
        if (_role.Position == 0)
        {
            _log.Warning("Chain of chunk {0}, generation {1}, is broken at server {2}: {3}", Chunk, _role.Generation, suspect, error);
            _trouble = (suspect, error);
            TellTrouble(_role.Generation);
        }
        else
        {
            _trouble = (suspect, new DfsError(DfsErrorCode.ChainBroken, $"Server {suspect} did not accept an operation: {error.Message}"));
            _line.FailAll(_trouble.Error, _trouble.Error, suspect);
        }

        Proceed();
    }

    private void TellTrouble(Generation generation)
    {
        _troubleToldAt = Now;
        TellMeta(new ServerProtocol.ChainBroken(Server, Chunk, generation, _trouble.Suspect, _trouble.Error));
    }

    // The further from the tail, the more patient, and the primary as patient as is configured.
    private TimeSpan ChainPatience => _environment.Settings.ChainTimeout * (1 - (0.25 * _role.Position / Math.Max(1, _role.ChainLength - 1)));

    private void WatchChain(long now)
    {
        if (_phase != Phase.Serving || _line.OldestPassed() is not { } oldest)
        {
            _probe = null;
            return;
        }

        var patience = ChainPatience;
        var waits = _environment.Time.GetElapsedTime(oldest.PassedAt, now);
        if (_probe is not { } probe || probe.Sequence != oldest.Place.Sequence)
        {
            if (waits > patience / 2)
            {
                BeginProbe(oldest.Place.Sequence, patience);
            }
        }
        else if (waits > patience && _environment.Time.GetElapsedTime(probe.BegunAt, now) >= patience / 2)
        {
            // This server itself may have been held up: the members get their time to answer in any case.
            var suspect = probe.Suspect() ?? _line.Next;
            OnChainTrouble(suspect, new DfsError(DfsErrorCode.Timeout, $"Server {suspect} did not acknowledge an operation within {patience.TotalSeconds:0.#} s."));
        }
    }

    private void BeginProbe(ulong sequence, TimeSpan limit)
    {
        var probe = new ChainProbe(sequence, _line.After.ToArray(), Now);
        _probe = probe;
        for (var i = 0; i < probe.Members.Length; i++)
        {
            var at = i;
            _ = ProbeAsync(probe.Members[i], limit).PipeTo(
                Self, success: reached => new Probed(probe, at, reached), failure: _ => new Probed(probe, at, null));
        }
    }

    // Null when there is no answer.
    private async Task<ulong?> ProbeAsync(ChainMember member, TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit, _environment.Time);
        var answer = await _environment.Peers.DescribeAsync(member, new ReplicaHead(Chunk, member.Server, Generation.Any, default), timeout.Token);
        return answer.IsOk ? answer.Value.Sequence : null;
    }

    private static void OnProbed(Probed probed) => probed.Probe.Reached[probed.At] = probed.Reached;

    private void RepeatToMeta(long now)
    {
        if (_phase == Phase.Broken && _role.Position == 0 && _environment.Time.GetElapsedTime(_troubleToldAt, now) >= s_repeat)
        {
            TellTrouble(_role.Generation);
        }

        if (_rightAskedAt is { } asked && _environment.Time.GetElapsedTime(asked, now) >= s_repeat)
        {
            _rightAskedAt = null;
            _line.Settle();
            OnRight();
        }
    }

    /// <summary>How far the members behind this one are, as far as they have answered.</summary>
    private sealed record ChainProbe(ulong Sequence, ChainMember[] Members, long BegunAt)
    {
        public ulong?[] Reached { get; } = new ulong?[Members.Length];

        /// <summary>The first member that does not have the operation, as far as is known; null when all have it.</summary>
        public ServerId? Suspect()
        {
            var at = Array.FindIndex(Reached, r => r is null || r < Sequence);
            return at < 0 ? null : Members[at].Server;
        }
    }

    private sealed record Probed(ChainProbe Probe, int At, ulong? Reached);

    // Cut off its file, or removed with it: nothing that is written here would ever be found, and what is here must not be read.
    private void Withhold()
    {
        if (_phase is not (Phase.Absent or Phase.Faulted))
        {
            var next = (_fence > _role.Generation ? _fence : _role.Generation).Next;
            Fence(next, keep: false);
            Retire(next);
        }
    }

    // A replica can be lost without a word of its own: with its folder. Once meta hears of that it forgets the replica, and asks
    // nobody to stop serving it. What needs no look at the disk (a length, bytes behind the end) must not be answered from then on.
    private void NoticeLoss()
    {
        if (_phase is not (Phase.Absent or Phase.Faulted) && _file?.Fault is { } fault)
        {
            Fault(fault);
        }
    }
}
