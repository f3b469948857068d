// Mounting without being root: fusermount3, which is set-user-id, mounts and hands the open device back over a socket.

using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Shared;

namespace AkkaDfs.Fuse.Device;

/// <summary>Runs fusermount3.</summary>
internal static unsafe class Fusermount
{
    private const string Program = "fusermount3";
    private const string SocketVariable = "_FUSE_COMMFD";
    private const int SolSocket = 1;
    private const int ScmRights = 1;
    private const int ControlHeaderBytes = 16;
    private const int ControlBytes = 24;

    /// <summary>Mounts.</summary>
    /// <returns>The open device.</returns>
    public static int Mount(string mountPoint, MountOptions options)
    {
        var pair = stackalloc int[2];
        if (Libc.SocketPair(Libc.UnixFamily, Libc.UnixStream, 0, pair) != 0)
        {
            throw new DfsException(DfsErrorCode.LocalFileError, $"No socket for {Program}: {Marshal.GetLastPInvokeErrorMessage()}.");
        }

        var (ours, theirs) = (pair[0], pair[1]);
        try
        {
            var text = string.Create(
                CultureInfo.InvariantCulture,
                $"fsname={options.Source},subtype=akkadfs,default_permissions,max_read={Wire.MaxWriteBytes}{(options.AllowOther ? ",allow_other" : string.Empty)}{(options.IsReadOnly ? ",ro" : string.Empty)}");
            using var process = Start(["-o", text, "--", mountPoint], theirs);
            _ = Libc.Close(theirs);
            theirs = -1;
            var device = Receive(ours);
            process.WaitForExit();
            return device >= 0 ? device : throw new DfsException(
                DfsErrorCode.LocalFileError, $"{Program} did not mount on {mountPoint}: {process.StandardError.ReadToEnd().Trim()}");
        }
        finally
        {
            _ = Libc.Close(ours);
            _ = theirs >= 0 ? Libc.Close(theirs) : 0;
        }
    }

    /// <summary>Unmounts, also while it is in use.</summary>
    public static bool Unmount(string mountPoint)
    {
        using var process = Start(["-u", "-z", "--", mountPoint], -1);
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private static Process Start(string[] arguments, int socket)
    {
        var start = new ProcessStartInfo(Program, arguments) { RedirectStandardError = true, UseShellExecute = false };
        if (socket >= 0)
        {
            start.Environment[SocketVariable] = socket.ToString(CultureInfo.InvariantCulture);
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new DfsException(DfsErrorCode.LocalFileError, $"{Program} cannot be run ({e.Message}). Install the package fuse3, or mount as root.", e);
        }
    }

    private static int Receive(int socket)
    {
        byte data;
        var control = stackalloc byte[ControlBytes];
        var vector = new Libc.IoVector { Base = &data, Length = 1 };
        var message = new Libc.MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = ControlBytes };
        var received = Libc.ReceiveMessage(socket, &message, 0);
        var isDescriptor = received > 0 && message.ControlLength >= ControlHeaderBytes + sizeof(int)
            && *(int*)(control + 8) == SolSocket && *(int*)(control + 12) == ScmRights;
        return isDescriptor ? *(int*)(control + ControlHeaderBytes) : -1;
    }
}
