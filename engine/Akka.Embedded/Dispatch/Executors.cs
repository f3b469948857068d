// From a dispatcher's section to its executor: the key executor, or the dispatcher's type where that implies one.
using Akka.Actor;
using Akka.Configuration;
using Akka.Embedded;
using Akka.Util.Reflection;

namespace Akka.Dispatch;

internal static class Executors
{
    public static ExecutorServiceConfigurator Configure(Config config, IDispatcherPrerequisites prerequisites)
    {
        if (EngineEnvironment.Of(prerequisites.Settings.System) is { CustomExecutor: { } custom })
            return new FactoryConfigurator(config, prerequisites, custom);
        var executor = config.GetString("executor", "default-executor");
        switch (executor)
        {
            case null or "" or "default-executor" or "thread-pool-executor" or "channel-executor" or "task-executor":
                return new FactoryConfigurator(config, prerequisites, static id => new ThreadPoolExecutor(id));
            case "fork-join-executor":
                var threads = ThreadCount(config);
                return new FactoryConfigurator(config, prerequisites, id => new DedicatedThreadExecutor(id, threads));
            case "current-context-executor":
                return new FactoryConfigurator(config, prerequisites, static id => new SynchronizationContextExecutor(id));
        }

        var type = TypeCache.GetType(executor)
            ?? throw new ConfigurationException($"Could not resolve executor service configurator type {executor} of dispatcher {config.GetString("id")}.");
        return (ExecutorServiceConfigurator)Activator.CreateInstance(type, config, prerequisites)!;
    }

    public static ExecutorServiceConfigurator SingleThread(Config config, IDispatcherPrerequisites prerequisites) =>
        new FactoryConfigurator(
            config, prerequisites,
            EngineEnvironment.Of(prerequisites.Settings.System).CustomExecutor ?? (static id => new DedicatedThreadExecutor(id, 1)));

    private static int ThreadCount(Config config)
    {
        var dedicated = config.GetInt("dedicated-thread-pool.thread-count", 0);
        if (dedicated > 0)
            return dedicated;
        var floor = config.GetInt("fork-join-executor.parallelism-min", 8);
        var factor = config.GetDouble("fork-join-executor.parallelism-factor", 1.0);
        var ceiling = config.GetInt("fork-join-executor.parallelism-max", 64);
        return ThreadPoolConfig.ScaledPoolSize(floor, factor, ceiling);
    }

    private sealed class FactoryConfigurator(
        Config config, IDispatcherPrerequisites prerequisites, Func<string, ExecutorService> produce)
        : ExecutorServiceConfigurator(config, prerequisites)
    {
        public override ExecutorService Produce(string id) => produce(id);
    }
}

/// <summary>Sizes of thread pools.</summary>
public class ThreadPoolConfig
{
    /// <param name="config">With core-pool-size-min, core-pool-size-factor and core-pool-size-max.</param>
    public ThreadPoolConfig(Config config)
    {
        PoolSizeMin = config.GetInt("core-pool-size-min", 0);
        PoolSizeFactor = config.GetDouble("core-pool-size-factor", 0);
        PoolSizeMax = config.GetInt("core-pool-size-max", 0);
    }

    /// <summary>Fewest threads.</summary>
    public int PoolSizeMin { get; }

    /// <summary>Threads per processor.</summary>
    public double PoolSizeFactor { get; }

    /// <summary>Most threads.</summary>
    public int PoolSizeMax { get; }

    /// <summary>Processors times the factor, rounded up, within the bounds.</summary>
    public static int ScaledPoolSize(int floor, double scalar, int ceiling) =>
        Math.Min(Math.Max((int)Math.Ceiling(Environment.ProcessorCount * scalar), floor), ceiling);
}
