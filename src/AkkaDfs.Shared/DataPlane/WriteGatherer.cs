// Small writes of a client on their way into a connection. While two sendings to a chunk are unanswered, further writes to it
// gather for the third: each sending costs every node of the chain a few wake-ups, whatever its size. Writes to other chunks
// do not wait for it. The sender's loop takes what is ready when it is about to send, so that writes whose callers were woken by
// the same answers leave together.
//
// What waits here is bounded by the connection's window, and leaves the latest when its call is given up.

using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Shared.DataPlane;

/// <summary>A small write before it is sent.</summary>
/// <param name="Call">The request; it is in the connection's table already.</param>
/// <param name="Head">What to write.</param>
/// <param name="Payload">The bytes; the caller's until the call ends.</param>
/// <param name="Phase">Where the checksums' first segment begins in its block.</param>
/// <param name="Checksums">One per segment.</param>
/// <param name="DeadlineMs">Milliseconds its client waits, from the start of the call.</param>
internal readonly record struct GatheredWrite(WriteCall Call, WriteHead Head, ReadOnlyMemory<byte> Payload, int Phase, uint[] Checksums, uint DeadlineMs);

/// <summary>The small writes to one chunk; touched under the gatherer's lock.</summary>
internal sealed class WriteGathering(ChunkId chunk)
{
    /// <summary>The chunk.</summary>
    public ChunkId Chunk => chunk;

    /// <summary>What is not sent yet.</summary>
    public Queue<GatheredWrite> Waiting { get; } = new();

    /// <summary>Sendings with unanswered writes.</summary>
    public int Flights { get; set; }

    /// <summary>True while it is in line to be sent.</summary>
    public bool IsReady { get; set; }
}

/// <summary>Writes that were sent together; touched under the gatherer's lock.</summary>
internal sealed class WriteFlight(WriteGathering gathering)
{
    /// <summary>Where they come from.</summary>
    public WriteGathering Gathering => gathering;

    /// <summary>Writes without an answer.</summary>
    public int Open { get; set; }
}

internal sealed class WriteGatherer(FrameSender sender, TimeProvider time)
{
    private const int MostFlights = 2;

    private readonly Lock _lock = new();
    private readonly Dictionary<ChunkId, WriteGathering> _byChunk = [];
    private readonly Queue<WriteGathering> _ready = new();
    private readonly List<GatheredWrite> _taken = [];

    /// <summary>Takes a write; its call must be registered. With nothing under way to its chunk it leaves on this thread.</summary>
    public void Add(in GatheredWrite write)
    {
        var isOutermost = SendTurn.Begin();
        try
        {
            AddOrSend(write);
        }
        finally
        {
            if (isOutermost)
            {
                SendTurn.End();
            }
        }
    }

    private void AddOrSend(in GatheredWrite write)
    {
        lock (_lock)
        {
            if (!_byChunk.TryGetValue(write.Head.Chunk, out var gathering))
            {
                gathering = new WriteGathering(write.Head.Chunk);
                _byChunk.Add(write.Head.Chunk, gathering);
            }

            gathering.Waiting.Enqueue(write);
            if (gathering is { Flights: 0, IsReady: false })
            {
                Send(gathering);
            }
            else if (MakeReady(gathering))
            {
                sender.Poke();
            }
        }
    }

    /// <summary>Encodes what waits for a chunk at once: something larger to the same chunk must not overtake it.</summary>
    public void Flush(ChunkId chunk)
    {
        lock (_lock)
        {
            if (_byChunk.TryGetValue(chunk, out var gathering))
            {
                Send(gathering);
            }
        }
    }

    /// <summary>Encodes what is ready; called by the sender's loop.</summary>
    public void Collect()
    {
        lock (_lock)
        {
            while (_ready.TryDequeue(out var gathering))
            {
                gathering.IsReady = false;
                Send(gathering);
            }
        }
    }

