// Programs of the operating system, run to their end.

using System.Diagnostics;

namespace AkkaDfs.MultiNode.Cluster;

internal static class Tool
{
    /// <summary>Runs a program; throws with what it printed when it fails.</summary>
    internal static async Task RunAsync(string program, params string[] arguments)
    {
        var (code, output) = await TryAsync(program, arguments);
        if (code != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {code}: {output}");
        }
    }

    /// <summary>Runs a program; gives its exit code, 127 when there is none of that name, and what it printed.</summary>
    internal static async Task<(int ExitCode, string Output)> TryAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, (await output + await errors).Trim());
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (127, e.Message);
        }
    }
}
