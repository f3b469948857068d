// Ends a system in phases: the tasks of a phase run side by side, the next phase starts when they have ended or their time
// is up. A run happens once per system; whoever asks later gets the same run. Phases come from akka.coordinated-shutdown.
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Embedded;

namespace Akka.Actor;

/// <summary>Ends an actor system, and the process if so configured, in an orderly way.</summary>
public sealed partial class CoordinatedShutdown : IExtension
{
    /// <summary>The first phase: for the application to prepare.</summary>
    public const string PhaseBeforeServiceUnbind = "before-service-unbind";

    /// <summary>Takes no new connections.</summary>
    public const string PhaseServiceUnbind = "service-unbind";

    /// <summary>Waits for requests in progress.</summary>
    public const string PhaseServiceRequestsDone = "service-requests-done";

    /// <summary>Closes the endpoints.</summary>
    public const string PhaseServiceStop = "service-stop";

    /// <summary>For the application, before the node leaves the cluster.</summary>
    public const string PhaseBeforeClusterShutdown = "before-cluster-shutdown";

    /// <summary>Hands sharded actors over.</summary>
    public const string PhaseClusterShardingShutdownRegion = "cluster-sharding-shutdown-region";

    /// <summary>Tells the cluster that this node leaves.</summary>
    public const string PhaseClusterLeave = "cluster-leave";

    /// <summary>Hands singletons over.</summary>
    public const string PhaseClusterExiting = "cluster-exiting";

    /// <summary>Waits until the cluster has let this node go.</summary>
    public const string PhaseClusterExitingDone = "cluster-exiting-done";

    /// <summary>Ends the cluster extension.</summary>
    public const string PhaseClusterShutdown = "cluster-shutdown";

    /// <summary>For the application, before the actors stop.</summary>
    public const string PhaseBeforeActorSystemTerminate = "before-actor-system-terminate";

    /// <summary>The last phase: stops the actor system.</summary>
    public const string PhaseActorSystemTerminate = "actor-system-terminate";

    private readonly ActorSystemImpl _system;
    private readonly ShutdownPhases _phases;
    private readonly TaskCompletionSource<Done> _done;
    private readonly Lock _tasksLock = new();
    private readonly Dictionary<string, List<ShutdownTask>> _tasks = new(StringComparer.Ordinal);
    private Reason? _reason;

    internal CoordinatedShutdown(ActorSystemImpl system, ShutdownPhases phases)
    {
        _system = system;
        _phases = phases;
        // A simulation has one thread: what waits for the end must go on there.
        _done = new TaskCompletionSource<Done>(
            system.Environment.IsSimulated ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>The system that is ended.</summary>
    public ExtendedActorSystem System => _system;

    /// <summary>Why the run was started; null before.</summary>
    public Reason? ShutdownReason => Volatile.Read(ref _reason);

    /// <summary>How long a run can take: the time-outs of all phases that have tasks.</summary>
    public TimeSpan TotalTimeout
    {
        get
        {
            lock (_tasksLock)
                return _tasks.Keys.Aggregate(TimeSpan.Zero, (sum, phase) => sum + Timeout(phase));
        }
    }

    /// <summary>The system's instance.</summary>
    public static CoordinatedShutdown Get(ActorSystem sys) => new CoordinatedShutdownExtension().Apply(sys);

    /// <summary>Adds a task to a phase. Tasks of a phase run side by side.</summary>
    /// <param name="phase">A configured phase. A task added to a phase that has started or ended does not run.</param>
    /// <param name="taskName">Shown in logs.</param>
    /// <param name="task">Called when the phase starts; the phase ends when its result has.</param>
    /// <exception cref="ConfigurationException">There is no such phase.</exception>
    public void AddTask(string phase, string taskName, Func<Task<Done>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (!_phases.Names.Contains(phase))
            throw new ConfigurationException(_phases.Unknown(phase));
        lock (_tasksLock)
        {
            if (!_tasks.TryGetValue(phase, out var tasks))
                _tasks.Add(phase, tasks = []);
            tasks.Add(new ShutdownTask(taskName, task));
        }
    }

    /// <summary>How long the tasks of a phase are waited for.</summary>
    /// <exception cref="ArgumentException">There is no such phase.</exception>
    public TimeSpan Timeout(string phase) => _phases.Require(phase).Timeout;

    private ShutdownTask[] TasksOf(string phase)
    {
        lock (_tasksLock)
            return _tasks.TryGetValue(phase, out var tasks) ? [.. tasks] : [];
    }

    internal sealed record ShutdownTask(string Name, Func<Task<Done>> Start);
}

/// <summary>Identifies <see cref="CoordinatedShutdown"/>.</summary>
public sealed class CoordinatedShutdownExtension : ExtensionIdProvider<CoordinatedShutdown>
{
    /// <inheritdoc/>
    public override CoordinatedShutdown CreateExtension(ExtendedActorSystem system)
    {
        var impl = (ActorSystemImpl)system;
        var config = system.Settings.Config.GetConfig("akka.coordinated-shutdown")
            ?? throw ConfigurationException.NullOrEmptyConfig<CoordinatedShutdown>("akka.coordinated-shutdown");
        var shutdown = new CoordinatedShutdown(impl, ShutdownPhases.From(config));
        shutdown.Wire(config);
        return shutdown;
    }
}
