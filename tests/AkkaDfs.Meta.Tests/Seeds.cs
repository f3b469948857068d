// Seeds of random tests: printed with every failure, and given from outside to replay one.

using System.Globalization;

namespace AkkaDfs.Meta.Tests;

/// <summary>Runs a random test with several seeds.</summary>
internal static class Seeds
{
    /// <summary>Name of the environment variable that gives one seed to replay.</summary>
    internal const string Variable = "DFS_TEST_SEED";

    /// <summary>True when one seed is replayed.</summary>
    internal static bool IsSingle => Environment.GetEnvironmentVariable(Variable) is not null;

    /// <summary>Runs <paramref name="test"/> once per seed; the exception of a failure names the seed.</summary>
    internal static void ForEach(int count, Action<Random> test)
    {
        var given = Environment.GetEnvironmentVariable(Variable);
        var seeds = given is null ? Enumerable.Range(1, count) : [int.Parse(given, CultureInfo.InvariantCulture)];
        foreach (var seed in seeds)
        {
            try
            {
                test(new Random(seed));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"failed with seed {seed}; replay with {Variable}={seed}: {e.Message}", e);
            }
        }
    }
}
