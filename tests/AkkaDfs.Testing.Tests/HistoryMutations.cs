// Every way in which a history can be wrong, planted into a valid one: each gives null when there is no place for it.

using AkkaDfs.Testing.History;

namespace AkkaDfs.Testing.Tests;

internal static class HistoryMutations
{
    private const uint Planter = 99;

    private static readonly byte[] X = [.. Enumerable.Repeat((byte)201, 32)];
    private static readonly byte[] Y = [.. Enumerable.Repeat((byte)202, 32)];

    internal static IReadOnlyDictionary<string, Func<FileHistory, Random, FileHistory?>> OfAppends { get; }
        = new Dictionary<string, Func<FileHistory, Random, FileHistory?>>(StringComparer.Ordinal)
        {
            ["acknowledged append lost"] = (h, _) => LastAcked(h) is { } a && a.End == h.FinalBytes.Length ? WithFinal(h, h.FinalBytes[..(int)a.Offset]) : null,
            ["acknowledged append cut"] = (h, _) => LastAcked(h) is { } a && a.End == h.FinalBytes.Length ? WithFinal(h, h.FinalBytes[..^1]) : null,
            ["append there twice"] = (h, r) => Acked(h, r) is { } a && Room(h) >= a.Data.Length && Stands(h, a) ? WithFinal(h, (byte[])[.. h.FinalBytes.Span, .. a.Data.Span]) : null,
            ["acknowledged elsewhere"] = (h, r) => Acked(h, r) is { } a ? Change(h, a, a with { Offset = a.Offset + 1 }) : null,
            ["failed append there"] = (h, r) => Acked(h, r) is { } a ? Change(h, a, a with { Outcome = Outcome.Failed }) : null,
            ["append of nobody"] = (h, r) => Acked(h, r) is { } a ? h with { Operations = [.. h.Operations.Where(o => o != a)] } : null,
            ["damaged byte"] = (h, r) => Acked(h, r) is { } a ? WithFinal(h, Flipped(h.FinalBytes, (int)a.Offset + r.Next(4))) : null,
            ["order against real time"] = AgainstRealTime,
            ["stale read"] = (h, _) => LastAcked(h) is { } a ? Plant(h, Read(0, h.FinalBytes.Length + 50, h.FinalBytes[..(int)a.Offset])) : null,
            ["stale stat"] = (h, _) => LastAcked(h) is { } a ? Plant(h, Stat(a.Offset)) : null,
            ["read goes back"] = (h, _) => LastAcked(h) is { } a
                ? Plant(Change(h, a, a with { Completed = long.MaxValue, Outcome = Outcome.Unknown, Offset = -1 }), Read(0, 99_999, h.FinalBytes), Read(0, 99_999, h.FinalBytes[..(int)a.Offset]))
                : null,
            ["wrong byte read"] = (h, r) => h.FinalBytes.Length > 0 ? Plant(h, Read(0, 99_999, Flipped(h.FinalBytes, r.Next(h.FinalBytes.Length)))) : null,
            ["read behind the end"] = (h, _) => Plant(h, Read(h.FinalBytes.Length, 5, new byte[] { 1 })),
            ["stat behind the end"] = (h, _) => Plant(h, Stat(h.FinalBytes.Length + 1)),
            ["read of the future"] = (h, r) => Acked(h, r) is { Invoked: > 2 } a ? h with { Operations = [.. h.Operations, Read(a.Offset, a.Data.Length, a.Data) with { Invoked = 0, Completed = 1 }] } : null,
            ["stat of the future"] = (h, r) => Acked(h, r) is { Invoked: > 2 } a ? h with { Operations = [.. h.Operations, Stat(a.End) with { Invoked = 0, Completed = 1 }] } : null,
            ["end within an append"] = (h, r) => Acked(h, r) is { } a && Stands(h, a) && IsInOneChunk(a) ? h with { Operations = [.. h.Operations, Stat(a.Offset + 5) with { Invoked = 0, Completed = long.MaxValue - 1 }] } : null,
            ["padding not NUL"] = (h, _) => PaddedChunk(h) is { } end ? WithFinal(h, Flipped(h.FinalBytes, end - 1)) : null,
            ["padding without reason"] = (h, _) => Room(h) is > 150 and < HistoryModel.ChunkSize ? WithFinal(h, (byte[])[.. h.FinalBytes.Span, .. new byte[Room(h)]]) : null,
            ["padding within the last chunk"] = (h, _) => Room(h) is > 6 and < HistoryModel.ChunkSize ? WithFinal(h, (byte[])[.. h.FinalBytes.Span, 0, 0, 0, 0, 0]) : null,
            ["replica differs"] = (h, r) => WithReplica(h, r, b => Flipped(b, b.Length - 1)),
            ["replica too short"] = (h, r) => WithReplica(h, r, b => b[..^1]),
            ["replica missing"] = ReplicaMissing,
        };

