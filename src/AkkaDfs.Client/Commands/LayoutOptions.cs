// Options of verbs that create files or write to them.

using System.CommandLine;
using System.CommandLine.Parsing;
using AkkaDfs.Client.Core;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Commands;

/// <summary>How files are stored and when a write counts as done.</summary>
internal sealed class LayoutOptions
{
    private readonly Option<long> _chunkSize = new("--chunk-size")
    {
        Description = "Chunk size of new files, 8 B to 1 GiB; the cluster's default otherwise.", HelpName = "SIZE", CustomParser = ParseChunkSize,
    };

    private readonly Option<int> _replicas = new("--replicas") { Description = "Replicas of new files, 1 to 16; the cluster's default otherwise.", HelpName = "N" };

    private readonly Option<PlacementPolicy> _placement = new("--placement")
    {
        Description = "Where chunks of new files go: least-loaded, random or hash-ring.", HelpName = "POLICY", CustomParser = OneOf<PlacementPolicy>,
    };

    private readonly Option<AckPolicy> _ack = new("--ack") { Description = "A write counts as done when all replicas have it, or one.", HelpName = "all|one", CustomParser = OneOf<AckPolicy> };

    private readonly Option<ReplicaDownPolicy> _down = new("--on-replica-down")
    {
        Description = "What these writes, and later ones to files made by them, do while a server is down: replace it, block until it is back, or fail.",
        HelpName = "replace|block|fail",
        CustomParser = OneOf<ReplicaDownPolicy>,
    };

    private readonly Option<bool> _sync = new("--sync") { Description = "A write counts as done when it is on disk." };

    private readonly Option<int> _parallel = new("--parallel", "-j") { Description = "Files at once, 1 to 256.", HelpName = "N" };

    public void AddTo(Command command)
    {
        InRange(_replicas, 1, FileLayout.MaxReplicas);
        InRange(_parallel, 1, 256);
        command.Options.Add(_chunkSize);
        command.Options.Add(_replicas);
        command.Options.Add(_placement);
        command.Options.Add(_ack);
        command.Options.Add(_down);
        command.Options.Add(_sync);
        command.Options.Add(_parallel);
    }

    public FileLayout Layout(ParseResult parse)
        => new((int)parse.GetValue(_chunkSize), parse.GetValue(_replicas), parse.GetValue(_placement), parse.GetValue(_ack), parse.GetValue(_down));

    public CallOptions Call(ParseResult parse, CallOptions common) => common with { Ack = parse.GetValue(_ack), OnReplicaDown = parse.GetValue(_down), Sync = parse.GetValue(_sync) };

    public int ParallelFiles(ParseResult parse, IDfsClient client)
        => parse.GetValue(_parallel) is > 0 and var given ? given : (client as DfsClient)?.Settings.ParallelFiles ?? 8;

    public static void InRange(Option<int> option, int from, int to)
        => option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out var value) || value < from || value > to))
            {
                result.AddError($"{option.Name} must be between {from} and {to}.");
            }
        });

    private static long ParseChunkSize(ArgumentResult result)
    {
        var size = CommonOptions.ParseSize(result);
        if (!result.Errors.Any() && size is < FileLayout.MinChunkSizeBytes or > FileLayout.MaxChunkSizeBytes)
        {
            result.AddError("--chunk-size must be between 8 B and 1 GiB.");
        }

        return size;
    }

    public static T OneOf<T>(ArgumentResult result)
        where T : struct, Enum
    {
        var values = Enum.GetValues<T>().Where(v => Convert.ToInt32(v, System.Globalization.CultureInfo.InvariantCulture) != 0).ToArray();
        var text = result.Tokens[0].Value;
        foreach (var value in values.Where(v => Names.Kebab(v) == text))
        {
            return value;
        }

        result.AddError($"'{text}' is not one of {string.Join(", ", values.Select(Names.Kebab))}.");
        return default;
    }
}
