// Valid histories by the thousand: a sequential file executes operations at instants drawn from a seed, and each operation's
// begin and end lie somewhere around its instant. What comes out is linearizable by construction.

using AkkaDfs.Testing.History;

namespace AkkaDfs.Testing.Tests;

internal sealed class HistoryModel
{
    internal const int ChunkSize = 256;
    private const long Step = 100;

    private readonly Random _random;
    private readonly FileUse _use;
    private readonly List<ClientOperation> _operations = [];
    private readonly List<byte> _file = [];
    private readonly uint[] _counters = new uint[6];
    private readonly bool _cuts;
    private long _now = Step;

    // A stream append that is cut goes on later, as in the real file system, behind what others append meanwhile.
    private (ClientOperation Operation, int Done, long Invoked)? _cut;

    private HistoryModel(int seed, FileUse use, bool cuts)
    {
        _random = new Random(seed);
        _use = use;
        _cuts = cuts;
    }

    internal static FileHistory Make(int seed, FileUse use, int operations = 120, bool cuts = true)
    {
        var model = new HistoryModel(seed, use, cuts);
        for (var i = 0; i < operations; i++)
        {
            model.DoOne();
        }

        model.Finish();
        var bytes = model._file.ToArray();
        var replicas = bytes.Chunk(ChunkSize).Select(c => (IReadOnlyList<ReadOnlyMemory<byte>>)[c, c.ToArray(), c.ToArray()]).ToList();
        return new FileHistory(ChunkSize, model._operations, bytes, replicas, use, 3, $"/model-{seed}");
    }

    private void DoOne()
    {
        _now += Step;
        if (_cut is not null && _random.Next(2) == 0)
        {
            Finish();
            return;
        }

        var step = _random.Next(10);
        if (step < 2)
        {
            Add(Begin(OperationKind.Stat) with { LengthBytes = _file.Count });
        }
        else if (step < 5)
        {
            Read();
        }
        else if (_use == FileUse.Registers)
        {
            Change();
        }
        else
        {
            Append(step < 8);
        }
    }

    private void Read()
    {
        var offset = _random.Next(_file.Count + 1);
        var wanted = _random.Next(1, 200);
        var end = Math.Min(_file.Count, offset + wanted);
        Add(Begin(OperationKind.Read) with { Offset = offset, LengthBytes = wanted, Data = _file.ToArray()[offset..end] });
    }

    private void Append(bool asRecord)
    {
        var begin = Begin(asRecord ? OperationKind.Record : OperationKind.Append);
        var data = new HistoryRecord(begin.Client, begin.Counter, _random.Next(HistoryRecord.HeaderBytes, asRecord ? 64 : 150)).ToBytes();
        begin = begin with { Data = data, LengthBytes = data.Length };
        var room = ChunkSize - (_file.Count % ChunkSize);
        var isApplied = _random.Next(12) != 0;
        if (!isApplied)
        {
            Add(begin with { Outcome = _random.Next(2) == 0 ? Outcome.Unknown : Outcome.Failed }, keepOutcome: true);
            return;
        }

        if (data.Length > room && asRecord)
        {
            _file.AddRange(new byte[room]);
        }
        else if (data.Length > room && _cut is null)
        {
            _cut = (begin with { Offset = _file.Count }, room, Earlier());
            _file.AddRange(data[..room]);
            return;
        }
        else if (data.Length > room)
        {
            Add(begin with { Outcome = Outcome.Failed }, keepOutcome: true);
            return;
        }

        var at = _file.Count;
        _file.AddRange(data);
        Add(begin with { Offset = at });
    }

    private void Finish()
    {
        if (_cut is not { } cut)
        {
            return;
        }

        var rest = cut.Operation.Data[cut.Done..];
        if (ChunkSize - (_file.Count % ChunkSize) < rest.Length)
        {
            Add(cut.Operation with { Outcome = Outcome.Unknown }, keepOutcome: true, cut.Invoked);
        }
        else
        {
            _file.AddRange(rest.Span);
            Add(cut.Operation, keepOutcome: false, cut.Invoked);
        }

        _cut = null;
    }

    private void Change()
    {
        if (_cuts && _random.Next(6) == 0)
        {
            var length = _random.Next(600);
            if (length < _file.Count)
            {
                _file.RemoveRange(length, _file.Count - length);
            }

            _file.AddRange(new byte[Math.Max(0, length - _file.Count)]);
            Add(Begin(OperationKind.Truncate) with { LengthBytes = length });
            return;
        }

        var data = new byte[_random.Next(1, 80)];
        _random.NextBytes(data);
        var offset = _random.Next(500);
        var begin = Begin(OperationKind.Write) with { Offset = offset, LengthBytes = data.Length, Data = data };
        if (_random.Next(12) == 0)
        {
            Add(begin with { Outcome = _random.Next(2) == 0 ? Outcome.Unknown : Outcome.Failed }, keepOutcome: true);
            return;
        }

        _file.AddRange(new byte[Math.Max(0, offset + data.Length - _file.Count)]);
        for (var i = 0; i < data.Length; i++)
        {
            _file[offset + i] = data[i];
        }

        Add(begin);
    }

    private ClientOperation Begin(OperationKind kind)
    {
        var client = (uint)_random.Next(1, _counters.Length);
        return new ClientOperation { Client = client, Counter = ++_counters[client], Kind = kind, Invoked = 0 };
    }

    private long Earlier() => _now - _random.NextInt64(5 * Step);

    // One applied change in ten is not told to its client.
    private void Add(ClientOperation operation, bool keepOutcome = false, long? invoked = null)
    {
        var change = operation.Kind is not (OperationKind.Read or OperationKind.Stat);
        var outcome = keepOutcome ? operation.Outcome : change && _random.Next(10) == 0 ? Outcome.Unknown : Outcome.Acknowledged;
        _operations.Add(operation with
        {
            Invoked = invoked ?? Earlier(),
            Completed = outcome == Outcome.Unknown ? long.MaxValue : _now + _random.NextInt64(5 * Step),
            Outcome = outcome,
            Offset = outcome != Outcome.Acknowledged && operation.Kind is OperationKind.Record or OperationKind.Append ? -1 : operation.Offset,
        });
    }
}