    internal static IReadOnlyDictionary<string, Func<FileHistory, Random, FileHistory?>> OfRegisters { get; }
        = new Dictionary<string, Func<FileHistory, Random, FileHistory?>>(StringComparer.Ordinal)
        {
            ["stale read"] = (h, _) => Overlaid(h, Y, Write(X), Write(Y), Read(0, 32, X)),
            ["written twice"] = (h, _) => Overlaid(h, X, Write(X), Write(Y)),
            ["acknowledged write lost"] = (h, _) => Overlaid(h, X, Write(X), Write(Y), Write(X) with { Outcome = Outcome.Failed }),
            ["acknowledged write lost, file too short"] = (h, _) => IsUncut(h) ? Plant(h, Write(X) with { Offset = h.FinalBytes.Length + 5 }) : null,
            ["value of nobody"] = (h, _) => Overlaid(h, X, Write(X), Read(0, 32, Y)),
            ["mixture"] = (h, _) => Overlaid(h, X, Write(X), Write(Y), Write(X), Read(0, 32, (byte[])[.. X[..16], .. Y[16..]])),
            ["value of the future"] = (h, _) => Overlaid(h, X, Read(0, 32, X), Write(X)),
            ["value of a failed write"] = (h, _) => Overlaid(h, X, Write(X) with { Outcome = Outcome.Failed }),
            ["values in turns"] = (h, _) => Overlaid(h, X, Endless(Write(X)), Endless(Write(Y)), Read(0, 32, X), Read(0, 32, Y), Read(0, 32, X)),
            ["came and went"] = (h, _) => Overlaid(h, X, Endless(Write(X)), Read(0, 32, X), Write(Y), Read(0, 32, X)),
            ["cut bytes seen"] = (h, _) => Overlaid(h, X, Write(X), Cut(0), Read(0, 32, X)),
            ["cut bytes back"] = (h, _) => Overlaid(h, X, Write(X), Cut(0)),
            ["NUL in place of bytes"] = (h, _) => Overlaid(h, X, Write(X), Read(0, 32, new byte[32])),
            ["stat too short"] = (h, _) => IsUncut(h) && h.FinalBytes.Length > 0 ? Plant(h, Stat(h.FinalBytes.Length - 1)) : null,
            ["stat too long"] = (h, _) => Plant(h, Stat(h.FinalBytes.Length + 1000)),
            ["stat of a length cut off"] = (h, _) => WithFinal(Plant(h, Write(X) with { Offset = 700 }, Cut(9), Stat(732)), h.FinalBytes[..Math.Min(9, h.FinalBytes.Length)]),
            ["read too short"] = (h, _) => IsUncut(h) && h.FinalBytes.Length > 1 ? Plant(h, Read(0, h.FinalBytes.Length, h.FinalBytes[..^1])) : null,
            ["replica differs"] = (h, r) => WithReplica(h, r, b => Flipped(b, b.Length - 1)),
            ["replica too short"] = (h, r) => WithReplica(h, r, b => b[..^1]),
            ["replica missing"] = ReplicaMissing,
        };

    private static FileHistory? AgainstRealTime(FileHistory history, Random random)
    {
        var acked = history.Operations.Where(o => IsAppend(o) && o.Outcome == Outcome.Acknowledged).OrderBy(o => o.Offset).ToList();
        if (acked.Count < 2)
        {
            return null;
        }

        var first = acked[random.Next(acked.Count - 1)];
        var last = acked.Max(o => o.Completed) + 1;
        return Change(history, first, first with { Invoked = last, Completed = last + 1 });
    }

    private static FileHistory? ReplicaMissing(FileHistory history, Random random)
    {
        if (history.Replicas.Count == 0)
        {
            return null;
        }

        var chunks = history.Replicas.ToArray();
        var chunk = random.Next(chunks.Length);
        chunks[chunk] = [.. chunks[chunk].Skip(1)];
        return history with { Replicas = chunks };
    }

    private static FileHistory? WithReplica(FileHistory history, Random random, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> change)
    {
        if (history.Replicas.Count == 0)
        {
            return null;
        }

        var chunks = history.Replicas.Select(r => r.ToArray()).ToArray();
        var replicas = chunks[random.Next(chunks.Length)];
        var replica = random.Next(replicas.Length);
        replicas[replica] = change(replicas[replica]);
        return history with { Replicas = chunks };
    }

