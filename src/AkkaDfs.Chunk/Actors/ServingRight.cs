// The time-limited rights that meta gives a server, on the monotonic clock: to serve reads and writes until meta must be assumed
// to have replaced it, and the newest term of a meta that it has heard of.

using AkkaDfs.Shared;

namespace AkkaDfs.Chunk.Actors;

/// <summary>The right to serve. Thread-safe.</summary>
public sealed class ServingRight(TimeProvider time)
{
    private long _until = long.MinValue;
    private volatile bool _isStopping;

    /// <summary>True while meta has granted it.</summary>
    public bool IsHeld => time.GetTimestamp() < Interlocked.Read(ref _until);

    /// <summary>True while it is held and the server is not about to stop.</summary>
    public bool MayWrite => !_isStopping && IsHeld;

    /// <summary>The server is about to stop: no write is taken any more, while what can still be read may be.</summary>
    public void StopWrites() => _isStopping = true;

    /// <summary>What a writer gets without it.</summary>
    public DfsError WriteRefusal() => _isStopping
        ? new DfsError(DfsErrorCode.ShuttingDown, "This chunk server is about to stop and takes no writes. Its chunks are handed to others: ask meta again.", RetryAfterMs: 50)
        : NotServing();

    /// <summary>Extends it; a grant never shortens an earlier one.</summary>
    /// <param name="sentAt">Timestamp at which the message was sent that the grant answers.</param>
    /// <param name="serveMs">Milliseconds from then on.</param>
    public void Extend(long sentAt, int serveMs)
    {
        var until = sentAt + (long)(serveMs / 1000.0 * time.TimestampFrequency);
        var known = Interlocked.Read(ref _until);
        while (until > known)
        {
            var seen = Interlocked.CompareExchange(ref _until, until, known);
            if (seen == known)
            {
                return;
            }

            known = seen;
        }
    }

    /// <summary>Ends it.</summary>
    public void Revoke() => Interlocked.Exchange(ref _until, long.MinValue);

    /// <summary>What a caller gets without it.</summary>
    public static DfsError NotServing()
        => new(DfsErrorCode.NotServing, "This chunk server has not heard from meta for too long and must not serve. Another replica may.");
}

/// <summary>The newest term of a meta that this server has heard of. Thread-safe.</summary>
public sealed class EpochGate
{
    private ulong _newest;

    /// <summary>The newest term.</summary>
    public Epoch Newest => new(Interlocked.Read(ref _newest));

    /// <summary>Notes a term; false when it is older than one heard of before: its order must be refused.</summary>
    public bool Admit(Epoch epoch)
    {
        var known = Interlocked.Read(ref _newest);
        while (epoch.Value > known)
        {
            var seen = Interlocked.CompareExchange(ref _newest, epoch.Value, known);
            if (seen == known)
            {
                return true;
            }

            known = seen;
        }

        return epoch.Value == known;
    }

    /// <summary>What a replaced meta gets.</summary>
    public DfsError Stale(Epoch epoch)
        => new(DfsErrorCode.StaleEpoch, $"The order comes from the meta of term {epoch}, but term {Newest} has begun. Nothing was done.");
}
