// How to start this program again, whichever way it was started: as a single file, as an apphost, through `dotnet dfs.dll`, or
// as a library inside another program (a test runner) that has dfs beside it.

using System.Diagnostics;

namespace AkkaDfs.Client.Hosting;

/// <summary>Starts dfs.</summary>
internal static class SelfProcess
{
    private const string Name = "dfs";

    /// <summary>Start information for dfs with some arguments; all three streams are redirected.</summary>
    public static ProcessStartInfo StartInfo(IEnumerable<string> arguments)
    {
        var (program, prefix) = Command();
        return new ProcessStartInfo(program, [.. prefix, .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
    }

    private static (string Program, string[] Prefix) Command()
    {
        var host = OperatingSystem.IsWindows() ? Name + ".exe" : Name;
        var process = Environment.ProcessPath ?? throw new InvalidOperationException("This process does not know its own program.");
        if (Path.GetFileName(process) == host)
        {
            return (process, []);
        }

        var besides = Path.Combine(AppContext.BaseDirectory, host);
        if (File.Exists(besides))
        {
            return (besides, []);
        }

        var library = Path.Combine(AppContext.BaseDirectory, Name + ".dll");
        return Path.GetFileNameWithoutExtension(process) == "dotnet" && File.Exists(library)
            ? (process, [library])
            : throw new InvalidOperationException($"The dfs program is neither {process} nor in {AppContext.BaseDirectory}.");
    }
}
