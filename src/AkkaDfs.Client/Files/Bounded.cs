// Several things at once, but not too many; the first failure stops the rest and is the one that is reported.

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
            await action(first, cancellationToken).ConfigureAwait(false);
            return;
        }

        await Parallel.ForEachAsync(
            Rest(first, enumerator),
            new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellationToken },
            async (item, token) => await action(item, token).ConfigureAwait(false)).ConfigureAwait(false);
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
}
