using System.Globalization;
using System.Text;

namespace AkkaDfs.MultiNode.Nemesis;

/// <summary>What a run has shown.</summary>
internal sealed record NemesisReport
{
    internal required int Seed { get; init; }

    /// <summary>Operations acknowledged, by kind.</summary>
    internal required IReadOnlyDictionary<string, int> Acknowledged { get; init; }

    /// <summary>Faults, by kind.</summary>
    internal required IReadOnlyDictionary<string, int> Faults { get; init; }

    /// <summary>Operations whose outcome their client never learned.</summary>
    internal required int Unknown { get; init; }

    /// <summary>What the checker found, and what did not become whole.</summary>
    internal required IReadOnlyList<string> Violations { get; init; }

    /// <summary>Errors that clients saw although they were patient.</summary>
    internal required IReadOnlyList<string> ClientErrors { get; init; }

    /// <summary>The longest that one operation took.</summary>
    internal TimeSpan Longest { get; init; }

    /// <summary>Where the transcript is; empty when it was not kept.</summary>
    internal string Transcript { get; init; } = string.Empty;

    internal bool IsClean => Violations.Count == 0 && ClientErrors.Count == 0;

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"seed {Seed}");
        text.AppendLine(CultureInfo.InvariantCulture, $"acknowledged {Acknowledged.Values.Sum()}: {Tally(Acknowledged)}; unknown {Unknown}; the longest took {Longest.TotalSeconds:0.0} s");
        text.AppendLine(CultureInfo.InvariantCulture, $"faults {Faults.Values.Sum()}: {Tally(Faults)}");
        text.AppendLine(CultureInfo.InvariantCulture, $"client errors {ClientErrors.Count}");
        AddSome(text, ClientErrors);
        text.AppendLine(CultureInfo.InvariantCulture, $"violations {Violations.Count}");
        AddSome(text, Violations);
        if (Transcript.Length > 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"transcript in {Transcript}");
        }

        return text.ToString();
    }

    private static void AddSome(StringBuilder text, IReadOnlyList<string> lines)
    {
        foreach (var line in lines.Take(20))
        {
            text.Append("  ").AppendLine(line);
        }
    }

    private static string Tally(IReadOnlyDictionary<string, int> counts)
        => string.Join(", ", counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Value} {c.Key}"));
}
