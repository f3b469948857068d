// Many callers that want the same answer at the same time share one request.

using AkkaDfs.Shared;

namespace AkkaDfs.Client.Files;

/// <summary>Requests under way, by key. Thread-safe.</summary>
internal sealed class SingleFlight<TKey, TValue>
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, Task<TValue>> _flights = [];

    /// <summary>
    /// Joins the request under this key, or starts it. The request goes on when one of its callers gives up.
    /// </summary>
    /// <param name="key">What is asked for.</param>
    /// <param name="start">Starts the request.</param>
    /// <param name="cancellationToken">Gives up waiting, not the request.</param>
    /// <returns>The answer, and whether this caller started the request.</returns>
    public async Task<(TValue Value, bool Own)> RunAsync(TKey key, Func<Task<TValue>> start, CancellationToken cancellationToken)
    {
        Task<TValue>? flight;
        bool own;
        lock (_gate)
        {
            own = !_flights.TryGetValue(key, out flight);
            if (own)
            {
                // Started outside of the caller's stack, so that the lock is never held across the request's first steps.
                _flights[key] = flight = Surroundings.RunAside(() => EndAsync(key, start));
            }
        }

        return (await flight!.WaitAsync(cancellationToken).ConfigureAwait(Surroundings.HoldAwaits), own);
    }

    private async Task<TValue> EndAsync(TKey key, Func<Task<TValue>> start)
    {
        try
        {
            return await start().ConfigureAwait(Surroundings.HoldAwaits);
        }
        finally
        {
            lock (_gate)
            {
                _flights.Remove(key);
            }
        }
    }
}
