// What to do after a failed attempt: give up, or wait how long and with which knowledge. Pure: time left and randomness
// come as arguments. The operation id never changes between attempts, so trying again is always safe.

using AkkaDfs.Shared;

namespace AkkaDfs.Client.Core;

/// <summary>What to do next.</summary>
public enum RetryAction
{
    /// <summary>Report the error.</summary>
    GiveUp,

    /// <summary>The same again after the delay.</summary>
    Again,

    /// <summary>Ask meta where things are, then the same again after the delay.</summary>
    RefreshThenAgain,
}

/// <summary>A decision.</summary>
/// <param name="Action">What to do.</param>
/// <param name="Delay">How long to wait before; zero when giving up.</param>
public readonly record struct RetryStep(RetryAction Action, TimeSpan Delay);

/// <summary>Exponential backoff with jitter, bounded by the time that is left.</summary>
/// <param name="FirstDelay">Upper end of the first wait.</param>
/// <param name="MaxDelay">Upper end of every wait.</param>
public sealed record RetryPolicy(TimeSpan FirstDelay, TimeSpan MaxDelay)
{
    /// <summary>20 ms, doubling up to one second.</summary>
    public static readonly RetryPolicy Default = new(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1));

    /// <summary>Decides.</summary>
    /// <param name="attempt">Attempts that have failed so far, 1 and up.</param>
    /// <param name="error">How the last one failed.</param>
    /// <param name="remaining">Time left until the deadline.</param>
    /// <param name="random">Uniform in [0, 1).</param>
    public RetryStep Next(int attempt, DfsError error, TimeSpan remaining, double random)
    {
        var action = error.Advice switch
        {
            DfsAdvice.Retry => RetryAction.Again,
            DfsAdvice.RefreshLocations or DfsAdvice.OutcomeUnknown => RetryAction.RefreshThenAgain,
            _ => RetryAction.GiveUp,
        };
        if (action == RetryAction.GiveUp)
        {
            return new RetryStep(RetryAction.GiveUp, TimeSpan.Zero);
        }

        // Stale knowledge is the common case after a repair: the first refresh does not wait.
        var delay = action == RetryAction.RefreshThenAgain && attempt == 1 && error.RetryAfterMs == 0
            ? TimeSpan.Zero
            : Backoff(attempt, random);
        var hinted = TimeSpan.FromMilliseconds(error.RetryAfterMs);
        delay = hinted > delay ? hinted + (FirstDelay * random) : delay;
        return delay < remaining ? new RetryStep(action, delay) : new RetryStep(RetryAction.GiveUp, TimeSpan.Zero);
    }

    // Half of the wait is fixed and half is random: spread enough against herds, and never a busy loop.
    private TimeSpan Backoff(int attempt, double random)
    {
        var ceiling = FirstDelay * Math.Pow(2, Math.Min(attempt - 1, 30));
        ceiling = ceiling < MaxDelay ? ceiling : MaxDelay;
        return ceiling * (0.5 + (random / 2));
    }
}
