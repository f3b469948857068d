// An event loop in virtual time: dispatchers, timers and continuations of all actor systems put into it run on the one thread
// that calls Run…, in an order that the seed alone decides. Ready work is picked at random, as a thread pool might; when none
// is ready, time jumps to the next timer. Work that reaches the loop from another thread is an escape from the simulation
// (such as ConfigureAwait(false) before a pool thread) and makes Run… throw.
namespace Akka.Embedded.Simulation;

/// <summary>A seeded event loop in virtual time.</summary>
public sealed class SimulationScheduler
{
    [ThreadStatic]
    private static SimulationScheduler? _current;

    private readonly List<(SendOrPostCallback Callback, object? State)> _ready = [];
    private readonly PriorityQueue<VirtualTimer, (long Due, long Number)> _timers = new();
    private readonly SimulationSynchronizationContext _context;
    private readonly DeterministicRandom _order;
    private readonly Lock _foreignGate = new();
    private readonly Dictionary<Type, object> _parts = [];
    private Exception? _foreign;
    private long _timerNumber;
    private int _thread = Environment.CurrentManagedThreadId;

    /// <param name="seed">Decides everything.</param>
    public SimulationScheduler(long seed)
    {
        Seed = seed;
        Random = new DeterministicRandom(seed);
        _order = Random.Fork("order");
        _context = new SimulationSynchronizationContext(this);
        Time = new VirtualTimeProvider(this);
    }

    /// <summary>The simulation that runs on this thread now; null if none does.</summary>
    public static SimulationScheduler? Current => _current;

    /// <summary>What decides everything.</summary>
    public long Seed { get; }

    /// <summary>Virtual time.</summary>
    public VirtualTimeProvider Time { get; }

    /// <summary>The simulation's own randomness; fork it for each consumer.</summary>
    public DeterministicRandom Random { get; }

    /// <summary>How far time moves with each piece of work; it keeps an actor that tells itself something from stopping time.</summary>
    public TimeSpan StepCost { get; init; } = TimeSpan.FromMicroseconds(1);

    /// <summary>Pieces of work done so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Virtual time since the start.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(Ticks);

    internal long Ticks { get; private set; }

    /// <summary>Runs until a condition holds.</summary>
    /// <param name="condition">Looked at before each piece of work.</param>
    /// <param name="limit">Virtual time it may take.</param>
    /// <returns>True if it holds; false if the time is up or nothing is left to do.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        var end = Ticks + limit.Ticks;
        using var scope = Enter();
        while (!condition())
        {
            if (!Step(end))
                return condition();
        }