    /// <summary>A call has left the connection's table: answered, failed or given up.</summary>
    public void OnLeft(WriteCall call)
    {
        lock (_lock)
        {
            call.HasLeft = true;
            if (call.Flight is not { } flight || --flight.Open > 0)
            {
                return;
            }

            flight.Gathering.Flights--;
            if (!MakeReady(flight.Gathering))
            {
                return;
            }
        }

        sender.Poke();
    }

    // True when the sender is to be told.
    private bool MakeReady(WriteGathering gathering)
    {
        if (gathering.Waiting.Count == 0)
        {
            ForgetIfIdle(gathering);
            return false;
        }

        if (gathering.IsReady || gathering.Flights >= MostFlights)
        {
            return false;
        }

        gathering.IsReady = true;
        _ready.Enqueue(gathering);
        return true;
    }

    private void Send(WriteGathering gathering)
    {
        var flight = new WriteFlight(gathering);
        while (gathering.Waiting.Count > 0)
        {
            TakeAlike(gathering.Waiting);
            flight.Open += _taken.Count;
            _taken.ForEach(w => w.Call.Flight = flight);
            Encode();
        }

        if (flight.Open > 0)
        {
            gathering.Flights++;
        }
        else
        {
            ForgetIfIdle(gathering);
        }
    }

    private void ForgetIfIdle(WriteGathering gathering)
    {
        if (gathering is { Flights: 0, IsReady: false })
        {
            _byChunk.Remove(gathering.Chunk);
        }
    }

    // Writes that fit into one frame: of one generation, with the same members. Those that were given up meanwhile are left out.
    private void TakeAlike(Queue<GatheredWrite> waiting)
    {
        _taken.Clear();
        var bytes = 0;
        while (_taken.Count < ForwardBatchHead.MaxEntries && waiting.TryPeek(out var next))
        {
            if (_taken.Count > 0 && (bytes + next.Payload.Length > ForwardBatchHead.MaxPayloadBytes || !AreAlike(_taken[0].Head, next.Head)))
            {
                return;
            }

            waiting.Dequeue();
            if (!next.Call.HasLeft && next.Call.TryBeginSend())
            {
                bytes += next.Payload.Length;
                _taken.Add(next);
            }
        }
    }

    private static bool AreAlike(in WriteHead one, in WriteHead other)
        => one.Generation == other.Generation && one.ChunkSizeBytes == other.ChunkSizeBytes && one.Chain.Span.SequenceEqual(other.Chain.Span);

    // A connection that has ended takes nothing: it fails its calls itself.
    private void Encode()
    {
        if (_taken.Count == 0)
        {
            return;
        }

        var now = time.GetTimestamp();
        if (_taken.Count == 1)
        {
            var only = _taken[0];
            sender.TrySend(
                FrameType.Write, only.Call.RequestId, DeadlineOf(only, now), only.Head, new FramePayload(only.Payload, only.Phase, only.Checksums), observer: null, settles: -1);
        }
        else
        {
            var entries = new WriteBatchEntry[_taken.Count];
            var payload = new ReadOnlyMemory<byte>[entries.Length];
            for (var i = 0; i < entries.Length; i++)
            {
                var write = _taken[i];
                payload[i] = write.Payload;
                entries[i] = new WriteBatchEntry(
                    write.Call.RequestId,
                    DeadlineOf(write, now),
                    new BatchEntry(write.Head.Operation, write.Head.Mode, write.Head.Flags, write.Head.Offset, write.Payload.Length, write.Phase, write.Checksums));
            }

            var first = _taken[0].Head;
            sender.TrySendGathered(
                FrameType.WriteBatch, _taken[0].Call.RequestId, new WriteBatchHead(first.Chunk, first.Generation, first.ChunkSizeBytes, entries, first.Chain), payload);
        }

        _taken.ForEach(static w => w.Call.EndSend());
        _taken.Clear();
    }

    private uint DeadlineOf(in GatheredWrite write, long now)
    {
        if (write.DeadlineMs == 0)
        {
            return 0;
        }

        var waited = (long)time.GetElapsedTime(write.Call.StartedAt, now).TotalMilliseconds;
        return (uint)Math.Max(1, write.DeadlineMs - waited);
    }
}
