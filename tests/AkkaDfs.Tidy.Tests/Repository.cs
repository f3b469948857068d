// Where the repository is, seen from a test, and which files it holds.

using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace AkkaDfs.Tidy.Tests;

internal static class Repository
{
    internal static string Root { get; } = FindRoot();

    /// <summary>Files below a folder, without build output; paths relative to the root, with forward slashes.</summary>
    internal static IEnumerable<string> Files(string folder, string pattern)
        => Directory.Exists(Path.Combine(Root, folder))
            ? Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
                .Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/'))
                .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
            : [];

    internal static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    /// <summary>Runs a program to its end; gives its exit code and everything it printed.</summary>
    internal static async Task<(int ExitCode, string Output)> RunAsync(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }

    private static string FindRoot([CallerFilePath] string here = "")
    {
        for (var folder = Path.GetDirectoryName(here); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "AkkaDfs.sln")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException("no AkkaDfs.sln above " + here);
    }
}
