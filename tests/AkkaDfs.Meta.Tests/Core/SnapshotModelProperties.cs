// Snapshots over writers, crashes, lost messages and restarts of meta: what was acknowledged before a snapshot was asked for is in it,
// and what it shows never changes, whoever is asked with whatever location a reader has kept.

using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class SnapshotModelProperties
{
    private const int Files = 3;

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
    public void What_a_snapshot_shows_was_acknowledged_before_it_and_never_changes()
    {
        var (taken, copied, seen) = (0, 0, 0);
        Seeds.ForEach(50, random =>
        {
            var run = new Run(random);
            try
            {
                run.Go();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{e.Message}\n{string.Join('\n', run.Model.Trace.TakeLast(120))}", e);
            }

            taken += run.Snapshots.Count;
            copied += run.Model.Meta.Journal.OfType<ChunkCopied>().Count();
            seen += run.Reads;
        });
        Assert.True(Seeds.IsSingle || (taken > 50 && copied > 50 && seen > 500), $"{taken} snapshots, {copied} copies, {seen} reads: the test shows little");
    }

    private sealed class Run
    {
        private readonly Random _random;
        private readonly Dictionary<ChunkId, ChunkLocation> _cached = [];
        private readonly List<(string Key, ChunkLocation Location)> _readers = [];
        private string _asking = string.Empty;
        private Dictionary<int, (ChunkId Chunk, int[] Operations)> _asked = [];

        internal Run(Random random)
        {
            _random = random;
            Model = new ClusterModel(random.Next(4, 7), random, Policy) { LossPercent = random.Next(3) * 2 };
        }

        internal ClusterModel Model { get; }

        /// <summary>By name and number of the file: what the snapshot shows; null until it was read for the first time.</summary>
        internal Dictionary<string, List<int>?> Snapshots { get; } = [];

        internal int Reads { get; private set; }

        internal void Go()
        {
            Model.Pass(3_000);
            for (var i = 0; i < Files; i++)
            {
                Model.Meta.Create($"/d/f{i}", allocate: true);
            }

            for (var step = 0; step < 300; step++)
            {
                Disturb();
                Write();
                Snapshot();
                Model.Pass(40 * _random.Next(1, 5));
                Learn();
                Read();
            }

            Calm();
            for (var i = 0; i < 40; i++)
            {
                Learn();
                Read();
            }

            // Whatever is forgotten must not be what the others see.
            foreach (var name in Snapshots.Keys.Select(k => k.Split('/')[0]).Distinct().Where(_ => _random.Next(2) == 0).ToList())
            {
                Model.Meta.Ask<MetaProtocol.Done>(new MetaProtocol.DeleteSnapshot(PathRef.Absolute("/d"), name));
                Snapshots.Keys.Where(k => k.StartsWith(name + "/", StringComparison.Ordinal)).ToList().ForEach(k => Snapshots.Remove(k));
                _readers.RemoveAll(r => r.Key.StartsWith(name + "/", StringComparison.Ordinal));
            }

            Model.Pass(20_000);
            Learn();
            Read();
            Assert.Empty(StateAudit.Of(Model.Meta.State.Durable));
            Assert.Equal(MetaHarness.Image(Model.Meta.State.Durable), MetaHarness.Image(MetaHarness.Replayed(Model.Meta.Journal)));
            Assert.Equal(MetaHarness.Image(Model.Meta.State.Durable), MetaHarness.Image(MetaHarness.Replayed(Model.Meta.State.Durable.Images())));
            var wanted = Model.Meta.State.Durable.Chunks.InOrder().Select(c => c.Id).ToHashSet();
            Assert.All(Model.Servers, s => Assert.Subset(wanted, s.Replicas.Keys.ToHashSet()));
        }

        private void Disturb()
        {
            var server = Model.Servers[_random.Next(Model.Servers.Count)];
            switch (_random.Next(80))
            {
                case 0 when server.IsUp:
                    Model.Crash(server);
                    break;
                case <= 5 when !server.IsUp:
                    Model.Restart(server);
                    break;
                case 6 when Model.Isolated.Count < 1:
                    Model.Isolated.Add(server);
                    break;
                case <= 10:
                    Model.Isolated.Remove(server);
                    break;
                case 11 when _random.Next(3) == 0:
                    Model.RestartMeta();
                    break;
                case 12:
                    Model.Meta.Ask(new MetaProtocol.Remove(PathRef.Absolute($"/d/f{_random.Next(Files)}"), SkipTrash: true));
                    break;
                case 13:
                    Model.Meta.Ask(new MetaProtocol.Rename(PathRef.Absolute($"/d/f{_random.Next(Files)}"), PathRef.Absolute("/moved")));
                    break;
                case <= 16:
                    var path = PathRef.Absolute($"/d/f{_random.Next(Files)}");
                    Model.Meta.Ask(new MetaProtocol.CreateFile(path, MetaProtocol.Disposition.OpenOrCreate, FileLayout.Default, AllocateFirst: true));
                    break;
            }
        }

        private void Write()
        {
            if (FileAt($"/d/f{_random.Next(Files)}") is not { ChunkCount: > 0 } file)
            {
                return;
            }

            var chunk = Model.Meta.Ask<MetaProtocol.ChunksReply>(new MetaProtocol.GetChunks(PathRef.Of(file.Inode), 0, 1)).Chunks[0].Chunk;
            if ((_random.Next(3) == 0 || !_cached.ContainsKey(chunk))
                && Model.Meta.Ask(new MetaProtocol.OpenChunk(chunk, Generation.Any, ServerId.None, DfsErrorCode.None)) is MetaProtocol.ChunkReply reply)
            {
                _cached[chunk] = reply.Chunk;
            }

            if (_random.Next(10) == 0)
            {
                Model.Quiesce(chunk);
            }
            else if (_cached.TryGetValue(chunk, out var location))
            {
                Model.Write(location);
            }
        }

        // Asked again and again until it is taken, as the client library does; sometimes given up.
        private void Snapshot()
        {
            if (_asking.Length == 0 && _random.Next(12) == 0)
            {
                _asking = $"s{Snapshots.Count}-{Model.Meta.NowMs}";
                _asked = Enumerable.Range(0, Files).ToDictionary(i => i, AcknowledgedOf);
            }

            if (_asking.Length == 0)
            {
                return;
            }

            // What is acknowledged until it is taken may be in it or not; what is not written yet by then must not.
            if (Model.Meta.Ask(new MetaProtocol.CreateSnapshot(PathRef.Absolute("/d"), _asking)) is MetaProtocol.StatusReply)
            {
                for (var i = 0; i < Files; i++)
                {
                    if (FileAt($"/d/{Namespace.SnapshotName}/{_asking}/f{i}") is not null)
                    {
                        Snapshots[$"{_asking}/f{i}"] = null;
                        var (chunk, operations) = LivingOf(i);
                        var missing = _asked[i].Chunk == chunk ? _asked[i].Operations.Except(operations).ToList() : [];
                        Assert.True(missing.Count == 0, $"snapshot {_asking} was taken without operations of f{i} that were acknowledged before it was asked for");
                    }
                }

                _asking = string.Empty;
            }
            else if (_random.Next(60) == 0)
            {
                _asking = string.Empty;
            }
        }

        private (ChunkId Chunk, int[] Operations) AcknowledgedOf(int file)
        {
            if (FileAt($"/d/f{file}") is not { ChunkCount: > 0 })
            {
                return (ChunkId.None, []);
            }

            var chunk = Model.Meta.Chunk($"/d/f{file}").Chunk;
            return (chunk, [.. Model.Acknowledged.GetValueOrDefault(chunk, [])]);
        }

        // What the members of the chain hold at this moment: all of them the same, for nobody may write.
        private (ChunkId Chunk, List<int> Operations) LivingOf(int file)
        {
            if (FileAt($"/d/f{file}") is not { ChunkCount: > 0 })
            {
                return (ChunkId.None, []);
            }

            var chunk = Model.Meta.Chunk($"/d/f{file}").Chunk;
            var newest = Model.Servers.Where(s => s.Replicas.ContainsKey(chunk)).Select(s => s.Replicas[chunk]).MaxBy(r => (r.Label.Value, r.Operations.Count));
            var operations = newest?.Operations.ToList() ?? [];
            if (Snapshots.ContainsKey($"{_asking}/f{file}") && operations.Count > 0)
            {
                Snapshots[$"{_asking}/f{file}"] = operations;
            }

            return (chunk, operations);
        }

        private FileStatus? FileAt(string path) => Model.Meta.Ask(new MetaProtocol.GetStatus(PathRef.Absolute(path))) is MetaProtocol.StatusReply reply ? reply.Status : null;

        private void Learn()
        {
            foreach (var key in Snapshots.Keys.Where(_ => _random.Next(4) == 0).ToList())
            {
                var path = PathRef.Absolute($"/d/{Namespace.SnapshotName}/{key}");
                var reply = Model.Meta.Ask<MetaProtocol.ChunksReply>(new MetaProtocol.GetChunks(path, 0, 1));
                if (reply.Chunks is [{ Replicas.Count: > 0 } location])
                {
                    Assert.True(reply.Status.LengthIsExact, "the length of a file in a snapshot is always known");
                    _readers.Add((key, location));
                }
            }

            if (_readers.Count > 60)
            {
                _readers.RemoveRange(0, 20);
            }
        }

        private void Read()
        {
            foreach (var (key, location) in _readers)
            {
                foreach (var server in Model.Servers.Where(s => s.Serves(location.Chunk, Model.Meta.NowMs) && s.Replicas[location.Chunk].Label == location.Generation))
                {
                    Reads++;
                    var found = server.Replicas[location.Chunk].Operations;
                    var before = Snapshots[key] ??= [.. found];
                    Assert.True(
                        before.SequenceEqual(found),
                        $"snapshot {key}: server {server.Id} shows [{string.Join(' ', found)}] of chunk {location.Chunk}, generation {location.Generation}, instead of [{string.Join(' ', before)}]");
                }
            }
        }

        private void Calm()
        {
            Model.LossPercent = 0;
            Model.BreaksOff = false;
            Model.Isolated.Clear();
            foreach (var server in Model.Servers.Where(s => !s.IsUp))
            {
                Model.Restart(server);
            }

            Model.Pass(30_000);
        }
    }
}