        return true;
    }

    /// <summary>Runs for a time, whether there is something to do or not.</summary>
    public void RunFor(TimeSpan duration)
    {
        var end = Ticks + duration.Ticks;
        using var scope = Enter();
        while (Step(end))
        {
        }

        Ticks = Math.Max(Ticks, end);
    }

    /// <summary>Starts an asynchronous function inside of the simulation and runs until it has ended.</summary>
    /// <param name="function">Its awaits come back to the simulation, unless it uses ConfigureAwait(false).</param>
    /// <param name="limit">Virtual time it may take.</param>
    /// <exception cref="TimeoutException">The time is up, or nothing is left to do.</exception>
    public T Run<T>(Func<Task<T>> function, TimeSpan limit)
    {
        Task<T> task;
        using (Enter())
            task = function();
        if (!RunUntil(() => task.IsCompleted, limit))
            throw new TimeoutException($"The function has not ended within {limit} of virtual time (seed {Seed}).");
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Starts an asynchronous function inside of the simulation and runs until it has ended.</summary>
    public void Run(Func<Task> function, TimeSpan limit) => Run(
        async () =>
        {
            await function();
            return true;
        },
        limit);

    /// <summary>Runs an action inside of the simulation, at the present virtual time.</summary>
    public void Inside(Action action)
    {
        using var scope = Enter();
        action();
    }

    /// <summary>The simulation's one instance of a part, such as its network; made when first asked for.</summary>
    public T Part<T>(Func<SimulationScheduler, T> create)
        where T : class
    {
        if (_parts.TryGetValue(typeof(T), out var known))
            return (T)known;
        var part = create(this);
        _parts.Add(typeof(T), part);
        return part;
    }

    /// <summary>Runs a callback soon.</summary>
    public void Post(SendOrPostCallback callback, object? state)
    {
        if (!IsOwnThread(callback))
            return;
        _ready.Add((callback, state));
    }

    /// <summary>Runs a callback after a delay of virtual time; returns what calls it off.</summary>
    public IDisposable Schedule(TimeSpan delay, SendOrPostCallback callback, object? state)
    {
        var timer = new VirtualTimer(callback, state);
        Add(timer, delay);
        return timer;
    }

    internal void Add(VirtualTimer timer, TimeSpan delay)
    {
        if (!IsOwnThread(timer))
            return;
        var ticks = delay <= TimeSpan.Zero ? 0 : delay.Ticks;
        var due = ticks > long.MaxValue - Ticks ? long.MaxValue : Ticks + ticks;
        _timers.Enqueue(timer, (due, ++_timerNumber));
    }

    private bool IsOwnThread(object what)
    {
        if (Environment.CurrentManagedThreadId == Volatile.Read(ref _thread))
            return true;
        lock (_foreignGate)
        {
            _foreign ??= new InvalidOperationException(
                $"Work for the simulation (seed {Seed}) came from another thread: {what}. Look for ConfigureAwait(false), Task.Run, "
                + $"timers of the machine's clock or blocking calls in what it runs.{Environment.NewLine}{Environment.StackTrace}");
        }

        return false;
    }

    private Scope Enter()
    {
        if (_current is not null && !ReferenceEquals(_current, this))
            throw new InvalidOperationException("Another simulation runs on this thread.");
        Volatile.Write(ref _thread, Environment.CurrentManagedThreadId);
        return new Scope(this);
    }

    /// <summary>Does one piece of work; false if there is none before <paramref name="end"/>.</summary>
    private bool Step(long end)
    {
        if (Volatile.Read(ref _foreign) is { } foreign)
            throw foreign;
        CollectDue();
        if (_ready.Count == 0)
        {
            if (!JumpToNextTimer(end))
                return false;
            CollectDue();
        }

        if (Ticks >= end || _ready.Count == 0)
            return _ready.Count == 0 && Ticks < end;
        var at = _order.Next(_ready.Count);
        var (callback, state) = _ready[at];
        _ready[at] = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
        Steps++;
        Ticks += StepCost.Ticks;
        callback(state);
        return true;
    }

    private void CollectDue()
    {
        while (_timers.TryPeek(out var timer, out var at) && at.Due <= Ticks)
        {
            _timers.Dequeue();
            if (!timer.IsCancelled)
                _ready.Add((VirtualTimer.FireCallback, timer));
        }
    }

    private bool JumpToNextTimer(long end)
    {
        while (_timers.TryPeek(out var timer, out var at))
        {
            if (timer.IsCancelled)
            {
                _timers.Dequeue();
                continue;
            }

            if (at.Due > end)
                return false;
            Ticks = Math.Max(Ticks, at.Due);
            return true;
        }

        return false;
    }

    private readonly struct Scope : IDisposable
    {
        private readonly SimulationScheduler? _outer;
        private readonly SynchronizationContext? _outerContext;

        public Scope(SimulationScheduler scheduler)
        {
            _outer = _current;
            _outerContext = SynchronizationContext.Current;
            _current = scheduler;
            SynchronizationContext.SetSynchronizationContext(scheduler._context);
        }

        public void Dispose()
        {
            _current = _outer;
            SynchronizationContext.SetSynchronizationContext(_outerContext);
        }
    }
}

/// <summary>Brings continuations back to the simulation.</summary>
internal sealed class SimulationSynchronizationContext(SimulationScheduler scheduler) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => scheduler.Post(d, state);

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;
}

/// <summary>A callback at a virtual time.</summary>
internal class VirtualTimer(SendOrPostCallback callback, object? state) : IDisposable
{
    public static readonly SendOrPostCallback FireCallback = static timer => ((VirtualTimer)timer!).Fire();

    public bool IsCancelled { get; private set; }

    public void Dispose() => IsCancelled = true;

    private void Fire()
    {
        if (!IsCancelled)
            callback(state);
    }
}
