// The reference: a small C program given by path, compiled here, that prints lines "name value".

using System.Diagnostics;
using System.Globalization;

namespace AkkaDfs.Benchmarks.Files;

/// <summary>A figure of the reference program.</summary>
/// <param name="Rate">Its first figure; 0 when there is no reference.</param>
/// <param name="ProcessorSeconds">User and system time of it and its children.</param>
internal readonly record struct Reference(double Rate, double ProcessorSeconds);

/// <summary>The reference program.</summary>
internal sealed class LimitProgram : IDisposable
{
    private readonly string _folder;

    private LimitProgram(string folder) => _folder = folder;

    /// <summary>Compiles it.</summary>
    public static async Task<LimitProgram> BuildAsync(string source, string folder)
    {
        Directory.CreateDirectory(folder);
        await RunAsync("gcc", ["-O3", "-msse4.2", "-o", Path.Combine(folder, "limit"), source]);
        return new LimitProgram(folder);
    }

    /// <summary>Runs it.</summary>
    public async Task<Reference> RunAsync(string arguments)
    {
        var output = await RunAsync("bash", ["-c", "TIMEFORMAT='cpu %U %S'; time \"$@\"", "-", Path.Combine(_folder, "limit"), .. arguments.Replace("DIR", _folder, StringComparison.Ordinal).Split(' ')]);
        var lines = output.Split('\n').Select(l => l.Split(' ')).ToList();
        var first = lines.First(l => l is [not "cpu", _]);
        var cpu = lines.First(l => l[0] == "cpu");
        return new Reference(Number(first[1]), Number(cpu[1]) + Number(cpu[2]));
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static async Task<string> RunAsync(string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output + errors : throw new InvalidOperationException($"{program} failed: {errors}");
    }
}
