// Everything that happens in a simulation, folded into one number: two runs are the same when their numbers are. On wish the lines go
// to a file as well, for finding where two runs part.

using System.Globalization;

namespace AkkaDfs.Simulation.Trace;

/// <summary>The trace of one run.</summary>
internal sealed class SimulationTrace(Func<long> now)
{
    private const ulong Prime = 0x100000001B3;

    private ulong _hash = 0xCBF29CE484222325;

    /// <summary>Gets every line; null for none.</summary>
    public Action<string>? Lines { get; set; }

    /// <summary>Whether anybody gets the lines.</summary>
    public bool IsRead => Lines is not null;

    /// <summary>Events so far.</summary>
    public long Events { get; private set; }

    /// <summary>The number.</summary>
    public ulong Hash => _hash;

    /// <summary>Notes an event.</summary>
    public void Note(string kind, string who, string what, string whom, long amount)
    {
        Events++;
        Fold((ulong)now());
        Fold(kind);
        Fold(who);
        Fold(what);
        Fold(whom);
        Fold((ulong)amount);
        Lines?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{now() / 10_000_000.0:0.000000} {kind} {who} {what} {whom} {amount}"));
    }

    /// <summary>Notes something that is for people, and no part of the number.</summary>
    public void Say(string text) => Lines?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{now() / 10_000_000.0:0.000000} # {text}"));

    private void Fold(string text)
    {
        foreach (var letter in text)
        {
            _hash = (_hash ^ letter) * Prime;
        }
    }

    private void Fold(ulong number)
    {
        _hash = (_hash ^ number) * Prime;
        _hash ^= _hash >> 29;
    }
}
