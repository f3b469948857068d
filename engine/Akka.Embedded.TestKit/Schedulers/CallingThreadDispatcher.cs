// Runs actors on the thread that sends to them: when Tell returns, the message has been processed, unless another thread is
// running the actor just then; that one takes it too.
using Akka.Configuration;
using Akka.Dispatch;

namespace Akka.TestKit;

/// <summary>Makes the <see cref="CallingThreadDispatcher"/>.</summary>
public class CallingThreadDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly CallingThreadDispatcher _dispatcher;

    /// <param name="config">The dispatcher's section.</param>
    /// <param name="prerequisites">What the dispatcher needs.</param>
    public CallingThreadDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) => _dispatcher = new CallingThreadDispatcher(this);

    /// <inheritdoc/>
    public override MessageDispatcher Dispatcher() => _dispatcher;
}

/// <summary>Runs actors on the thread that sends to them.</summary>
public class CallingThreadDispatcher : MessageDispatcher
{
    /// <summary>The dispatcher's name in the configuration.</summary>
    public static new string Id = "akka.test.calling-thread-dispatcher";

    /// <param name="configurator">What made this dispatcher.</param>
    public CallingThreadDispatcher(MessageDispatcherConfigurator configurator)
        : base(configurator)
    {
        Throughput = int.MaxValue;
        base.Id = Id;
    }

    /// <inheritdoc/>
    protected override void ExecuteTask(IRunnable run) => run.Run();

    /// <inheritdoc/>
    protected override void Shutdown()
    {
    }
}
