// Runs `dfs` command lines in this process against a cluster in memory.

using AkkaDfs.Client.Commands;

namespace AkkaDfs.Client.Tests.Fakes;

internal sealed record CliResult(int ExitCode, string Out, string Error, byte[] Bytes);

internal sealed class Cli(FakeCluster cluster)
{
    public Dictionary<string, string> Environment { get; } = [];

    public IReadOnlyList<string> Running { get; set; } = [];

    public DfsClientOptions? LastOptions { get; private set; }

    public byte[] Input { get; set; } = [];

    public Task<CliResult> RunAsync(params string[] args) => RunAsync(CancellationToken.None, args);

    public async Task<CliResult> RunAsync(CancellationToken cancellationToken, params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var bytes = new MemoryStream();
        var context = new CommandContext
        {
            Out = output,
            Error = error,
            OpenInput = () => new MemoryStream(Input),
            OpenOutput = () => bytes,
            Environment = name => Environment.GetValueOrDefault(name),
            RunningCluster = () => Running,
            Connect = (options, _) =>
            {
                LastOptions = options;
                return Task.FromResult<IDfsClient>(cluster.Client());
            },
        };
        var exitCode = await DfsCommand.RunAsync(args, context, cancellationToken);
        return new CliResult(exitCode, output.ToString(), error.ToString(), bytes.ToArray());
    }
}

internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Path = Directory.CreateTempSubdirectory("dfs-client-tests-").FullName;

    public string Path { get; }

    public string At(params string[] names) => System.IO.Path.Combine([Path, .. names]);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
