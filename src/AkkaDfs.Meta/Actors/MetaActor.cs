// The cluster's singleton: gives commands to the state machine, its events to the journal, and carries out what follows.
//
//   Recovering ──journal read──▶ Acting ──journal failed──▶ Failed ──after a while──▶ (started again) Recovering
//
// Invariants. Nothing of a command's outcome (reply, order, copy) leaves the node before the command's own events and all events
// before them are durable; that holds for commands that only looked, too. And nothing leaves unless the journal is confirmed:
// while another meta may act, this one is silent. Commands go on being applied meanwhile. A meta that was replaced says nothing
// any more of what it has applied, not even what has become durable: clients ask again, and the next meta knows.

using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using AkkaDfs.Meta.Core;
using AkkaDfs.Meta.Journal;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Meta.Actors;

/// <summary>What the MetaActor stands on.</summary>
/// <param name="Policy">The settings of the state machine.</param>
/// <param name="Address">host:port of this node.</param>
/// <param name="MaxPending">Requests that may wait for the actor, and commands whose outcome may wait for the journal, before requests are answered with Busy.</param>
/// <param name="Seed">Where randomness comes from; drawn anew with each start.</param>
/// <param name="OpenJournal">Makes the journal.</param>
/// <param name="Probe">Tries a data plane's address: true when nothing listens there.</param>
/// <param name="CopyTimeout">Time for a copy to come further.</param>
internal sealed record MetaSetup(
    MetaPolicy Policy,
    string Address,
    int MaxPending,
    Func<ulong> Seed,
    Func<IMetaJournal> OpenJournal,
    Func<DataEndpoint, Task<bool>> Probe,
    TimeSpan CopyTimeout)
{
    /// <summary>Reads the operation log's newest entries that match, up to a durable position; may block on the disk.</summary>
    public Func<MetaProtocol.GetLog, long, Result<MetaProtocol.LogPage>> ReadLog { get; init; } =
        (_, _) => new DfsError(DfsErrorCode.NotSupported, "This meta node keeps no operation log that can be read.");

    /// <summary>The meta nodes of the cluster, oldest first.</summary>
    public Func<IReadOnlyList<MetaNodeStatus>> MetaNodes { get; init; } = () => [];

    /// <summary>Counts the requests that were let in and not taken up yet; null when nobody counts.</summary>
    public WaitingRequests? Waiting { get; init; }

    /// <summary>Told why meta has stopped acting: the node may leave the place to another one. Called in the actor.</summary>
    public Action<DfsError> StepDown { get; init; } = _ => { };
}