    // Operations after all others, one after the other, on the first bytes of the file, which end up as said.
    private static FileHistory Overlaid(FileHistory history, byte[] end, params ClientOperation[] operations)
    {
        var bytes = new byte[Math.Max(history.FinalBytes.Length, end.Length)];
        history.FinalBytes.Span.CopyTo(bytes);
        end.CopyTo(bytes, 0);
        return Plant(WithFinal(history, bytes), operations);
    }

    private static FileHistory Plant(FileHistory history, params ClientOperation[] operations)
    {
        var time = history.Operations.Max(o => Math.Max(o.Invoked, o.Completed == long.MaxValue ? 0 : o.Completed));
        var planted = operations.Select((o, i) => o with
        {
            Counter = (uint)i + 1,
            Invoked = time + (10 * (i + 1)),
            Completed = o.Completed == long.MaxValue && o.Outcome == Outcome.Unknown ? long.MaxValue : time + (10 * (i + 1)) + 5,
        });
        return history with { Operations = [.. history.Operations, .. planted] };
    }

    private static FileHistory WithFinal(FileHistory history, ReadOnlyMemory<byte> bytes)
    {
        var replicas = bytes.ToArray().Chunk(history.ChunkSizeBytes).Select(c => (IReadOnlyList<ReadOnlyMemory<byte>>)[c, c, c]);
        return history with { FinalBytes = bytes, Replicas = [.. replicas] };
    }

    private static FileHistory Change(FileHistory history, ClientOperation from, ClientOperation to)
        => history with { Operations = [.. history.Operations.Select(o => o == from ? to : o)] };

    private static ReadOnlyMemory<byte> Flipped(ReadOnlyMemory<byte> bytes, int at)
    {
        var copy = bytes.ToArray();
        copy[at] ^= 0x40;
        return copy;
    }

    private static bool IsAppend(ClientOperation o) => o.Kind is OperationKind.Record or OperationKind.Append;

    private static ClientOperation? Acked(FileHistory history, Random random)
    {
        var acked = history.Operations.Where(o => IsAppend(o) && o.Outcome == Outcome.Acknowledged).ToList();
        return acked.Count == 0 ? null : acked[random.Next(acked.Count)];
    }

    private static ClientOperation? LastAcked(FileHistory history)
        => history.Operations.Where(o => IsAppend(o) && o.Outcome == Outcome.Acknowledged && Stands(history, o)).MaxBy(o => o.Offset);

    // In one piece.
    private static bool Stands(FileHistory history, ClientOperation o)
        => o.End <= history.FinalBytes.Length && history.FinalBytes[(int)o.Offset..(int)o.End].Span.SequenceEqual(o.Data.Span);

    private static bool IsInOneChunk(ClientOperation o) => o.Offset / HistoryModel.ChunkSize == (o.End - 1) / HistoryModel.ChunkSize;

    // A truncation whose outcome nobody knows may explain any shorter file.
    private static bool IsUncut(FileHistory history) => !history.Operations.Any(o => o.Kind == OperationKind.Truncate && o.Outcome == Outcome.Unknown);

    private static int Room(FileHistory history) => HistoryModel.ChunkSize - (history.FinalBytes.Length % HistoryModel.ChunkSize);

    private static int? PaddedChunk(FileHistory history)
    {
        for (var end = HistoryModel.ChunkSize; end <= history.FinalBytes.Length; end += HistoryModel.ChunkSize)
        {
            if (history.FinalBytes.Span[end - 1] == 0 && !history.Operations.Any(o => o.Kind == OperationKind.Append && o.Data.Span.IndexOf(history.FinalBytes.Span[(end - 4)..end]) >= 0))
            {
                return end;
            }
        }

        return null;
    }

    private static ClientOperation Write(byte[] data) => Planted(OperationKind.Write) with { Offset = 0, LengthBytes = data.Length, Data = data };

    private static ClientOperation Cut(long length) => Planted(OperationKind.Truncate) with { LengthBytes = length };

    private static ClientOperation Read(long offset, long wanted, ReadOnlyMemory<byte> data)
        => Planted(OperationKind.Read) with { Offset = offset, LengthBytes = wanted, Data = data };

    private static ClientOperation Stat(long length) => Planted(OperationKind.Stat) with { LengthBytes = length };

    private static ClientOperation Endless(ClientOperation operation) => operation with { Outcome = Outcome.Unknown, Completed = long.MaxValue };

    private static ClientOperation Planted(OperationKind kind)
        => new() { Client = Planter, Counter = 1, Kind = kind, Invoked = 0, Completed = 0, Outcome = Outcome.Acknowledged };
}
