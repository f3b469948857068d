// What the remote watcher is told, and what it tells its peers.
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Embedded;

namespace Akka.Remote;

public partial class RemoteWatcher
{
    /// <summary>Base of watch and unwatch.</summary>
    public abstract class WatchCommand
    {
        /// <summary>From both sides.</summary>
        protected WatchCommand(IInternalActorRef watchee, IInternalActorRef watcher)
        {
            Watchee = watchee;
            Watcher = watcher;
        }

        /// <summary>Who is watched.</summary>
        public IInternalActorRef Watchee { get; }

        /// <summary>Who wants to know.</summary>
        public IInternalActorRef Watcher { get; }
    }

    /// <summary>Watch an actor of another system.</summary>
    public sealed class WatchRemote : WatchCommand
    {
        /// <summary>From both sides.</summary>
        public WatchRemote(IInternalActorRef watchee, IInternalActorRef watcher)
            : base(watchee, watcher)
        {
        }
    }

    /// <summary>Watch it no longer.</summary>
    public sealed class UnwatchRemote : WatchCommand
    {
        /// <summary>From both sides.</summary>
        public UnwatchRemote(IInternalActorRef watchee, IInternalActorRef watcher)
            : base(watchee, watcher)
        {
        }
    }

    /// <summary>Are you there?</summary>
    public sealed class Heartbeat : IPriorityMessage
    {
        private Heartbeat()
        {
        }

        /// <summary>The one value.</summary>
        public static Heartbeat Instance { get; } = new();
    }

    /// <summary>I am, and this is my incarnation.</summary>
    public class HeartbeatRsp : IPriorityMessage
    {
        /// <param name="addressUid">The answering system's incarnation.</param>
        public HeartbeatRsp(int addressUid) => AddressUid = addressUid;

        /// <summary>The answering system's incarnation.</summary>
        public int AddressUid { get; }
    }

    /// <summary>Time to send heartbeats.</summary>
    public class HeartbeatTick
    {
        private HeartbeatTick()
        {
        }

        /// <summary>The one value.</summary>
        public static HeartbeatTick Instance { get; } = new();
    }

    /// <summary>Time to look for systems that fell silent.</summary>
    public class ReapUnreachableTick
    {
        private ReapUnreachableTick()
        {
        }

        /// <summary>The one value.</summary>
        public static ReapUnreachableTick Instance { get; } = new();
    }

    /// <summary>The first answer of a system should have come by now.</summary>
    public sealed class ExpectedFirstHeartbeat
    {
        /// <param name="from">The system.</param>
        public ExpectedFirstHeartbeat(Address from) => From = from;

        /// <summary>The system.</summary>
        public Address From { get; }
    }

    /// <summary>What is watched; told to the watcher, it is the question for itself.</summary>
    public sealed class Stats
    {
        /// <summary>Nothing is watched; also the question.</summary>
        public static Stats Empty = Counts(0, 0);

        /// <summary>With counts only.</summary>
        public Stats(int watching, int watchingNodes)
            : this(watching, watchingNodes, [], [])
        {
        }

        /// <summary>With everything.</summary>
        public Stats(
            int watching, int watchingNodes, ImmutableHashSet<(IActorRef, IActorRef)> watchingRefs, ImmutableHashSet<Address> watchingAddresses)
        {
            Watching = watching;
            WatchingNodes = watchingNodes;
            WatchingRefs = watchingRefs;
            WatchingAddresses = watchingAddresses;
        }

        /// <summary>Number of watches.</summary>
        public int Watching { get; }

        /// <summary>Number of systems with watched actors.</summary>
        public int WatchingNodes { get; }

        /// <summary>Watched actors, each with one who watches it.</summary>
        public ImmutableHashSet<(IActorRef, IActorRef)> WatchingRefs { get; }

        /// <summary>Systems with watched actors.</summary>
        public ImmutableHashSet<Address> WatchingAddresses { get; }

        /// <summary>With counts only.</summary>
        public static Stats Counts(int watching, int watchingNodes) => new(watching, watchingNodes);

        /// <inheritdoc/>
        public override bool Equals(object? obj) => obj is Stats other && Watching == other.Watching && WatchingNodes == other.WatchingNodes;

        /// <inheritdoc/>
        public override int GetHashCode() => StableHash.Combine(Watching, WatchingNodes);

        /// <inheritdoc/>
        public override string ToString() =>
            $"Stats(watching={Watching}, watchingNodes={WatchingNodes}, watchingRefs=[{string.Join(", ", WatchingRefs.Select(pair => $"{pair.Item2} -> {pair.Item1}"))}], "
            + $"watchingAddresses=[{string.Join(", ", WatchingAddresses)}])";
    }

    /// <summary>Another incarnation has taken over an address.</summary>
    internal sealed record Restarted(Address Address, int Uid);
}
