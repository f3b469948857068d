// One mount's connection to the kernel: made as root by mount(2), by others with the help of fusermount3. Requests are read from it
// and answers written to it, each in one piece.

using System.Globalization;
using System.Runtime.InteropServices;
using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Shared;

namespace AkkaDfs.Fuse.Device;

/// <summary>The open /dev/fuse of a mount.</summary>
internal sealed class FuseDevice : IDisposable
{
    /// <summary>Where the kernel offers FUSE.</summary>
    public const string Path = "/dev/fuse";

    private int _descriptor;

    private FuseDevice(int descriptor, string mountPoint, bool byHelper) => (_descriptor, MountPoint, ByHelper) = (descriptor, mountPoint, byHelper);

    /// <summary>The directory, absolute.</summary>
    public string MountPoint { get; }

    private bool ByHelper { get; }

    /// <summary>Mounts. Requests arrive from then on.</summary>
    /// <exception cref="DfsException">LocalFileError: why it cannot be mounted there.</exception>
    public static FuseDevice Mount(string mountPoint, MountOptions options)
    {
        var point = System.IO.Path.GetFullPath(mountPoint);
        MountTable.DetachDead(point);
        if (!Directory.Exists(point))
        {
            throw new DfsException(DfsErrorCode.LocalFileError, $"There is no directory {point} to mount on. Make it, or name another one.");
        }

        if (!File.Exists(Path))
        {
            throw new DfsException(DfsErrorCode.LocalFileError, $"{Path} is missing: this machine (or container) has no FUSE. Load the kernel's module, or give the container the device.");
        }

        return Libc.EffectiveUser() == 0 ? ByRoot(point, options) : new FuseDevice(Fusermount.Mount(point, options), point, byHelper: true);
    }

    /// <summary>Reads one request. Negative: an error number, negated.</summary>
    public int Read(byte[] pinned) => Libc.ReadInto(_descriptor, pinned);

    /// <summary>Writes one answer. An answer to a request that the kernel has given up is dropped.</summary>
    public int Write(ReadOnlySpan<byte> answer) => Libc.WriteFrom(_descriptor, answer);

    /// <summary>Takes it out of the tree; whoever still has files open can go on with them.</summary>
    public void Detach()
    {
        if (ByHelper)
        {
            Fusermount.Unmount(MountPoint);
        }
        else
        {
            _ = Libc.Unmount(MountPoint, Libc.DetachMount);
        }
    }

    /// <summary>Ends the connection: requests that wait get ENOTCONN.</summary>
    public void Dispose()
    {
        var descriptor = Interlocked.Exchange(ref _descriptor, -1);
        if (descriptor >= 0)
        {
            _ = Libc.Close(descriptor);
        }
    }

    private static FuseDevice ByRoot(string point, MountOptions options)
    {
        var descriptor = Libc.Open(Path, Libc.OReadWrite | Libc.OCloseOnExec);
        if (descriptor < 0)
        {
            throw Failed($"{Path} cannot be opened", Marshal.GetLastPInvokeError());
        }

        var data = string.Create(
            CultureInfo.InvariantCulture,
            $"fd={descriptor},rootmode=40000,user_id={Libc.EffectiveUser()},group_id={Libc.EffectiveGroup()},default_permissions,max_read={Wire.MaxWriteBytes}{(options.AllowOther ? ",allow_other" : string.Empty)}");
        if (Libc.Mount(options.Source, point, MountTable.Type, (nuint)options.KernelFlags, data) == 0)
        {
            return new FuseDevice(descriptor, point, byHelper: false);
        }

        var error = Marshal.GetLastPInvokeError();
        _ = Libc.Close(descriptor);
        throw Failed($"Nothing can be mounted on {point}", error);
    }

    private static DfsException Failed(string what, int error)
        => new(DfsErrorCode.LocalFileError, $"{what}: {Marshal.GetPInvokeErrorMessage(error)} ({error}). It takes root, or the program fusermount3 of the package fuse3, and a kernel with FUSE.");
}