/// <summary>Meta.</summary>
internal sealed partial class MetaActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    private static readonly MetaEffect[] NoEffects = [];

    private readonly MetaSetup _setup;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<Held> _held = new();
    private readonly IScheduler _clock = Context.System.Scheduler;
    private readonly IMetaJournal _journal;
    private IActorRef _copies = ActorRefs.Nobody;
    private MetaState _state;
    private long _appended;
    private long _durable;

    public MetaActor(MetaSetup setup)
    {
        _setup = setup;
        _journal = setup.OpenJournal();
        _state = NewState(setup, null);
        Recovering();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    internal static Props PropsFor(MetaSetup setup) => Props.Create(() => new MetaActor(setup));

    protected override void PreStart()
    {
        var (journal, setup, listener) = (_journal, _setup, new MetaNodeProtocol.Listener(Self));
        _ = Surroundings.RunAside(() =>
        {
            var state = NewState(setup, journal.TakeState());
            return new MetaNodeProtocol.JournalRead(state, journal.Open(state.Replay, listener));
        }).PipeTo(Self, failure: e => new MetaNodeProtocol.JournalFailed(new DfsError(DfsErrorCode.Internal, e.Message)));
        _copies = Context.ActorOf(ReplicationSupervisor.PropsFor(_setup.CopyTimeout), "copies");
    }

    protected override void PostStop() => _journal.Dispose();

    private static MetaState NewState(MetaSetup setup, DurableState? durable) => new(setup.Policy, setup.Seed(), setup.Address, durable);

    private void Recovering()
    {
        Receive<MetaNodeProtocol.JournalRead>(Begin);
        Receive<MetaNodeProtocol.JournalFailed>(failed => Fail(failed.Error));
        ReceiveRequest<MetaProtocol.Request>(_ => Sender.Tell(new MetaProtocol.Failed(
            new DfsError(DfsErrorCode.NotActingMeta, "Meta is reading its operation log. Try again shortly.", RetryAfterMs: 200))));
        Receive<ServerProtocol.ToMeta>(_ => { });
    }

    private void Acting()
    {
        ActingForClients();
        Receive<ServerProtocol.ReplicaCopied>(copied => _copies.Forward(copied));
        Receive<ServerProtocol.CopyProgress>(progress => _copies.Forward(progress));
        Receive<ServerProtocol.OrderFailed>(failed =>
        {
            _copies.Forward(failed);
            Take(_state.Apply((ServerProtocol.ToMeta)failed, Now()), Sender);
        });
        Receive<ServerProtocol.Heartbeat>(heartbeat =>
        {
            if (_held.Count >= _setup.MaxPending)
            {
                // The next one comes by itself, and what this one reports is found missing by its digest.
                return;
            }

            var turn = _state.Apply((ServerProtocol.ToMeta)heartbeat, Now());
            if (turn.Reply is ServerProtocol.HeartbeatAck { MustRegister: false })
            {
                // A server that could not be reached for a while has come back without registering anew.
                Remember(heartbeat.Server, Sender);
            }

            Take(turn, Sender);
        });
        Receive<ServerProtocol.ToMeta>(message =>
        {
            var turn = _state.Apply(message, Now());
            if (!PutAside(turn, message))
            {
                Take(turn, Sender);
            }
        });
        Receive<MetaNodeProtocol.CopiesForgotten>(_ => Signal(new CopiesLost()));
        Receive<TickNow>(_ => Signal(new Tick()));
        Receive<Terminated>(ServerEnded);
        Receive<MetaNodeProtocol.ProbeOutcome>(p => Signal(new ServerProbed(p.Server, p.Incarnation, p.IsRefused)));
        Receive<MetaNodeProtocol.CopyOutcome>(c => Signal(new CopyEnded(c.Plan, c.Error)));
        Receive<MetaNodeProtocol.JournalDurable>(durable =>
        {
            _durable = durable.Position;
            Release();
        });
        Receive<MetaNodeProtocol.JournalConfirmed>(_ => Release());
        Receive<MetaNodeProtocol.CheckpointEnded>(NoteCheckpoint);
        Receive<MetaNodeProtocol.JournalFailed>(failed => Fail(failed.Error));
    }

    private void ActingForClients()
    {
        ReceiveRequest<MetaProtocol.GetLog>(ReadLog);
        Receive<MetaNodeProtocol.LogRead>(EndReadLog);
        ReceiveRequest<MetaProtocol.Request>(request =>
        {
            if (_held.Count + _aside.Count >= _setup.MaxPending)
            {
                Sender.Tell(new MetaProtocol.Failed(MetaDoor.Busy()));
                return;
            }

            var turn = _state.Apply(request, Now());
            if (PutAside(turn, request) || Waits(turn, request))
            {
                return;
            }

            if (turn.Reply is MetaProtocol.ClusterReply cluster)
            {
                turn.Reply = new MetaProtocol.ClusterReply(cluster.Status with { MetaNodes = _setup.MetaNodes() });
            }

            Take(turn, Sender);
        });
    }

    private void ReceiveRequest<T>(Action<T> handle)
        where T : MetaProtocol.Request
        => Receive<T>(request =>
        {
            _setup.Waiting?.Leave();
            handle(request);
        });

    // What is held back is never confirmed: clients find out by trying again once the journal works, or at another meta node.
    private void Failed(DfsError error)
    {
        var answer = new MetaProtocol.Failed(error.Code is DfsErrorCode.StaleEpoch or DfsErrorCode.JournalUnreachable
            ? new DfsError(DfsErrorCode.NotActingMeta, $"This meta node does not act: {error.Message}", RetryAfterMs: 200)
            : error);
        ReceiveRequest<MetaProtocol.Request>(_ => Sender.Tell(answer));
        Receive<TryAgain>(_ => throw error.ToException());
        ReceiveAny(_ => { });
    }

    private void Begin(MetaNodeProtocol.JournalRead read)
    {
        if (!read.Opened.IsOk)
        {
            Fail(read.Opened.Error);
            return;
        }

        _state = read.State;
        var opened = read.Opened.Value;
        _appended = _durable = opened.Transactions;
        if (opened.CutBytes > 0)
        {
            _log.Warning("The operation log ended with {0} bytes that were never confirmed; they are cut off", opened.CutBytes);
        }

        foreach (var warning in opened.Warnings)
        {
            _log.Warning("{0}", warning);
        }

        _log.Info("Meta acts at {0} in epoch {1} after {2} transactions", _setup.Address, opened.Epoch, opened.Transactions);
        Become(Acting);
        Signal(new Started());
        Invite();
        Timers.StartPeriodicTimer("tick", TickNow.Instance, TickInterval);
    }

    private void Fail(DfsError error)
    {
        _log.Error("Meta stops answering: {0}", error.Message);
        _held.Clear();
        ForgetAside();
        Timers.CancelAll();
        Become(() => Failed(error));

        // Supervision starts a new incarnation, which reads the log back: the only state that can still be trusted. But whoever was
        // replaced does not fight for the log: its node finds its place in the cluster first.
        if (error.Code != DfsErrorCode.StaleEpoch)
        {
            Timers.StartSingleTimer("again", TryAgain.Instance, error.Code == DfsErrorCode.JournalUnreachable ? RetrySoon : RetryInterval);
        }

        _setup.StepDown(error);
    }

    private void NoteCheckpoint(MetaNodeProtocol.CheckpointEnded ended)
    {
        if (ended.Error is { } error)
        {
            _log.Error("No checkpoint was made, and the log before it is kept: {0}", error.Message);
        }
        else
        {
            _log.Info("A checkpoint holds everything before transaction {0}", ended.NextPosition);
        }
    }

    private void Signal(MetaSignal signal) => Take(_state.Apply(signal, Now()), ActorRefs.Nobody);

    private MetaTime Now() => new((long)_clock.MonotonicClock.TotalMilliseconds, UnixNs(_clock.Now));

    private static long UnixNs(DateTimeOffset now) => (now - DateTimeOffset.UnixEpoch).Ticks * 100;

    private void Take(MetaTurn turn, IActorRef asker)
    {
        TakeOne(turn, asker);
        TryAside();
    }

    private void TakeOne(MetaTurn turn, IActorRef asker)
    {
        if (turn.Events.Count > 0)
        {
            _appended = _journal.Append(turn.Events);
        }

        Deliver(turn.Reply, turn.Effects, asker);
    }

    private void Deliver(object? reply, IReadOnlyList<MetaEffect> effects, IActorRef asker)
    {
        if (_durable >= _appended && _held.Count == 0 && _journal.IsConfirmed)
        {
            CarryOut(reply, effects, asker);
        }
        else if (reply is not null || effects.Count > 0)
        {
            _held.Enqueue(new Held(_appended, reply, effects.Count == 0 ? NoEffects : effects.ToArray(), asker));
        }
    }

    private void Release()
    {
        while (_held.TryPeek(out var held) && held.Position <= _durable && _journal.IsConfirmed)
        {
            _held.Dequeue();
            CarryOut(held.Reply, held.Effects, held.Asker);
        }
    }

    private void CarryOut(object? reply, IReadOnlyList<MetaEffect> effects, IActorRef asker)
    {
        if (reply is ServerProtocol.Registered registered)
        {
            Remember(registered.Server, asker);
        }

        if (reply is not null)
        {
            asker.Tell(reply);
        }

        for (var i = 0; i < effects.Count; i++)
        {
            CarryOut(effects[i]);
        }
    }

    private void CarryOut(MetaEffect effect)
    {
        switch (effect)
        {
            case SendOrder e: ServerAt(e.Server).Tell(e.Order); break;
            case StartCopy e: StartCopy(e.Plan); break;
            case AbandonCopy e: _copies.Tell(new MetaNodeProtocol.ForgetCopy(e.Plan)); break;
            case TellDrops e: TellWaiting(e); break;
            case ProbeServer e: Probe(e); break;
            case Note { IsWarning: true } e: _log.Warning("{0}", e.Text); break;
            case Note e: _log.Info("{0}", e.Text); break;
            default: throw new UnreachableException(effect.GetType().Name);
        }
    }

    private sealed record Held(long Position, object? Reply, IReadOnlyList<MetaEffect> Effects, IActorRef Asker);

    private sealed class TickNow
    {
        public static readonly TickNow Instance = new();
    }

    private sealed class TryAgain
    {
        public static readonly TryAgain Instance = new();
    }
}
