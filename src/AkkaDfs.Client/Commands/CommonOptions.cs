// Options that every verb understands.

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using AkkaDfs.Client.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Hosting;

namespace AkkaDfs.Client.Commands;

/// <summary>The recursive options of the root command, and reading them.</summary>
internal sealed class CommonOptions
{
    public Option<string[]> Seed { get; } = new("--seed", "-s")
    {
        Description = "Where to find the cluster: host:port of its meta nodes, separated by commas. Otherwise DFS_SEED, else the cluster that dfs up left a note of, else " + DfsClientOptions.DefaultSeed + ".",
        HelpName = "HOST:PORT",
        Recursive = true,
    };

    public Option<string?> Config { get; } = new("--config") { Description = "A HOCON file laid over the defaults.", HelpName = "FILE", Recursive = true };

    public Option<string?> Profile { get; } = new("--profile")
    {
        Description = "A ready-made set of settings: classroom, media, standby or tinyblocks.", HelpName = "NAME", Recursive = true,
    };

    public Option<string[]> Define { get; } = new("-D")
    {
        Description = "One setting, which wins over files: -D dfs.cluster.replicas=2.", HelpName = "KEY=VALUE", Recursive = true, Arity = ArgumentArity.OneOrMore,
    };

    public Option<TimeSpan?> Timeout { get; } = new("--timeout")
    {
        Description = "How long one operation may take: 500ms, 10s, 2m, or inf.", HelpName = "TIME", Recursive = true, CustomParser = ParseTime,
    };

    public Option<bool> Json { get; } = new("--json") { Description = "Print JSON, for programs.", Recursive = true };

    public Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "No progress, no summary.", Recursive = true };

    public void AddTo(RootCommand root)
    {
        root.Options.Add(Seed);
        root.Options.Add(Config);
        root.Options.Add(Profile);
        root.Options.Add(Define);
        root.Options.Add(Timeout);
        root.Options.Add(Json);
        root.Options.Add(Quiet);
    }

    public CallOptions Call(ParseResult parse) => new() { Timeout = parse.GetValue(Timeout) };

    public NodeOptions Node(ParseResult parse) => new()
    {
        ConfigFile = parse.GetValue(Config),
        Profile = parse.GetValue(Profile),
        Overrides = parse.GetValue(Define) ?? [],
    };

    /// <summary>The seeds given on the command line, or none.</summary>
    public IReadOnlyList<string> Seeds(ParseResult parse) => SplitSeeds(string.Join(',', parse.GetValue(Seed) ?? []));

    public static IReadOnlyList<string> SplitSeeds(string text)
        => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Reads a size such as 8192 or 64MiB.</summary>
    public static long ParseSize(ArgumentResult result)
    {
        if (Amounts.TryParseBytes(result.Tokens[0].Value, out var bytes))
        {
            return bytes;
        }

        result.AddError($"'{result.Tokens[0].Value}' is not a size. Give for example 8192, 64KiB or 1GiB.");
        return 0;
    }

    /// <summary>Reads a time such as 500ms, 10s, 2m, 1h, 7d or inf.</summary>
    public static TimeSpan? ParseTime(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text is "inf" or "infinite")
        {
            return System.Threading.Timeout.InfiniteTimeSpan;
        }

        var digits = text.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        double? unitMs = text[digits..] switch
        {
            "ms" => 1,
            "s" or "" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => null,
        };
        if (unitMs is { } ms && double.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * ms is > 0 and < 1e12)
        {
            return TimeSpan.FromMilliseconds(number * ms);
        }

        result.AddError($"'{text}' is not a time. Give for example 500ms, 10s, 2m or inf.");
        return null;
    }
}
