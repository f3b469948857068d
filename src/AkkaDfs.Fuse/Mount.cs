// A mounted tree, from mount to unmount. Whatever ends it (unmount, disposal, the kernel), files that are still open are closed in
// good order.

using System.Globalization;
using AkkaDfs.Fuse.Device;
using AkkaDfs.Fuse.Operations;
using AkkaDfs.Fuse.Session;

namespace AkkaDfs.Fuse;

/// <summary>A mount. Disposing it unmounts.</summary>
public sealed class Mount : IAsyncDisposable
{
    private const int ReadAheadKb = 1024;
    private static readonly TimeSpan DetachPatience = TimeSpan.FromSeconds(10);

    private readonly FuseDevice _device;
    private readonly FuseSession _session;
    private readonly MountOperations _operations;
    private readonly IMountedTree _tree;
    private int _isDisposed;

    private Mount(FuseDevice device, FuseSession session, MountOperations operations, IMountedTree tree)
        => (_device, _session, _operations, _tree) = (device, session, operations, tree);

    /// <summary>The directory, absolute.</summary>
    public string MountPoint => _device.MountPoint;

    /// <summary>Completed when it is unmounted, by whomever.</summary>
    public Task Ended => _session.Ended;

    /// <summary>Mounts a tree, which the mount owns from then on, and serves it in the background.</summary>
    /// <param name="tree">What to mount.</param>
    /// <param name="mountPoint">A directory.</param>
    /// <param name="options">How.</param>
    /// <param name="log">Takes lines about what went wrong.</param>
    /// <param name="time">The clock of deadlines.</param>
    /// <exception cref="Shared.DfsException">LocalFileError, VersionMismatch.</exception>
    public static async Task<Mount> StartAsync(
        IMountedTree tree, string mountPoint, MountOptions options, Action<string>? log = null, TimeProvider? time = null)
    {
        var write = log ?? (_ => { });
        FuseDevice? device = null;
        FuseSession? session = null;
        try
        {
            device = FuseDevice.Mount(mountPoint, options);
            var operations = new MountOperations(tree, options, write, time ?? TimeProvider.System);
            session = new FuseSession(device, options, operations.HandleAsync, write, time ?? TimeProvider.System);
            operations.Session = session;
            session.Start();
            SetReadAhead(device.MountPoint, write);
            return new Mount(device, session, operations, tree);
        }
        catch
        {
            device?.Detach();
            session?.Dispose();
            device?.Dispose();
            await tree.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes this process independent of the terminal it was started from.</summary>
    public static void LeaveTerminal() => _ = Libc.NewSession();

    /// <summary>Takes it out of the tree, waits a while for files that are still open, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        if (!_session.Ended.IsCompleted)
        {
            _device.Detach();
            await Task.WhenAny(_session.Ended, Task.Delay(DetachPatience)).ConfigureAwait(false);
        }

        await _operations.DisposeAsync().ConfigureAwait(false);
        _session.Dispose();
        await _tree.DisposeAsync().ConfigureAwait(false);
    }

    // Whatever INIT says, the kernel reads ahead 128 KiB until it is told otherwise here. Only root may; it is no matter of correctness.
    private static void SetReadAhead(string mountPoint, Action<string> log)
    {
        if (MountTable.Find(mountPoint) is not { } device)
        {
            return;
        }

        try
        {
            File.WriteAllText($"/sys/class/bdi/{device}/read_ahead_kb", ReadAheadKb.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log($"reading ahead stays at the kernel's default: {e.Message}");
        }
    }
}
