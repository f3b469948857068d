// Sees to it that a meta node which cannot stand by does not pretend to. A meta node with a journal of its own, beside another
// one, would begin an empty file system on the day the other dies. So it is ended before that, and says why.
//
// And it sees to it that a meta node which is the only one left does not wait for ever: only the first seed may form a cluster, and
// that one may be gone. Whoever finds no cluster for a while, and sees in the database that nobody acts, forms it.

using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Actors;

/// <summary>Looks for other meta nodes in the cluster.</summary>
internal sealed class StandbyGuard : ReceiveActor, IWithTimers
{
    private const string MetaRole = "meta";
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(10);

    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Verdict _verdict;

    private readonly TimeSpan _loneStartAfter;
    private readonly Func<bool>? _isNobodyActing;

    /// <summary>Made by <see cref="PropsFor"/>.</summary>
    public StandbyGuard(Func<bool>? isNobodyActing, TimeSpan loneStartAfter, Verdict verdict)
    {
        (_isNobodyActing, _loneStartAfter, _verdict) = (isNobodyActing, loneStartAfter, verdict);
        Receive<ClusterEvent.MemberUp>(up =>
        {
            if (up.Member.HasRole(MetaRole) && isNobodyActing is null)
            {
                // A former self at another address, just killed, is not known to be gone yet.
                Timers.StartSingleTimer(LookTick.Instance, LookTick.Instance, s_grace);
            }
        });
        Receive<LookTick>(_ => Look());
        Receive<LoneTick>(_ => FormAlone());
        ReceiveAny(_ => { });
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Recipe.</summary>
    /// <param name="isNobodyActing">Whether the shared operation log has no writer now; null when the log is this node's own.</param>
    /// <param name="loneStartAfter">How long to look for a cluster before forming one.</param>
    /// <param name="verdict">Receives why the node must not go on.</param>
    public static Props PropsFor(Func<bool>? isNobodyActing, TimeSpan loneStartAfter, Verdict verdict)
        => Props.Create(() => new StandbyGuard(isNobodyActing, loneStartAfter, verdict));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.MemberUp));
        if (_isNobodyActing is not null)
        {
            Timers.StartPeriodicTimer(LoneTick.Instance, LoneTick.Instance, _loneStartAfter, s_look);
        }
    }

    /// <inheritdoc/>
    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void FormAlone()
    {
        if (!_cluster.State.Members.IsEmpty)
        {
            Timers.Cancel(LoneTick.Instance);
        }
        else if (_isNobodyActing!())
        {
            Timers.Cancel(LoneTick.Instance);
            _log.Warning("None of the seeds has answered for {0} s, and no meta acts: this node forms the cluster by itself, and the others will join it", _loneStartAfter.TotalSeconds);
            _cluster.Join(_cluster.SelfAddress);
        }
    }

    private void Look()
    {
        var cluster = _cluster.State;
        var metas = cluster.Members.Where(m => m.HasRole(MetaRole) && m.Status == MemberStatus.Up && !cluster.Unreachable.Contains(m)).ToList();
        if (metas.Find(m => m.Address == _cluster.SelfAddress) is not { } self || metas.Find(m => m.Address != self.Address) is not { } other)
        {
            return;
        }

        if (self.IsOlderThan(other))
        {
            _log.Error(
                "The meta node at {0} has joined, but this one keeps its operation log in files (journal = file), which nobody else can take over. Stop the other one, or give both journal = postgres",
                other.Address);
            return;
        }

        _verdict.Refusal = new DfsError(
            DfsErrorCode.InvalidConfiguration,
            $"The cluster has a meta node already, at {other.Address}, and this one has dfs.node.meta.journal = file: it cannot stand by, as nobody can take over files of another node. "
            + "Give all meta nodes journal = postgres and the same database, or start no second one.");
        _log.Error("{0}", _verdict.Refusal.Message);
        _ = CoordinatedShutdown.Get(Context.System).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
    }

    private sealed class LookTick
    {
        public static readonly LookTick Instance = new();
    }

    private sealed class LoneTick
    {
        public static readonly LoneTick Instance = new();
    }

    /// <summary>Whether the node may go on.</summary>
    internal sealed class Verdict
    {
        private DfsError? _refusal;

        /// <summary>Why it must not; null while it may.</summary>
        public DfsError? Refusal
        {
            get => Volatile.Read(ref _refusal);
            set => Volatile.Write(ref _refusal, value);
        }
    }
}
