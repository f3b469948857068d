// The locks of a session: asked for one at a time per owner, waited for by asking again, told again to a meta that has just begun to act.

using AkkaDfs.Client.Files;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client;

/// <summary>Advisory locks, as fcntl(2) and flock(2) have them. Thread-safe.</summary>
public sealed class SessionLocks
{
    private readonly DfsSession _session;
    private readonly ClientContext _context;
    private const int Lanes = 64;

    // What concerns one owner and one file goes one after the other, so that the numbers come in order. Waiting takes no lane.
    private readonly AsyncGate[] _lanes = [.. Enumerable.Range(0, Lanes).Select(_ => new AsyncGate())];
    private readonly Lock _gate = new();
    private readonly HashSet<MetaProtocol.HeldLock> _taken = [];
    private ulong _lastNumber;

    internal SessionLocks(DfsSession session, ClientContext context) => (_session, _context) = (session, context);

    /// <summary>True when the session was silent for too long, or another got a lock after a change of meta: all locks have to be taken anew.</summary>
    public bool AreLost { get; private set; }

    /// <summary>Takes or gives back a lock.</summary>
    /// <param name="wanted">What; mode Unlocked gives the range back.</param>
    /// <param name="wait">True: waits, until cancelled, while another owner has one that forbids it. False: LockConflict then.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="DfsException">LockConflict, WouldDeadlock, FileNotFound, TooManyHandles and others.</exception>
    public async Task SetAsync(MetaProtocol.HeldLock wanted, bool wait = false, CancellationToken cancellationToken = default)
    {
        var isSet = false;
        try
        {
            while (true)
            {
                var session = _session.Id;
                var error = await TryAsync(session, wanted, wait, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
                if (error is null)
                {
                    break;
                }

                if (error.Code == DfsErrorCode.SessionLost)
                {
                    await _session.BeginAgainAsync(session, _context.DeadlineOf(null), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
                }
                else
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(error.RetryAfterMs), _context.Time, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
                }
            }

            isSet = true;
        }
        finally
        {
            if (!isSet && wait)
            {
                await CancelAsync(wanted).ConfigureAwait(Surroundings.HoldAwaits);
            }
        }
    }

    /// <summary>A lock that forbids the one asked for, or null.</summary>
    public async Task<MetaProtocol.HeldLock?> GetAsync(MetaProtocol.HeldLock wanted, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var request = new MetaProtocol.GetLock(_session.Id, wanted.File, wanted.Owner, wanted.Kind, wanted.Mode, wanted.Start, wanted.End);
        return (await _context.AskAsync<MetaProtocol.LockReply>(request, _context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits)).Conflict;
    }

    internal async Task TellAllAsync(Guid session, Deadline deadline, CancellationToken cancellationToken)
    {
        MetaProtocol.HeldLock[] all;
        lock (_gate)
        {
            all = [.. _taken];
        }

        for (var at = 0; at == 0 || at < all.Length; at += MetaProtocol.MaxReclaim)
        {
            var part = all.Skip(at).Take(MetaProtocol.MaxReclaim).ToArray();
            var request = new MetaProtocol.ReclaimSession(session, [], part, at + MetaProtocol.MaxReclaim >= all.Length);
            var reply = await _context.AskAsync<MetaProtocol.SessionReply>(request, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            AreLost |= reply.LostLocks > 0;
        }
    }

    internal void Lose()
    {
        lock (_gate)
        {
            AreLost |= _taken.Count > 0;
            _taken.Clear();
        }
    }

    private async Task<DfsError?> TryAsync(Guid session, MetaProtocol.HeldLock wanted, bool wait, CancellationToken cancellationToken)
    {
        var lane = LaneOf(wanted);
        await lane.EnterAsync(cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        try
        {
            var request = new MetaProtocol.SetLock(
                session, Interlocked.Increment(ref _lastNumber), wanted.File, wanted.Owner, wanted.Kind, wanted.Mode, wanted.Start, wanted.End, wait);

            // Never left in the middle: a lock that meta has given is one that this client knows of.
            await _context.AskAsync<MetaProtocol.Done>(request, _context.DeadlineOf(null), CancellationToken.None).ConfigureAwait(Surroundings.HoldAwaits);
            Note(wanted);
            return null;
        }
        catch (DfsException e) when (e.Code == DfsErrorCode.SessionLost || (e.Code == DfsErrorCode.LockConflict && wait))
        {
            return e.Error;
        }
        finally
        {
            lane.Leave();
        }
    }

    private AsyncGate LaneOf(MetaProtocol.HeldLock wanted)
        => _lanes[(int)(((wanted.File.Value * 31) + (wanted.Owner * 3) + (ulong)wanted.Kind) % Lanes)];

    private async Task CancelAsync(MetaProtocol.HeldLock wanted)
    {
        var lane = LaneOf(wanted);
        await lane.EnterAsync(CancellationToken.None).ConfigureAwait(Surroundings.HoldAwaits);
        try
        {
            var request = new MetaProtocol.CancelLock(_session.Id, Interlocked.Increment(ref _lastNumber), wanted.File, wanted.Owner, wanted.Kind);
            await _context.AskAsync<MetaProtocol.Done>(request, Deadline.After(_context.Time, _context.Options.MetaAttemptTimeout), CancellationToken.None).ConfigureAwait(Surroundings.HoldAwaits);
        }
        catch (DfsException e) when (e.Error.Advice != DfsAdvice.OutcomeUnknown)
        {
            // Nobody answers: the place in the queue is lost a few seconds after the last asking.
            return;
        }
        finally
        {
            lane.Leave();
        }
    }

    // What meta has of this owner, as it has it: parts of ranges that are given back or change their strength are cut off.
    private void Note(MetaProtocol.HeldLock wanted)
    {
        lock (_gate)
        {
            var mine = _taken.Where(h => h.File == wanted.File && h.Owner == wanted.Owner && h.Kind == wanted.Kind && h.Start < wanted.End && wanted.Start < h.End).ToArray();
            foreach (var held in mine)
            {
                _taken.Remove(held);
                if (held.Start < wanted.Start)
                {
                    _taken.Add(held with { End = wanted.Start });
                }

                if (held.End > wanted.End)
                {
                    _taken.Add(held with { Start = wanted.End });
                }
            }

            if (wanted.Mode != MetaProtocol.LockMode.Unlocked)
            {
                _taken.Add(wanted);
            }
        }
    }
}
