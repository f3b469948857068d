// The phases of a coordinated shutdown in an order in which each comes after those it depends on.
using Akka.Configuration;

namespace Akka.Actor;

/// <summary>One phase.</summary>
/// <param name="DependsOn">Phases that come before.</param>
/// <param name="Timeout">How long its tasks are waited for.</param>
/// <param name="Recover">If the run goes on after a failure or a time-out.</param>
internal sealed record ShutdownPhase(IReadOnlyList<string> DependsOn, TimeSpan Timeout, bool Recover);

internal sealed class ShutdownPhases
{
    private readonly Dictionary<string, ShutdownPhase> _phases;
    private readonly List<string> _ordered = [];

    public ShutdownPhases(Dictionary<string, ShutdownPhase> phases)
    {
        _phases = phases;
        var underWay = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in phases.Keys.Order(StringComparer.Ordinal))
            Visit(name, underWay);
    }

    /// <summary>In the order they run.</summary>
    public IReadOnlyList<string> Names => _ordered;

    /// <summary>Reads the section akka.coordinated-shutdown.</summary>
    /// <exception cref="ArgumentException">The phases depend on each other in a circle.</exception>
    public static ShutdownPhases From(Config config)
    {
        var defaultTimeout = config.GetTimeSpan("default-phase-timeout", TimeSpan.FromSeconds(5), allowInfinite: false);
        var phases = new Dictionary<string, ShutdownPhase>(StringComparer.Ordinal);
        foreach (var (name, value) in config.GetConfig("phases")?.AsEnumerable() ?? [])
        {
            var phase = value.ToConfig();
            phases[name] = new ShutdownPhase(
                [.. phase.GetStringList("depends-on")],
                phase.GetTimeSpan("timeout", defaultTimeout, allowInfinite: false),
                phase.GetBoolean("recover", true));
        }

        return new ShutdownPhases(phases);
    }

    /// <exception cref="ArgumentException">There is no such phase.</exception>
    public ShutdownPhase Require(string name) =>
        _phases.GetValueOrDefault(name) ?? throw new ArgumentException(Unknown(name), nameof(name));

    public string Unknown(string name) =>
        $"Unknown phase [{name}], known phases [{string.Join(", ", _ordered)}]. "
        + "All phases (along with their optional dependencies) must be defined in configuration.";

    public int IndexOf(string name) => _ordered.IndexOf(name);

    private void Visit(string name, HashSet<string> underWay)
    {
        if (_ordered.Contains(name) || !_phases.TryGetValue(name, out var phase))
            return;
        if (!underWay.Add(name))
            throw new ArgumentException($"Cycle detected in the phases of coordinated shutdown: it contains [{name}].");
        foreach (var earlier in phase.DependsOn)
            Visit(earlier, underWay);
        _ordered.Add(name);
    }
}
