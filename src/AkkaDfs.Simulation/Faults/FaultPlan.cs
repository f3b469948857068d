// The faults of a run, made from its seed before anything runs, so that the run with some of them left out is still the same run: that
// is how a failing one is made short.
//
// Budget. What clients were told must survive, so each round is of one of two kinds. In a round of crashes anything may happen to
// processes, machines and links, but no disk lies; if power may be lost, all writes ask for a sync. In a round of damage one chunk
// server's disk lies, fails or loses its content; the other chunk servers are left alone (but for what slows them down), because a
// replica that was dropped from its chain is no copy any more; meta and clients are fair game.

using Akka.Embedded.Simulation;

namespace AkkaDfs.Simulation.Faults;

/// <summary>One round.</summary>
/// <param name="Length">How long faults are added.</param>
/// <param name="Events">Them.</param>
internal sealed record FaultRound(TimeSpan Length, IReadOnlyList<FaultEvent> Events);

/// <summary>Makes plans.</summary>
internal sealed class FaultPlan
{
    private static readonly FaultKind[] s_crashes =
    [
        FaultKind.Kill, FaultKind.PowerLoss, FaultKind.PowerLossAtChange, FaultKind.Pause, FaultKind.ClockStep, FaultKind.CutOneWay, FaultKind.Cut, FaultKind.Isolate,
        FaultKind.SlowLink, FaultKind.Loss, FaultKind.Reset, FaultKind.SlowDisk,
    ];

    private static readonly FaultKind[] s_damages =
    [
        FaultKind.BitFlip, FaultKind.ReadErrors, FaultKind.WriteErrors, FaultKind.NoSpace, FaultKind.SyncErrors, FaultKind.WrongWrites, FaultKind.Rollback, FaultKind.Wipe,
    ];

    private static readonly FaultKind[] s_slowing = [FaultKind.SlowDisk, FaultKind.ClockStep];

    private readonly DeterministicRandom _random;
    private readonly RunOptions _options;
    private readonly List<FaultRound> _rounds = [];
    private int _number;

    private FaultPlan(RunOptions options, DeterministicRandom random) => (_options, _random) = (options, random);

    /// <summary>The rounds of a run.</summary>
    public static IReadOnlyList<FaultRound> Make(RunOptions options)
    {
        var plan = new FaultPlan(options, new DeterministicRandom(options.Seed ^ 0x5DEECE66D));
        for (var round = 0; round < options.Rounds; round++)
        {
            plan.AddRound(round);
        }

        return plan._rounds;
    }

    private void AddRound(int round)
    {
        var length = _random.NextDelay(_options.ChaosShortest, _options.ChaosLongest);
        var events = new List<FaultEvent>();
        var isDamage = _options.Profile == Profile.Disk || (_options.Profile == Profile.Swarm && _random.Chance(0.4));
        var victim = $"chunk{1 + _random.Next(_options.ChunkServers)}";

        // Each run has a few kinds only, each more often: all at once hide each other.
        var crashes = Some(s_crashes.Where(IsWanted).ToArray());
        var damages = Some(s_damages);
        var gap = _random.NextDelay(TimeSpan.FromMilliseconds(150), TimeSpan.FromSeconds(5));
        if (_options.Profile == Profile.Calm)
        {
            crashes = damages = [];
        }

        for (var at = gap * _random.NextDouble(); at < length; at += gap * (0.05 + (2 * _random.NextDouble())))
        {
            var made = isDamage ? Damage(round, at, victim, damages, crashes) : Crash(round, at, crashes, AnyNode());
            if (made is not null)
            {
                events.Add(made);
            }
        }

        _rounds.Add(new FaultRound(length, events));
    }

    private bool IsWanted(FaultKind kind) => _options.Profile != Profile.Net
        || kind is FaultKind.CutOneWay or FaultKind.Cut or FaultKind.Isolate or FaultKind.SlowLink or FaultKind.Loss or FaultKind.Reset;

    private FaultEvent? Damage(int round, TimeSpan at, string victim, FaultKind[] damages, FaultKind[] crashes)
    {
        var dice = _random.Next(10);
        if (dice < 6)
        {
            return damages.Length == 0 ? null : New(round, at, damages[_random.Next(damages.Length)], victim, string.Empty);
        }

        if (dice < 8)
        {
            return New(round, at, s_slowing[_random.Next(s_slowing.Length)], AnyNode(), string.Empty);
        }

        return Crash(round, at, crashes.Where(k => k is not (FaultKind.SlowLink or FaultKind.Loss)).ToArray(), _random.Chance(0.5) ? "meta" : AnyClient(), onlyClients: true);
    }

    private FaultEvent? Crash(int round, TimeSpan at, FaultKind[] kinds, string target, bool onlyClients = false)
    {
        if (kinds.Length == 0)
        {
            return null;
        }

        var kind = kinds[_random.Next(kinds.Length)];
        var isClient = target.StartsWith("client", StringComparison.Ordinal);
        if (kind is FaultKind.PowerLoss or FaultKind.PowerLossAtChange && (isClient || (!_options.Synced && target != "meta")))
        {
            kind = FaultKind.Pause;
        }

        if (isClient && kind == FaultKind.Kill && !_random.Chance(0.1))
        {
            kind = FaultKind.Pause;
        }

        var isLink = kind is FaultKind.CutOneWay or FaultKind.Cut or FaultKind.SlowLink or FaultKind.Loss or FaultKind.Reset;
        var other = isLink ? onlyClients ? (isClient ? "meta" : AnyClient()) : AnyOtherThan(target) : string.Empty;
        if (onlyClients && kind == FaultKind.Isolate)
        {
            kind = FaultKind.Pause;
        }

        return New(round, at, kind, target, other);
    }

    private FaultEvent New(int round, TimeSpan at, FaultKind kind, string target, string other)
    {
        // Most are short; a few last longer than any time-out.
        var length = _random.Chance(0.7)
            ? _random.NextDelay(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(2))
            : _random.NextDelay(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(25));
        return new FaultEvent(++_number, round, at, kind, target, other, length, _random.NextDouble());
    }

    private string AnyNode()
    {
        var dice = _random.Next(10);
        return dice < 2 ? "meta" : dice < 8 ? $"chunk{1 + _random.Next(_options.ChunkServers)}" : AnyClient();
    }

    private string AnyClient() => $"client{1 + _random.Next(_options.Clients)}";

    private string AnyOtherThan(string target)
    {
        while (true)
        {
            var other = AnyNode();
            if (other != target)
            {
                return other;
            }
        }
    }

    private FaultKind[] Some(FaultKind[] kinds)
    {
        var share = 0.2 + (0.8 * _random.NextDouble());
        return [.. kinds.Where(_ => _random.Chance(share))];
    }
}
