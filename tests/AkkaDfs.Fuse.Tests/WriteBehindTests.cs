// What is written behind the answer: gathered, in order where order matters, bounded, and never lost without a word.

using System.Text;
using AkkaDfs.Fuse.Operations;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit.Abstractions;

namespace AkkaDfs.Fuse.Tests;

public sealed class WriteBehindTests(ITestOutputHelper output)
{
    private const long Plenty = 64 << 20;

    [Fact]
    public async Task Neighbours_are_written_in_one_piece_and_what_does_not_continue_in_another()
    {
        var disk = new Disk();
        var (behind, file) = disk.Behind();
        Assert.True(behind.TryTake(file, 0, false, "abc"u8));
        Assert.True(behind.TryTake(file, 3, false, "def"u8));
        Assert.True(behind.TryTake(file, 9, false, "xyz"u8));
        await behind.DrainAsync(sync: false);
        Assert.Equal("abcdef\0\0\0xyz", disk.Text);
        Assert.Equal(2, disk.Pieces.Count);
        Assert.False(behind.IsBusy);
    }

    [Fact]
    public async Task Appends_keep_their_order_among_each_other_and_with_writes_at_a_place()
    {
        var disk = new Disk();
        var (behind, file) = disk.Behind();
        var expected = new StringBuilder();
        for (var i = 0; i < 200; i++)
        {
            var record = $"<{i}>";
            expected.Append(record);
            await behind.TakeAsync(file, -1, true, Encoding.ASCII.GetBytes(record));
            if (i % 7 == 0)
            {
                await behind.TakeAsync(file, 0, false, "#"u8.ToArray());
                expected[0] = '#';
            }
        }

        await behind.DrainAsync(sync: false);
        Assert.Equal(expected.ToString(), disk.Text);
    }

    [Fact]
    public async Task Any_mix_of_writes_gives_what_writing_one_after_the_other_gives()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            output.WriteLine($"seed {seed}");
            var random = new Random(seed);
            var (disk, twin) = (new Disk(), new byte[100_000]);
            var (behind, file) = disk.Behind();
            var end = 0;
            for (var i = 0; i < 300; i++)
            {
                var data = new byte[random.Next(1, 3_000)];
                random.NextBytes(data);
                var offset = random.Next(3) == 0 ? end : random.Next(0, 60_000);
                offset = offset + data.Length > twin.Length ? 0 : offset;
                data.CopyTo(twin, offset);
                end = offset + data.Length;
                await behind.TakeAsync(file, offset, false, data);
            }

            await behind.DrainAsync(sync: false);
            Assert.Equal(twin.AsSpan(0, disk.Length).ToArray(), disk.Bytes);
        }
    }

    [Fact]
    public async Task A_failure_is_told_to_each_open_file_once_and_later_writes_go_on()
    {
        var disk = new Disk { Fails = true };
        var (behind, file) = disk.Behind();
        var other = disk.Open(behind);
        behind.TryTake(file, 0, false, "abc"u8);
        await behind.DrainAsync(sync: false);
        disk.Fails = false;
        behind.TryTake(file, 3, false, "def"u8);
        await behind.DrainAsync(sync: false);
        Assert.Equal(DfsErrorCode.DiskFull, Assert.Throws<DfsException>(file.ThrowFailure).Code);
        file.ThrowFailure();
        Assert.Equal(DfsErrorCode.DiskFull, Assert.Throws<DfsException>(other.ThrowFailure).Code);
        disk.Open(behind).ThrowFailure();
        Assert.Equal("\0\0\0def", disk.Text);
    }

    [Fact]
    public async Task What_waits_for_its_neighbours_goes_with_its_age_and_is_synced_when_that_is_asked()
    {
        var (disk, time) = (new Disk(), new StandingTime());
        var (behind, file) = disk.Behind(time: time);
        behind.TryTake(file, 0, false, "abc"u8);
        behind.SendOlderThan(TimeSpan.FromSeconds(1));
        Assert.Empty(disk.Pieces);
        time.Now += TimeSpan.FromSeconds(1);
        behind.SendOlderThan(TimeSpan.FromSeconds(1));
        await behind.DrainAsync(sync: true);
        Assert.Equal([false], disk.Pieces);
        behind.TryTake(file, 3, false, "def"u8);
        await behind.DrainAsync(sync: true);
        Assert.Equal([false, true], disk.Pieces);
    }

    [Fact]
    public async Task Bytes_on_their_way_are_bounded_and_who_wants_more_waits_in_line()
    {
        var disk = new Disk { Gate = new TaskCompletionSource() };
        var budget = new ByteBudget(10);
        var (behind, file) = disk.Behind(budget);
        Assert.True(behind.TryTake(file, 0, false, "12345678"u8));
        Assert.False(behind.TryTake(file, 8, false, "9ab"u8));
        var waiting = behind.TakeAsync(file, 8, false, "9ab"u8.ToArray()).AsTask();
        _ = behind.DrainAsync(sync: false);
        Assert.False(waiting.IsCompleted);
        Assert.Equal(8, budget.Taken);
        disk.Gate.SetResult();
        await waiting;
        await behind.DrainAsync(sync: false);
        Assert.Equal("123456789ab", disk.Text);
        Assert.Equal(0, budget.Taken);
    }

    private sealed class StandingTime : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long GetTimestamp() => Now.Ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    }

    /// <summary>Where pieces arrive, each after a pause of its own.</summary>
    private sealed class Disk
    {
        private readonly byte[] _bytes = new byte[1 << 20];
        private readonly Lock _gate = new();
        private readonly Random _random = new(7);
        private ulong _files;

        public bool Fails { get; set; }

        public TaskCompletionSource? Gate { get; init; }

        public int Length { get; private set; }

        /// <summary>Whether each piece was asked to be on disk.</summary>
        public List<bool> Pieces { get; } = [];

        public byte[] Bytes => _bytes.AsSpan(0, Length).ToArray();

        public string Text => Encoding.ASCII.GetString(Bytes);

        public (WriteBehind Behind, OpenFile File) Behind(ByteBudget? budget = null, TimeProvider? time = null)
        {
            var behind = new WriteBehind(WriteAsync, budget ?? new ByteBudget(Plenty), time ?? TimeProvider.System);
            return (behind, Open(behind));
        }

        public OpenFile Open(WriteBehind behind) => new(++_files, new InodeId(5), new NoFile(), isDirect: false, behind, default);

        private async Task WriteAsync(OpenFile through, long offset, bool isAppend, ReadOnlyMemory<byte> data, bool sync)
        {
            if (Gate is not null)
            {
                await Gate.Task;
            }

            int yields;
            lock (_gate)
            {
                yields = _random.Next(20);
            }

            for (var i = 0; i < yields; i++)
            {
                await Task.Yield();
            }

            if (Fails)
            {
                throw new DfsException(DfsErrorCode.DiskFull, "full on purpose");
            }

            lock (_gate)
            {
                var at = isAppend ? Length : (int)offset;
                data.Span.CopyTo(_bytes.AsSpan(at));
                Length = Math.Max(Length, at + data.Length);
                Pieces.Add(sync);
            }
        }
    }

    private sealed class NoFile : IMountedFile
    {
        public IReadOnlyList<MetaProtocol.ChunkLength> Written => [];

        public bool IsTold => true;

        public bool HasUnsynced => false;

        public Task<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task WriteAsync(long offset, ReadOnlyMemory<byte> data, bool sync, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<long> AppendAsync(ReadOnlyMemory<byte> data, bool sync, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task SetLengthAsync(long lengthBytes, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> SyncAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
