// Several things at once, but not too many; the first failure stops the rest and is the one that is reported.

using AkkaDfs.Shared;

namespace AkkaDfs.Client.Files;

/// <summary>Bounded concurrency.</summary>
internal static class Bounded
{
    /// <summary>Runs an action for each item, at most <paramref name="atOnce"/> of them at a time.</summary>
    public static async Task ForEachAsync<T>(
        IEnumerable<T> items, int atOnce, Func<T, CancellationToken, Task> action, CancellationToken cancellationToken)
    {
        using var enumerator = items.GetEnumerator();
        if (!enumerator.MoveNext())
        {
            return;
        }

        var first = enumerator.Current;
        if (!enumerator.MoveNext())
        {
            // One piece, the usual case of small reads and writes, needs no machinery.
            await action(first, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            return;
        }

        using var all = new Run<T>(Rest(first, enumerator), action, cancellationToken);
        await all.DoAsync(atOnce).ConfigureAwait(Surroundings.HoldAwaits);
    }

    private static IEnumerable<T> Rest<T>(T first, IEnumerator<T> enumerator)
    {
        yield return first;
        do
        {
            yield return enumerator.Current;
        }
        while (enumerator.MoveNext());
    }

    private sealed class Run<T>(IEnumerable<T> items, Func<T, CancellationToken, Task> action, CancellationToken cancellationToken) : IDisposable
    {
        private readonly IEnumerator<T> _items = items.GetEnumerator();
        private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        private readonly Lock _gate = new();
        private System.Runtime.ExceptionServices.ExceptionDispatchInfo? _failure;

        public async Task DoAsync(int atOnce)
        {
            var workers = new List<Task>(atOnce);
            for (var i = 0; i < atOnce && TryTake(out var item); i++)
            {
                var mine = item;
                workers.Add(Surroundings.RunAside(() => WorkAsync(mine)));
            }

            await Task.WhenAll(workers).ConfigureAwait(Surroundings.HoldAwaits);
            _failure?.Throw();
            cancellationToken.ThrowIfCancellationRequested();
        }

        public void Dispose()
        {
            _items.Dispose();
            _stop.Dispose();
        }

        private async Task<bool> WorkAsync(T first)
        {
            var item = first;
            do
            {
                try
                {
                    await action(item, _stop.Token).ConfigureAwait(Surroundings.HoldAwaits);
                }
                catch (Exception e)
                {
                    Fail(e);
                    return false;
                }
            }
            while (TryTake(out item));
            return true;
        }

        private bool TryTake([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out T item)
        {
            lock (_gate)
            {
                var isThere = _failure is null && !_stop.IsCancellationRequested && _items.MoveNext();
                item = isThere ? _items.Current : default;
                return isThere;
            }
        }

        // What the others fail with because of it says nothing.
        private void Fail(Exception e)
        {
            lock (_gate)
            {
                if (_failure is not null)
                {
                    return;
                }

                _failure = System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(e);
            }

            _stop.Cancel();
        }
    }
}
