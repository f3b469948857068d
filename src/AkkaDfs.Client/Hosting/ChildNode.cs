// A node in a process of its own. The child watches its standard input: when this process ends, however it ends, the pipe
// closes and the child stops. Closing it on purpose is the polite way to stop a child.

using System.Diagnostics;
using System.Text;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Hosting;

namespace AkkaDfs.Client.Hosting;

/// <summary>A child process with a node in it.</summary>
internal sealed class ChildNode : IHostedNode
{
    /// <summary>What a child prints when it is up, followed by a space and its address.</summary>
    public const string ReadyWord = "ready";

    private const int MostErrorText = 4000;
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildNode(string name, Process process)
    {
        Name = name;
        _process = process;
    }

    public string Name { get; }

    public string Address { get; private set; } = string.Empty;

    public int ProcessId => _process.Id;

    /// <summary>Starts a node and waits until it is up.</summary>
    /// <exception cref="DfsException">ClusterStartFailed with what the child said.</exception>
    public static async Task<ChildNode> StartAsync(
        NodeRole role, string name, NodeOptions options, string logFile, CancellationToken cancellationToken)
    {
        var arguments = new List<string> { "node", role.ToString().ToLowerInvariant(), "--log", logFile };
        Add("--port", options.Port);
        Add("--data-port", options.DataPort);
        Add("--hostname", options.Hostname);
        Add("--data", options.DataFolder);
        Add("--config", options.ConfigFile);
        Add("--profile", options.Profile);
        Add("--seed", options.Seeds.Count > 0 ? string.Join(',', options.Seeds) : null);
        foreach (var pair in options.Overrides)
        {
            Add("-D", pair);
        }

        var child = new ChildNode(name, new Process { StartInfo = SelfProcess.StartInfo(arguments), EnableRaisingEvents = true });
        try
        {
            await child.StartAsync(logFile, cancellationToken).ConfigureAwait(false);
            return child;
        }
        catch
        {
            await child.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        void Add(string option, object? value)
        {
            if (value is not null)
            {
                arguments.Add(option);
                arguments.Add(FormattableString.Invariant($"{value}"));
            }
        }
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
            using var patience = new CancellationTokenSource(StopPatience);
            await _process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It had its time to stop by itself.
            _process.Kill();
            await _process.WaitForExitAsync().ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            // It was never started.
            return;
        }
        finally
        {
            _process.Dispose();
        }
    }

    private async Task StartAsync(string logFile, CancellationToken cancellationToken)
    {
        _process.OutputDataReceived += (_, e) => OnOutput(e.Data);
        _process.ErrorDataReceived += (_, e) => OnError(e.Data);
        _process.Exited += (_, _) => _ready.TrySetException(new DfsException(
            DfsErrorCode.ClusterStartFailed, $"{Name} ended before it was up: {ErrorText()} Its log is {logFile}."));
        if (!_process.Start())
        {
            throw new DfsException(DfsErrorCode.ClusterStartFailed, $"{Name} could not be started as a process.");
        }

        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Address = await _ready.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private void OnOutput(string? line)
    {
        if (line is not null && line.StartsWith(ReadyWord + " ", StringComparison.Ordinal))
        {
            _ready.TrySetResult(line[(ReadyWord.Length + 1)..]);
        }
    }

    private void OnError(string? line)
    {
        lock (_errors)
        {
            if (line is not null && _errors.Length < MostErrorText)
            {
                _errors.Append(line).Append(' ');
            }
        }
    }

    private string ErrorText()
    {
        lock (_errors)
        {
            return _errors.Length == 0 ? "it said nothing." : _errors.ToString();
        }
    }
}
