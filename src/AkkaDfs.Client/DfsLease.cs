// A lease as its holder has it: knows by this machine's clock when it is over, and says so.

using AkkaDfs.Client.Files;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client;

/// <summary>A lease on a file. Thread-safe. Disposing it gives it back.</summary>
public sealed class DfsLease : IAsyncDisposable
{
    private readonly ClientContext _context;
    private readonly CancellationTokenSource _ended = new();
    private readonly ITimer _timer;

    private DfsLease(ClientContext context, string path, bool isShared)
    {
        (_context, Path, IsShared) = (context, path, isShared);
        _timer = context.Time.CreateTimer(_ => _ended.Cancel(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>True when others may have shared leases, too.</summary>
    public bool IsShared { get; }

    /// <summary>By which name it is held.</summary>
    public string Holder => _context.Holder;

    /// <summary>When it is over, by meta's calendar.</summary>
    public DateTimeOffset Until { get; private set; }

    /// <summary>Fires when the lease is over, never later than it is for meta. From then on others may have the file.</summary>
    public CancellationToken Ended => _ended.Token;

    internal static async Task<DfsLease> TakeAsync(
        ClientContext context, string path, bool isShared, TimeSpan length, CallOptions? options, CancellationToken cancellationToken)
    {
        var lease = new DfsLease(context, path, isShared);
        try
        {
            await lease.RenewAsync(length, options, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
            return lease;
        }
        catch (Exception e) when (e is DfsException or OperationCanceledException)
        {
            await lease._timer.DisposeAsync().ConfigureAwait(Surroundings.HoldAwaits);
            throw;
        }
    }

    /// <summary>Has it for this long from now on.</summary>
    /// <exception cref="DfsException">FileLocked when it was over and another has the file now; LeaseNotHeld when <see cref="Ended"/> has fired.</exception>
    public async Task RenewAsync(TimeSpan length, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (_ended.IsCancellationRequested)
        {
            throw new DfsException(DfsErrorCode.LeaseNotHeld, $"The lease of '{Holder}' on '{Path}' is over. Take it again if it is needed.");
        }

        // Counted from before the request left: this machine takes it for over no later than meta does.
        var asked = _context.Time.GetTimestamp();
        var request = new MetaProtocol.TakeLease(PathRef.Absolute(Path), IsShared, (long)length.TotalMilliseconds);
        var reply = await _context.AskAsync<MetaProtocol.LeasesReply>(request, _context.DeadlineOf(options), cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        Until = DateTimeOffset.UnixEpoch.AddTicks(reply.Leases[0].UntilUnixNs / 100);
        var left = length - _context.Time.GetElapsedTime(asked);
        _timer.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Keeps it without giving it back: it is over by itself.</summary>
    public void Leave() => _timer.Dispose();

    /// <summary>Gives it back, if it is not over yet.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(Surroundings.HoldAwaits);
        if (_ended.IsCancellationRequested)
        {
            return;
        }

        await Surroundings.CancelAsync(_ended).ConfigureAwait(Surroundings.HoldAwaits);
        try
        {
            await _context.AskAsync<MetaProtocol.Done>(
                new MetaProtocol.EndLease(PathRef.Absolute(Path)), _context.DeadlineOf(null), CancellationToken.None).ConfigureAwait(Surroundings.HoldAwaits);
        }
        catch (DfsException e) when (e.Code is DfsErrorCode.LeaseNotHeld or DfsErrorCode.FileNotFound)
        {
            // Over, or ended by a superuser, or the file is gone: there is nothing to give back.
            return;
        }
    }
}
