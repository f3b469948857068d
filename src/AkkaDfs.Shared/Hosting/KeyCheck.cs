// A misspelt key would be ignored in silence, and the operator would believe in a setting that is not there.

using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace AkkaDfs.Shared.Hosting;

/// <summary>Compares the keys under `dfs` of one source of configuration with those that reference.conf explains.</summary>
internal static class KeyCheck
{
    private const string Ours = "dfs";

    /// <summary>Refuses keys that nobody reads.</summary>
    /// <param name="source">Where the configuration comes from, for the message.</param>
    /// <param name="config">That source alone, without fallbacks.</param>
    /// <param name="reference">All keys there are, that is reference.conf, without fallbacks.</param>
    /// <exception cref="DfsException">InvalidConfiguration: names the key and the nearest that exists.</exception>
    public static void Refuse(string source, Config config, Config reference)
    {
        var known = LeavesOf(reference).ToHashSet(StringComparer.Ordinal);
        if (LeavesOf(config).FirstOrDefault(key => !known.Contains(key)) is { } unknown)
        {
            throw new DfsException(
                DfsErrorCode.InvalidConfiguration,
                $"The configuration from {source} sets {unknown}, but there is no such key. Is {known.MinBy(k => Distance(k, unknown))} meant? hocon/reference.conf explains every key.");
        }
    }

    private static IEnumerable<string> LeavesOf(Config config)
        => config.HasPath(Ours) && config.GetValue(Ours) is { } ours ? LeavesOf(Ours, ours) : [];

    private static IEnumerable<string> LeavesOf(string path, HoconValue value)
        => value.IsObject() && value.GetObject() is { } section ? section.Items.SelectMany(item => LeavesOf($"{path}.{item.Key}", item.Value)) : [path];

    // Levenshtein's, by rows.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
