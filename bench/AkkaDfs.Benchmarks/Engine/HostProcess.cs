// A second process with an actor system, for what is measured between processes.

using System.Diagnostics;
using Akka.Actor;
using AkkaDfs.Engine.TestHost;

namespace AkkaDfs.Benchmarks.Engine;

/// <summary>A running host; it ends with this object.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private const string Ready = "READY ";
    private readonly Process _process;

    private HostProcess(Process process, Address address) => (_process, Address) = (process, address);

    /// <summary>Where its actor system listens.</summary>
    public Address Address { get; }

    /// <summary>Processor time it has used so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts one and waits until it is ready.</summary>
    public static async Task<HostProcess> StartAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Echo).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        // As this process has it.
        start.Environment["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0";
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(Ready, StringComparison.Ordinal))
                return new HostProcess(process, Address.Parse(line[Ready.Length..]));
        }

        throw new InvalidOperationException("The host process ended before it was ready.");
    }

    /// <summary>Ends it with -9.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Asks it to leave and end; does not wait.</summary>
    public void Stop() => _process.StandardInput.WriteLine("stop");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
