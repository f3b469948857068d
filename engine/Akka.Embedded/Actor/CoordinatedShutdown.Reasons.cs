// Why a system ends. An application may derive reasons of its own.
namespace Akka.Actor;

public sealed partial class CoordinatedShutdown
{
    /// <summary>Why a system ends.</summary>
    public abstract class Reason
    {
        /// <summary>For deriving classes.</summary>
        protected Reason()
        {
        }

        /// <summary>What the process ends with under akka.coordinated-shutdown.exit-clr = on.</summary>
        public abstract int ExitCode { get; }

        /// <inheritdoc/>
        public override string ToString() => GetType().Name;
    }

    /// <summary>No reason was given.</summary>
    public class UnknownReason : Reason
    {
        /// <summary>The one value.</summary>
        public static readonly Reason Instance = new UnknownReason();

        private UnknownReason()
        {
        }

        /// <inheritdoc/>
        public override int ExitCode => 1;
    }

    /// <summary>ActorSystem.Terminate was called.</summary>
    public class ActorSystemTerminateReason : Reason
    {
        /// <summary>The one value.</summary>
        public static readonly Reason Instance = new ActorSystemTerminateReason();

        private ActorSystemTerminateReason()
        {
        }

        /// <inheritdoc/>
        public override int ExitCode => 0;
    }

    /// <summary>The process was asked to end.</summary>
    public class ClrExitReason : Reason
    {
        /// <summary>The one value.</summary>
        public static readonly Reason Instance = new ClrExitReason();

        private ClrExitReason()
        {
        }

        /// <inheritdoc/>
        public override int ExitCode => 0;
    }

    /// <summary>The node was downed.</summary>
    public class ClusterDowningReason : Reason
    {
        /// <summary>The one value.</summary>
        public static readonly Reason Instance = new ClusterDowningReason();

        private ClusterDowningReason()
        {
        }

        /// <inheritdoc/>
        public override int ExitCode => 3;
    }

    /// <summary>The node left the cluster.</summary>
    public class ClusterLeavingReason : Reason
    {
        /// <summary>The one value.</summary>
        public static readonly Reason Instance = new ClusterLeavingReason();

        private ClusterLeavingReason()
        {
        }

        /// <inheritdoc/>
        public override int ExitCode => 0;
    }

    /// <summary>The node could not join the cluster.</summary>
    public class ClusterJoinUnsuccessfulReason : Reason
    {
        /// <summary>The one value.</summary>
        public static readonly Reason Instance = new ClusterJoinUnsuccessfulReason();

        private ClusterJoinUnsuccessfulReason()
        {
        }

        /// <inheritdoc/>
        public override int ExitCode => 4;
    }
}
