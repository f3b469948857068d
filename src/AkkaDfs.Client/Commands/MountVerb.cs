// dfs mount MOUNTPOINT [-o OPTIONS] [--foreground] [--log FILE]   and   dfs umount MOUNTPOINT
//
// In the background means: another process of this program serves the mount. This one waits until that one says that it is mounted,
// or why it cannot be, and ends.

using System.CommandLine;
using System.Diagnostics;
using AkkaDfs.Client.Hosting;
using AkkaDfs.Fuse;
using AkkaDfs.Fuse.Device;
using AkkaDfs.Shared;

namespace AkkaDfs.Client.Commands;

/// <summary>Mounts the file system on a directory, and unmounts it.</summary>
internal static class MountVerb
{
    private const string ReadySign = "mounted on ";

    public static Command Create(CommandContext context)
    {
        var point = new Argument<string>("MOUNTPOINT") { Description = "An existing directory." };
        var options = new Option<string[]>("-o") { Description = "Mount options, separated by commas: deadline=SECONDS|inf, allow_other, private, ro, sync, notrash, …", HelpName = "OPTIONS" };
        var foreground = new Option<bool>("--foreground", "-f") { Description = "Stay, and unmount at Ctrl+C." };
        var log = new Option<string?>("--log") { Description = "File for what goes wrong; in the background one in the user's state folder.", HelpName = "FILE" };
        var detached = new Option<bool>("--detached") { Hidden = true };
        var command = new Command("mount", "Mount the file system on a directory of this machine.") { point, options, foreground, log, detached };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var mountPoint = Path.GetFullPath(parse.GetRequiredValue(point));
            var words = parse.GetValue(options) ?? [];
            var parsed = MountOptions.Parse(words);
            var file = parse.GetValue(log);
            if (parse.GetValue(foreground) || parse.GetValue(detached))
            {
                return await ServeAsync(context, parse, mountPoint, parsed, file, parse.GetValue(detached), cancellationToken).ConfigureAwait(false);
            }

            file = Path.GetFullPath(file ?? UserState.PathOf($"mount{mountPoint.Replace('/', '-')}.log"));
            List<string> arguments = ["mount", mountPoint, "--detached", "--log", file, "--seed", string.Join(',', context.ClientOptions(parse).Seeds)];
            arguments.AddRange(words.SelectMany(w => new[] { "-o", w }));
            arguments.AddRange(parse.GetValue(context.Options.Config) is { } config ? ["--config", Path.GetFullPath(config)] : []);
            arguments.AddRange(parse.GetValue(context.Options.Profile) is { } profile ? ["--profile", profile] : []);
            arguments.AddRange((parse.GetValue(context.Options.Define) ?? []).SelectMany(d => new[] { "-D", d }));
            return await StartAsync(context, arguments, file, cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    public static Command CreateEnd(CommandContext context)
    {
        var point = new Argument<string>("MOUNTPOINT") { Description = "Where it is mounted." };
        var command = new Command("umount", "Unmount it, also while it is in use: files that are open stay usable until they are closed.") { point };
        command.SetAction(parse =>
        {
            var mountPoint = Path.GetFullPath(parse.GetRequiredValue(point));
            if (!MountTable.Has(mountPoint))
            {
                throw new DfsException(DfsErrorCode.LocalFileError, $"No AkkaDfs is mounted on {mountPoint}. See findmnt -t {MountTable.Type}.");
            }

            return MountTable.Detach(mountPoint)
                ? ExitCodes.Ok
                : throw new DfsException(DfsErrorCode.LocalFileError, $"{mountPoint} could not be unmounted. Only root and the user who has mounted it may.");
        });
        return command;
    }

    private static async Task<int> ServeAsync(
        CommandContext context, ParseResult parse, string mountPoint, MountOptions options, string? file, bool isDetached, CancellationToken cancellationToken)
    {
        await using var connection = await context.ConnectAsync(parse, cancellationToken).ConfigureAwait(false);
        if (connection.Client is not DfsClient client)
        {
            throw new DfsException(DfsErrorCode.NotSupported, "Only a client that speaks to a cluster by itself can be mounted.");
        }

        var writer = file is null ? Console.Error : OpenLog(file);
        var mount = await DfsMount.StartAsync(client, mountPoint, options, Log, cancellationToken).ConfigureAwait(false);
        await using (mount.ConfigureAwait(false))
        {
            context.Out.WriteLine(ReadySign + mount.MountPoint);
            await context.Out.FlushAsync(cancellationToken).ConfigureAwait(false);
            Log(ReadySign + mount.MountPoint);
            if (isDetached)
            {
                // The one who has started this process is about to go, and its terminal with it.
                Mount.LeaveTerminal();
                Console.SetOut(writer);
                Console.SetError(writer);
            }

            await EndAsync(mount, cancellationToken).ConfigureAwait(false);
        }

        Log("unmounted " + mountPoint);
        return ExitCodes.Ok;

        void Log(string line)
        {
            lock (writer)
            {
                writer.WriteLine($"{context.Time.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fff}Z {line}");
            }
        }
    }

    private static StreamWriter OpenLog(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        return new StreamWriter(new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) { AutoFlush = true };
    }

    private static async Task EndAsync(Mount mount, CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(cancelled.SetResult);
        await Task.WhenAny(mount.Ended, cancelled.Task).ConfigureAwait(false);
    }

    private static async Task<int> StartAsync(CommandContext context, IEnumerable<string> arguments, string log, CancellationToken cancellationToken)
    {
        using var process = Process.Start(SelfProcess.StartInfo(arguments))!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        if (await process.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line && line.StartsWith(ReadySign, StringComparison.Ordinal))
        {
            context.Out.WriteLine($"{line} (process {process.Id}, log {log})");
            return ExitCodes.Ok;
        }

        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        context.Error.Write(await errors.ConfigureAwait(false));
        return process.ExitCode;
    }
}
