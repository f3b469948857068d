// One real process: started, watched line by line, and stopped in every way that a test needs: politely, with -9, paused.
// Whatever happens, it does not outlive the test that owns it.

using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace AkkaDfs.Testing.Nodes;

/// <summary>A process under test.</summary>
public sealed partial class NodeProcess : IAsyncDisposable
{
    private const int SigInt = 2;
    private const int SigQuit = 3;
    private const int SigKill = 9;
    private const int SigTerm = 15;
    private const int SigCont = 18;
    private const int SigStop = 19;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly SemaphoreSlim _news = new(0);

    private NodeProcess(string name, Process process)
    {
        Name = name;
        _process = process;
    }

    /// <summary>What the test calls it.</summary>
    public string Name { get; }

    /// <summary>Operating system's process id.</summary>
    public int ProcessId => _process.Id;

    /// <summary>True once it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Exit code, once it has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Everything it has printed so far, standard output and standard error mixed.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>Starts a .NET program.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="assembly">Path of the program's dll.</param>
    /// <param name="arguments">Its arguments.</param>
    public static NodeProcess StartDotnet(string name, string assembly, params IEnumerable<string> arguments)
        => Start(name, "dotnet", [assembly, .. arguments]);

    /// <summary>Starts any program.</summary>
    public static NodeProcess Start(string name, string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false,
        };
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_gcServer"] = "0";
        var process = new Process { StartInfo = start };
        var node = new NodeProcess(name, process);
        process.OutputDataReceived += (_, e) => node.Take(e.Data);
        process.ErrorDataReceived += (_, e) => node.Take(e.Data);
        if (!process.Start())
        {
            throw new InvalidOperationException($"{program} did not start");
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return node;
    }

    /// <summary>Waits until it prints a line that matches; gives the match.</summary>
    /// <exception cref="InvalidOperationException">It ended, or the time passed, without such a line; the message has its output.</exception>
    public async Task<Match> WaitForLineAsync([StringSyntax("Regex")] string pattern, TimeSpan? within = null)
    {
        var limit = Stopwatch.GetTimestamp() + (long)((within ?? TimeSpan.FromSeconds(60)).TotalSeconds * Stopwatch.Frequency);
        var seen = 0;
        while (true)
        {
            var ended = _process.HasExited;
            foreach (var line in _lines.Skip(seen))
            {
                seen++;
                if (Regex.Match(line, pattern, RegexOptions.None, TimeSpan.FromSeconds(1)) is { Success: true } match)
                {
                    return match;
                }
            }

            if (ended || Stopwatch.GetTimestamp() > limit)
            {
                throw new InvalidOperationException($"{Name} {(ended ? "ended" : "ran on")} without printing '{pattern}'. It printed:\n{Output}");
            }

            await _news.WaitAsync(TimeSpan.FromMilliseconds(200));
        }
    }

    /// <summary>Sends SIGKILL and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        Signal(SigKill);
        await _process.WaitForExitAsync();
    }

    /// <summary>Sends SIGTERM and waits until it has ended by itself; gives its exit code.</summary>
    public async Task<int> StopAsync()
    {
        Signal(SigTerm);
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>Sends SIGINT and waits until it has ended by itself; gives its exit code.</summary>
    public async Task<int> InterruptAsync()
    {
        Signal(SigInt);
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>Sends SIGQUIT and waits until it has ended by itself; gives its exit code.</summary>
    public async Task<int> QuitAsync()
    {
        Signal(SigQuit);
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>Stops it from running without closing anything (SIGSTOP).</summary>
    public void Pause() => Signal(SigStop);

    /// <summary>Lets it run again (SIGCONT).</summary>
    public void Resume() => Signal(SigCont);

    /// <summary>Ends its standard input.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Waits until it has ended by itself; gives its exit code.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken = default)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
        _news.Dispose();
    }

    private void Take(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
            _news.Release();
        }
    }

    private void Signal(int signal)
    {
        if (!_process.HasExited && Kill(_process.Id, signal) != 0 && !_process.HasExited)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
