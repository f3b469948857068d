// What code takes from its process without being handed it: ids, seeds, a thread beside its own, and where awaits go on. The
// machine's own unless something else stands in for it on the present thread, as the simulation does, which runs a whole cluster
// on one thread: there nothing may leave that thread, and nothing may be drawn that its seed does not decide. Decision 012.

using System.Security.Cryptography;

namespace AkkaDfs.Shared;

/// <summary>Ids, randomness and threads of the process. Static members are thread-safe.</summary>
public abstract class Surroundings
{
    [ThreadStatic]
    private static Surroundings? t_current;

    /// <summary>
    /// Whether awaits must go on where they began; for ConfigureAwait in libraries that do not care. False but in a simulation.
    /// </summary>
    public static bool HoldAwaits => t_current is not null;

    /// <summary>A new id.</summary>
    public static Guid NewId() => t_current is { } current ? current.DrawId() : Guid.NewGuid();

    /// <summary>A seed that nobody can guess.</summary>
    public static ulong NewSeed() => t_current is { } current ? current.DrawSeed() : BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <summary>Runs work that may block, on a thread of the pool.</summary>
    public static Task<T> RunAside<T>(Func<T> work) => t_current is null ? Task.Run(work) : StartHere(work);

    /// <summary>Begins an asynchronous function outside of the caller's stack, on a thread of the pool.</summary>
    public static Task<T> RunAside<T>(Func<Task<T>> function) => t_current is null ? Task.Run(function) : StartHere(function).Unwrap();

    /// <summary>Cancels, without running in the caller's stack what hears of it.</summary>
    public static Task CancelAsync(CancellationTokenSource source)
    {
        if (t_current is null)
        {
            return source.CancelAsync();
        }

        return StartHere(() =>
        {
            source.Cancel();
            return true;
        });
    }

    /// <summary>Puts these in place of the machine's on this thread, until the result is disposed.</summary>
    public Stay Enter()
    {
        var outer = t_current;
        t_current = this;
        return new Stay(outer);
    }

    /// <summary>Draws an id.</summary>
    protected abstract Guid DrawId();

    /// <summary>Draws a seed.</summary>
    protected abstract ulong DrawSeed();

    private static Task<T> StartHere<T>(Func<T> work)
        => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.None, TaskScheduler.FromCurrentSynchronizationContext());

    /// <summary>Ends a stay.</summary>
    public readonly struct Stay(Surroundings? outer) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => t_current = outer;
    }
}
