// Files that are made shorter: the chunks behind the new end go, and nobody is acknowledged or answered by them any more.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class CutTests
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
    public void The_last_chunks_go_at_once_and_their_replicas_are_deleted()
    {
        var run = new Run(new Random(1), 4);
        run.WriteAll();
        Assert.Equal(4 << 20, run.Status.LengthBytes + (1 << 20) - run.Meta.Chunk("/f", 3).LengthBytes);
        var chunks = run.Chunks();
        run.CutTo(2);
        Assert.Equal(2, run.Status.ChunkCount);
        Assert.Equal(chunks[..2], run.Chunks());
        Assert.Equal((1 << 20) + 1, run.Status.LengthBytes);
        run.Model.Pass(3_000);
        Assert.All(run.Model.Servers, s => Assert.DoesNotContain(s.Replicas.Keys, chunks[2..].Contains));
        Assert.Equal(3, run.Model.Servers.Count(s => s.Replicas.ContainsKey(chunks[0])));
    }

    [Fact]
    public void Nothing_to_cut_is_no_event()
    {
        var run = new Run(new Random(1), 2);
        var before = run.Meta.Journal.Count;
        Assert.Equal(DfsErrorCode.None, run.Meta.CodeOf(new MetaProtocol.CutFile(run.File, 2)));
        Assert.Equal(before, run.Meta.Journal.Count);
        Assert.Equal(DfsErrorCode.InvalidArgument, run.Meta.CodeOf(new MetaProtocol.CutFile(run.File, 0)));
        Assert.Equal(DfsErrorCode.FileNotFound, run.Meta.CodeOf(new MetaProtocol.CutFile(new InodeId(99), 1)));
    }

    [Fact]
    public void Chunks_that_were_never_written_go_too_and_a_late_first_write_is_not_acknowledged()
    {
        var run = new Run(new Random(1), 3);
        var late = run.Meta.Chunk("/f", 2);
        run.CutTo(1);
        run.Model.Write(late);
        run.Model.Pass(1_000);
        Assert.Empty(run.Model.Acknowledged);
    }

    [Fact]
    public void A_primary_that_cannot_be_reached_is_replaced_before_its_chunk_goes()
    {
        var run = new Run(new Random(1), 2);
        run.WriteAll();
        var late = run.Meta.Chunk("/f", 1);
        var primary = run.Model.ServerOf(late.Replicas[0].Server);
        run.Model.Isolated.Add(primary);
        Assert.Equal(DfsErrorCode.ChunkRecovering, run.Meta.CodeOf(new MetaProtocol.CutFile(run.File, 1)));
        run.Model.Pass(400);
        Assert.Equal(2, run.Status.ChunkCount);
        run.CutTo(1);
        run.CheckCut();
        Assert.False(primary.Serves(late.Chunk, run.Meta.NowMs));
    }

    [Fact]
    public void Whoever_asked_and_went_away_leaves_chunks_that_come_back_into_use()
    {
        var run = new Run(new Random(1), 3);
        run.WriteAll();
        Assert.Equal(DfsErrorCode.ChunkRecovering, run.Meta.CodeOf(new MetaProtocol.CutFile(run.File, 1)));
        run.Model.Pass(20_000);
        Assert.Equal(3, run.Status.ChunkCount);
        foreach (var chunk in run.Chunks())
        {
            run.Model.Write(run.Open(chunk)!);
            run.Model.Pass(1_000);
            Assert.Equal(2, run.Model.Acknowledged[chunk].Count);
        }
    }

    [Fact]
    public void A_server_that_starts_again_never_serves_what_was_cut()
    {
        var run = new Run(new Random(1), 2);
        run.WriteAll();
        var cut = run.Chunks()[1];
        var holder = run.Model.Servers.First(s => s.Replicas.ContainsKey(cut));
        run.CutTo(1);
        run.Model.Crash(holder);
        run.Model.Pass(500);
        run.Model.Restart(holder);
        for (var i = 0; i < 1_000 && holder.Replicas.ContainsKey(cut); i++)
        {
            Assert.False(holder.Serves(cut, run.Meta.NowMs));
            run.Model.Pass(20);
        }

        Assert.DoesNotContain(cut, holder.Replicas.Keys);
        run.Model.Pass(2_000);
        Assert.True(holder.ServeUntilMs > run.Meta.NowMs);
    }

    [Fact]
    public void Nothing_is_acknowledged_or_served_by_what_was_cut_whatever_crashes()
    {
        var cut = 0;
        Seeds.ForEach(60, random =>
        {
            var run = new Run(random, 5);
            run.Model.LossPercent = random.Next(3) * 2;
            try
            {
                for (var step = 0; step < 300; step++)
                {
                    run.Disturb();
                    run.Step();
                    run.Model.Pass(40 * random.Next(1, 5));
                    run.CheckCut();
                    run.Chunks().ForEach(run.Model.CheckReads);
                }

                Assert.Equal(MetaHarness.Image(run.Meta.State.Durable), MetaHarness.Image(MetaHarness.Replayed(run.Meta.Journal)));
                cut += run.CutCount;
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{e.Message}\n{string.Join('\n', run.Model.Trace.TakeLast(100))}", e);
            }
        });
        Assert.True(cut > 600, $"only {cut} chunks were cut: the test shows little");
    }

    // One file, and what is known of the chunks that it has lost.
    private sealed class Run
    {
        private readonly Random _random;
        private readonly Dictionary<ChunkId, ChunkLocation> _cached = [];
        private readonly Dictionary<ChunkId, int> _cut = [];

        internal Run(Random random, int chunks)
        {
            _random = random;
            Model = new ClusterModel(random.Next(4, 8), random, Policy);
            Model.Pass(3_000);
            File = Meta.Create("/f", allocate: true).Status.Inode;
            for (var i = 1; i < chunks; i++)
            {
                Meta.Ask<MetaProtocol.ChunkReply>(new MetaProtocol.AllocateChunk(File, i));
            }
        }

        internal ClusterModel Model { get; }

        internal MetaHarness Meta => Model.Meta;

        internal InodeId File { get; }

        internal int CutCount => _cut.Count;

        internal FileStatus Status => Meta.Ask<MetaProtocol.ChunksReply>(new MetaProtocol.GetChunks(PathRef.Of(File), 0, 1)).Status;

        internal List<ChunkId> Chunks()
            => [.. Meta.State.Durable.Chunks.InOrder().Where(c => c.File.Id == File).OrderBy(c => c.Index).Select(c => c.Id)];

        internal void WriteAll()
        {
            foreach (var chunk in Chunks())
            {
                Model.BreaksOff = false;
                Model.Write(Open(chunk)!);
                Model.Pass(1_000);
                Model.Quiesce(chunk);
                Model.Pass(200);
                Assert.Single(Model.Acknowledged[chunk]);
            }
        }

        internal ChunkLocation? Open(ChunkId chunk)
            => Meta.Ask(new MetaProtocol.OpenChunk(chunk, Generation.Any, ServerId.None, DfsErrorCode.None)) is MetaProtocol.ChunkReply reply ? reply.Chunk : null;

        internal void CutTo(int places)
        {
            for (var i = 0; i < 500 && !TryCut(places); i++)
            {
                Model.Pass(20);
            }

            Assert.Equal(places, Status.ChunkCount);
        }

        internal bool TryCut(int places)
        {
            var before = Chunks();
            var done = Meta.Ask(new MetaProtocol.CutFile(File, places)) is MetaProtocol.StatusReply;
            foreach (var gone in before.Except(Chunks()))
            {
                _cut[gone] = Model.Acknowledged.GetValueOrDefault(gone, []).Count;
            }

            return done;
        }

        internal void CheckCut()
        {
            foreach (var (chunk, acknowledged) in _cut)
            {
                Assert.True(acknowledged == Model.Acknowledged.GetValueOrDefault(chunk, []).Count, $"a write to chunk {chunk} was acknowledged after it was cut");
                Assert.True(!Model.Servers.Exists(s => s.Serves(chunk, Meta.NowMs) && !Model.Isolated.Contains(s)), $"chunk {chunk} is served after it was cut");
            }
        }

        internal void Step()
        {
            var all = Chunks();
            switch (_random.Next(10))
            {
                case 0:
                    var places = _random.Next(1, 5);
                    for (var polls = _random.Next(40); polls > 0 && !TryCut(places); polls--)
                    {
                        Model.Pass(20);
                        CheckCut();
                    }

                    break;
                case 1:
                    Meta.Ask(new MetaProtocol.AllocateChunk(File, _random.Next(6)));
                    break;
                case 2:
                    Model.Quiesce(all[_random.Next(all.Count)]);
                    break;
                default:
                    WriteSome(all[_random.Next(all.Count)]);
                    break;
            }
        }

        internal void Disturb()
        {
            var server = Model.Servers[_random.Next(Model.Servers.Count)];
            switch (_random.Next(60))
            {
                case 0 when server.IsUp:
                    Model.Crash(server);
                    break;
                case <= 3 when !server.IsUp:
                    Model.Restart(server);
                    break;
                case 4 when Model.Isolated.Count < 2:
                    Model.Isolated.Add(server);
                    break;
                case <= 8:
                    Model.Isolated.Remove(server);
                    break;
                case 9 when _random.Next(4) == 0:
                    Model.RestartMeta();
                    break;
            }
        }

        // With whatever location a client may have kept, of a chunk that is there or is gone.
        private void WriteSome(ChunkId chunk)
        {
            if (_random.Next(3) == 0 && Open(chunk) is { } fresh)
            {
                _cached[chunk] = fresh;
            }

            if (_cached.Count > 0)
            {
                Model.Write(_cached.Values.ElementAt(_random.Next(_cached.Count)));
            }
        }
    }
}
