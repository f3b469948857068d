// Ways a power loss can treat what was not synced.

using System.Globalization;

namespace AkkaDfs.Testing.Files;

/// <summary>Ready-made choices.</summary>
public static class CrashChoices
{
    /// <summary>Nothing unsynced is left.</summary>
    public static readonly ICrashChoice None = new Choice("none", static (_, _) => false);

    /// <summary>Everything is left.</summary>
    public static readonly ICrashChoice All = new Choice("all", static (_, _) => true);

    /// <summary>The first changes only.</summary>
    public static ICrashChoice Prefix(int length) => new Choice($"prefix {length}", (i, _) => i < length);

    /// <summary>The last changes only: the newest reached the disk before the oldest.</summary>
    public static ICrashChoice Suffix(int from) => new Choice($"suffix {from}", (i, _) => i >= from);

    /// <summary>One change only.</summary>
    public static ICrashChoice Only(int index) => new Choice($"only {index}", (i, _) => i == index);

    /// <summary>All but one.</summary>
    public static ICrashChoice AllBut(int index) => new Choice($"all but {index}", (i, _) => i != index);

    /// <summary>All, with one torn: of its sectors only the first (or only the later) half is left.</summary>
    public static ICrashChoice Torn(int index, bool keepsFirstHalf) => new Choice(
        $"torn {index} {(keepsFirstHalf ? "first" : "last")}",
        static (_, _) => true,
        (i, sector, sectors) => i != index || (sector < (sectors + 1) / 2) == keepsFirstHalf);

    /// <summary>Any subset, any sectors.</summary>
    public static ICrashChoice Random(int seed)
    {
        var random = new Random(seed);
        var share = random.NextDouble();
        return new Choice(
            string.Create(CultureInfo.InvariantCulture, $"random {seed}"), (_, _) => random.NextDouble() < share, (_, _, _) => random.Next(4) != 0);
    }

    /// <summary>The choices that matter for a number of unsynced changes: none, all, each prefix and suffix, each alone, each missing, each torn.</summary>
    public static IEnumerable<ICrashChoice> For(int pending)
    {
        yield return None;
        if (pending == 0)
        {
            yield break;
        }

        yield return All;
        for (var i = 0; i < pending; i++)
        {
            yield return Torn(i, keepsFirstHalf: true);
            yield return Torn(i, keepsFirstHalf: false);
            if (pending == 1)
            {
                continue;
            }

            yield return Only(i);
            yield return AllBut(i);
            if (i > 1)
            {
                yield return Prefix(i);
                yield return Suffix(i);
            }
        }
    }

    private sealed class Choice(string name, Func<int, int, bool> keeps, Func<int, int, int, bool>? keepsSector = null) : ICrashChoice
    {
        public bool Keeps(int index, int count) => keeps(index, count);

        public bool KeepsSector(int index, int sector, int sectors) => keepsSector?.Invoke(index, sector, sectors) ?? true;

        public override string ToString() => name;
    }
}
