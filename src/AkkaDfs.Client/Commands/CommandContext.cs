// The world as a verb sees it: its streams, its way to a cluster, its working directory. Tests put their own in its place,
// and the shell keeps one client and a directory of its own for many commands.

using System.CommandLine;
using AkkaDfs.Client.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Hosting;

namespace AkkaDfs.Client.Commands;

/// <summary>What verbs work with.</summary>
internal sealed class CommandContext
{
    private string? _outLine;
    private RootCommand? _root;

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Standard input as bytes.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>Standard output as bytes; what was printed to <see cref="Out"/> before comes first.</summary>
    public required Func<Stream> OpenOutput { get; init; }

    /// <summary>True when a person looks at standard error: only then is progress shown.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>True when a person looks at standard output.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>True when a person types at standard input.</summary>
    public bool InputIsTerminal { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Makes a client.</summary>
    public required Func<DfsClientOptions, CancellationToken, Task<IDfsClient>> Connect { get; init; }

    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Reads the seeds that `dfs up` has left, if it runs.</summary>
    public Func<IReadOnlyList<string>> RunningCluster { get; init; } = () => [];

    /// <summary>A client that outlives the command, in the shell; null otherwise.</summary>
    public IDfsClient? SharedClient { get; set; }

    /// <summary>Directory that relative remote paths start at.</summary>
    public string RemoteDirectory { get; set; } = RemotePath.Root;

    /// <summary>The process's signals, if they reach this context.</summary>
    public TerminationSignals? Signals { get; init; }

    public CommonOptions Options { get; } = new();

    /// <summary>All verbs; built once, as the shell uses them many times.</summary>
    public RootCommand Root => _root ??= DfsCommand.Build(this);

    /// <summary>Columns of the terminal.</summary>
    public int Width => OutIsTerminal || ErrorIsTerminal ? Math.Max(20, Console.WindowWidth) : 100;

    /// <summary>The absolute path of a remote path as typed.</summary>
    public string Remote(string path) => RemotePath.Resolve(RemoteDirectory, path);

    /// <summary>A client for one command.</summary>
    public async Task<ClientLease> ConnectAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        if (SharedClient is { } shared && Options.Seeds(parse).Count == 0)
        {
            return new ClientLease(shared, Owned: false);
        }

        return new ClientLease(await Connect(ClientOptions(parse), cancellationToken).ConfigureAwait(false), Owned: true);
    }

    /// <summary>Where the cluster is: the command line, the environment, a running `dfs up`, the default.</summary>
    public DfsClientOptions ClientOptions(ParseResult parse)
    {
        var seeds = Options.Seeds(parse);
        if (seeds.Count == 0)
        {
            seeds = CommonOptions.SplitSeeds(Environment("DFS_SEED") ?? string.Empty);
        }

        if (seeds.Count == 0)
        {
            seeds = RunningCluster();
        }

        return new DfsClientOptions
        {
            Seeds = seeds.Count > 0 ? seeds : [DfsClientOptions.DefaultSeed],
            Node = Options.Node(parse),
            Holder = Environment("DFS_HOLDER") is { Length: > 0 } holder ? holder : ProcessIdentity.UserAtHost,
        };
    }

    /// <summary>Prints a line to standard error.</summary>
    public void Warn(string line)
    {
        EndProgress();
        Error.WriteLine(line);
    }

    /// <summary>Replaces the line that shows progress; only when a person looks.</summary>
    public void Progress(string line)
    {
        if (!ErrorIsTerminal)
        {
            return;
        }

        line = line.Length >= Width ? line[..(Width - 1)] : line;
        Error.Write("\r" + line.PadRight(Math.Min(Width - 1, _outLine?.Length ?? 0)));
        Error.Flush();
        _outLine = line;
    }

    /// <summary>Takes the progress line away.</summary>
    public void EndProgress()
    {
        if (_outLine is { } line)
        {
            Error.Write("\r" + new string(' ', line.Length) + "\r");
            Error.Flush();
            _outLine = null;
        }
    }
}

/// <summary>A client that is closed with the command, unless it belongs to somebody else.</summary>
internal readonly record struct ClientLease(IDfsClient Client, bool Owned) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Owned ? Client.DisposeAsync() : ValueTask.CompletedTask;
}
