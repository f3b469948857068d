// Requests to meta with retries: the same request, with the same operation id, until it is answered or the deadline passes.
// Meta may move to another node meanwhile; the caller sees only the delay.

using System.Globalization;
using AkkaDfs.Client.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client;

/// <summary>Asks meta. Thread-safe.</summary>
internal sealed class MetaClient(IMetaChannel channel, RetryPolicy policy, TimeSpan attemptTimeout, TimeProvider time, Entropy entropy)
{
    private readonly Guid _client = Surroundings.NewId();
    private readonly Lock _gate = new();
    private readonly SortedSet<ulong> _unanswered = [];
    private ulong _lastOperation;

    /// <summary>Asks until there is an answer of the expected kind; throws <see cref="DfsException"/> otherwise.</summary>
    public async Task<TReply> AskAsync<TReply>(MetaProtocol.Request request, Deadline deadline, CancellationToken cancellationToken)
        where TReply : MetaProtocol.Reply
    {
        if (request is not MetaProtocol.Mutation mutation)
        {
            return await RepeatAsync<TReply>(request, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }

        var named = Begin(mutation);
        try
        {
            return await RepeatAsync<TReply>(named, deadline, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }
        finally
        {
            End(named);
        }
    }

    /// <summary>Asks once and waits as long as is said: for questions that meta answers when there is something to say. Null: nobody answered.</summary>
    public async Task<TReply?> AskOnceAsync<TReply>(MetaProtocol.Request request, TimeSpan patience, CancellationToken cancellationToken)
        where TReply : MetaProtocol.Reply
        => await channel.AskAsync(request, patience, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits) switch
        {
            TReply answer => answer,
            MetaProtocol.Failed failed => throw failed.Error.ToException(),
            _ => null,
        };

    /// <summary>Asks once, for what may be lost.</summary>
    public async Task<bool> TellAsync(MetaProtocol.Mutation request, CancellationToken cancellationToken)
    {
        var named = Begin(request);
        try
        {
            var reply = await channel.AskAsync(named, attemptTimeout, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            return reply is not null and not MetaProtocol.Failed;
        }
        finally
        {
            End(named);
        }
    }

    // Meta may forget the answers to all operations below the oldest that still waits for one.
    private MetaProtocol.Mutation Begin(MetaProtocol.Mutation mutation)
    {
        lock (_gate)
        {
            var counter = ++_lastOperation;
            _unanswered.Add(counter);
            return mutation with { Operation = new OperationId(_client, counter), AnsweredBelow = _unanswered.Min };
        }
    }

    private void End(MetaProtocol.Mutation mutation)
    {
        lock (_gate)
        {
            _unanswered.Remove(mutation.Operation.Counter);
        }
    }

    private async Task<TReply> RepeatAsync<TReply>(MetaProtocol.Request request, Deadline deadline, CancellationToken cancellationToken)
        where TReply : MetaProtocol.Reply
    {
        DfsError? lastError = null;
        var isUnsure = false;
        for (var attempt = 1; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var remaining = deadline.Remaining;
            request = request with { DeadlineMs = deadline.IsInfinite ? 0 : (int)Math.Clamp(remaining.TotalMilliseconds, 1, int.MaxValue) };

            // Not all at the same moment: then the first of many finds a new meta soon, and it is not met by all at once.
            var patience = attemptTimeout * (0.5 + (entropy.NextDouble() / 2));
            var reply = await channel.AskAsync(request, deadline.Attempt(patience), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            switch (reply)
            {
                case TReply answer:
                    return answer;
                case null:
                    // Not the last word: an earlier answer that was about to be retried says more than silence does.
                    lastError ??= Silence(request);
                    isUnsure |= request is MetaProtocol.Mutation;
                    break;
                case MetaProtocol.Failed failed:
                    lastError = failed.Error;
                    break;
                default:
                    throw new DfsException(
                        DfsErrorCode.ProtocolViolation,
                        $"Meta answered {request.GetType().Name} with {reply.GetType().Name}: client and cluster are of different versions.");
            }

            // Silence has cost an attempt's time already, so it is asked again at once.
            var step = policy.Next(attempt, lastError, deadline.Remaining, entropy.NextDouble());
            if (step.Action == RetryAction.GiveUp || (reply is not null && step.Action == RetryAction.RefreshThenAgain))
            {
                throw (isUnsure && lastError.Advice == DfsAdvice.Retry ? Unsure(lastError) : lastError).ToException();
            }

            await Task.Delay(reply is null ? TimeSpan.Zero : step.Delay, time, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        }
    }

    // Meta has made a change, and dies or loses its journal before it says so; whoever answers later says only that it cannot.
    private static DfsError Unsure(DfsError last) => last.Code == DfsErrorCode.NoMetaAvailable
        ? last
        : new DfsError(
            DfsErrorCode.OutcomeUnknown,
            $"It is not known whether the change was made: meta did not answer at first, and then: {last.Message} See what is there before you repeat it.");

    private DfsError Silence(MetaProtocol.Request request)
    {
        var seeds = string.Join(", ", channel.Seeds);
        var consequence = request is MetaProtocol.Mutation
            ? " The change may have been made all the same."
            : string.Empty;
        return new DfsError(
            DfsErrorCode.NoMetaAvailable,
            string.Create(
                CultureInfo.InvariantCulture,
                $"No meta node answered in time; tried {seeds}.{consequence} See that a cluster runs there (dfs up), or name its nodes (--seed host:port or DFS_SEED)."));
    }
}

/// <summary>Randomness that can be seeded. Thread-safe.</summary>
internal sealed class Entropy
{
    private readonly Random _random;
    private readonly Lock _gate = new();

    public Entropy(int? seed) => _random = seed is { } value ? new Random(value) : new Random();

    public double NextDouble()
    {
        lock (_gate)
        {
            return _random.NextDouble();
        }
    }

    /// <summary>An independent generator for one owner.</summary>
    public Random Fork()
    {
        lock (_gate)
        {
            return new Random(_random.Next());
        }
    }
}
