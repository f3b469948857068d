// How requests get to the acting meta. One implementation sends them through actors; tests and simulation have others.

using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client;

/// <summary>A way to meta: at most once, no retries. Thread-safe.</summary>
public interface IMetaChannel : IAsyncDisposable
{
    /// <summary>The contact points tried, for error texts.</summary>
    IReadOnlyList<string> Seeds { get; }

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <returns>The answer, or null when none came within <paramref name="timeout"/>: the request may have been carried out.</returns>
    Task<MetaProtocol.Reply?> AskAsync(MetaProtocol.Request request, TimeSpan timeout, CancellationToken cancellationToken);
}
