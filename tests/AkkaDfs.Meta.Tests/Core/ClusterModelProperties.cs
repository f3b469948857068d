using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class ClusterModelProperties
{
    private static readonly MetaPolicy Policy = new()
    {
        DefaultLayout = new FileLayout(1 << 20, 3, PlacementPolicy.LeastLoaded, AckPolicy.All, ReplicaDownPolicy.Replace),
        HeartbeatMs = 500,
        DeadAfterMs = 1_500,
        ServeMs = 1_000,
        CheckIntervalMs = 2_000,
        SafeModeMaxMs = 3_000,
        OrphanDelayMs = 4_000,
        DeleteDelayMs = 1_000,
        RepairBackoffMs = 500,
        SurveyMs = 400,
        AdoptMs = 3_000,
        ResendMs = 200,
    };

    [Fact]
    public void No_acknowledged_operation_is_lost_whatever_crashes_and_all_is_whole_after_calm()
        => Seeds.ForEach(60, random =>
        {
            var model = new ClusterModel(random.Next(4, 8), random, Policy) { LossPercent = random.Next(3) * 2 };
            try
            {
                Run(model, random);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{e.Message}\n{string.Join('\n', model.Trace.TakeLast(100))}", e);
            }
        });

    private static void Run(ClusterModel model, Random random)
    {
        model.Pass(3_000);
        var chunks = Enumerable.Range(0, 4)
            .Select(i => model.Meta.Create($"/f{i}", allocate: true).First!.Chunk)
            .ToList();
        var cached = new Dictionary<ChunkId, ChunkLocation>();
        for (var step = 0; step < 400; step++)
        {
            Disturb(model, random);
            WriteSome(model, chunks, cached, random);
            model.Pass(40 * random.Next(1, 5));
            chunks.ForEach(model.CheckReads);
            CheckOnePerServer(model);
        }

        Calm(model);
        chunks.ForEach(c => CheckWhole(model, c));
        Assert.True(model.Acknowledged.Values.Sum(a => a.Count) > 20, "hardly anything was acknowledged: the test shows nothing");
        Assert.Equal(MetaHarness.Image(model.Meta.State.Durable), MetaHarness.Image(MetaHarness.Replayed(model.Meta.Journal)));
    }

    private static void Disturb(ClusterModel model, Random random)
    {
        var server = model.Servers[random.Next(model.Servers.Count)];
        switch (random.Next(60))
        {
            case 0 when server.IsUp:
                model.Crash(server);
                break;
            case <= 3 when !server.IsUp:
                model.Restart(server);
                break;
            case 4 when model.Isolated.Count < 2:
                model.Isolated.Add(server);
                break;
            case <= 8:
                model.Isolated.Remove(server);
                break;
            case 9 when random.Next(4) == 0:
                model.RestartMeta();
                break;
            case 10 when random.Next(2) == 0 && server.Id != ServerId.None:
                var mode = (ServerMode)random.Next(3);
                model.Meta.Ask(new MetaProtocol.SetServerMode(server.Id, mode, mode == ServerMode.Maintenance ? random.Next(1, 20_000) : 0));
                break;
        }
    }

    private static void WriteSome(ClusterModel model, List<ChunkId> chunks, Dictionary<ChunkId, ChunkLocation> cached, Random random)
    {
        var chunk = chunks[random.Next(chunks.Count)];
        if (random.Next(8) == 0)
        {
            model.Quiesce(chunk);
            return;
        }

        var isFresh = random.Next(3) == 0 || !cached.ContainsKey(chunk);
        if (isFresh && model.Meta.Ask(new MetaProtocol.OpenChunk(chunk, Generation.Any, ServerId.None, DfsErrorCode.None)) is MetaProtocol.ChunkReply reply)
        {
            cached[chunk] = reply.Chunk;
        }

        if (cached.TryGetValue(chunk, out var location))
        {
            model.Write(location);
        }
    }

    private static void Calm(ClusterModel model)
    {
        model.LossPercent = 0;
        model.BreaksOff = false;
        model.Isolated.Clear();
        foreach (var server in model.Meta.State.Durable.Servers.All)
        {
            model.Meta.Ask(new MetaProtocol.SetServerMode(server.Id, ServerMode.Normal));
        }

        foreach (var server in model.Servers.Where(s => !s.IsUp))
        {
            model.Restart(server);
        }

        model.Pass(30_000);

        // A primary hands on what it has; a last operation takes along what a broken-off one left behind.
        foreach (var chunk in model.Meta.State.Durable.Chunks.InOrder().Where(c => c.HasData).Select(c => c.Id).ToList())
        {
            model.Write(model.Meta.Ask<MetaProtocol.ChunkReply>(new MetaProtocol.OpenChunk(chunk, Generation.Any, ServerId.None, DfsErrorCode.None)).Chunk);
        }

        model.Pass(5_000);
    }

    private static void CheckWhole(ClusterModel model, ChunkId chunk)
    {
        var known = model.Meta.State.Durable.Chunks.Find(chunk)!;
        var holders = model.Servers.Where(s => s.Replicas.ContainsKey(chunk)).ToList();
        var describe = $"chunk {chunk} generation {known.Generation}, health {known.Health}: "
            + string.Join("; ", holders.Select(s => $"{s.Id}: label {s.Replicas[chunk].Label}, {s.Replicas[chunk].Operations.Count} operations"));
        var acknowledged = model.Acknowledged.GetValueOrDefault(chunk, []);
        if (!known.HasData)
        {
            Assert.Empty(acknowledged);
            return;
        }

        Assert.True(holders.Count == 3, describe);
        Assert.True(holders.TrueForAll(s => s.Replicas[chunk].Label == known.Generation), describe);
        Assert.True(holders.TrueForAll(s => !acknowledged.Except(s.Replicas[chunk].Operations).Any()), describe);
        Assert.True(holders.TrueForAll(s => s.Replicas[chunk].Operations.SequenceEqual(holders[0].Replicas[chunk].Operations)), describe);
        Assert.True(known.Health == ChunkHealth.Full, describe);
    }

    private static void CheckOnePerServer(ClusterModel model)
    {
        foreach (var chunk in model.Meta.State.Durable.Chunks.InOrder())
        {
            var servers = Enumerable.Range(0, chunk.Replicas.Count).Select(i => chunk.Replicas[i].Server).ToList();
            Assert.Equal(servers.Distinct(), servers);
        }
    }
}
