// Locks of the client library against meta's real state machine, in virtual time.

using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using AkkaDfs.Testing.Time;

namespace AkkaDfs.Client.Tests.Nodes;

public sealed class LockTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private CoreMeta _meta = null!;
    private DfsClient _client = null!;
    private MetaProtocol.HeldLock _wanted = null!;

    public async Task InitializeAsync()
    {
        _meta = new CoreMeta(_time);
        _client = CoreMeta.ClientOf(_meta, _time);
        var file = await _client.CreateAsync("/f", new CreateOptions { ExpectsContent = false });
        _wanted = new MetaProtocol.HeldLock(file.Status.Inode, 1, MetaProtocol.LockKind.Posix, MetaProtocol.LockMode.Exclusive, 0, 100);
    }

    public async Task DisposeAsync() => await _client.DisposeAsync();

    [Fact]
    public async Task Whoever_waits_gets_the_lock_when_it_is_given_back_and_can_be_cancelled()
    {
        await using var first = await _client.StartSessionAsync();
        await using var second = await _client.StartSessionAsync();
        await first.Locks.SetAsync(_wanted);
        Assert.Equal(DfsErrorCode.LockConflict, (await Assert.ThrowsAsync<DfsException>(() => second.Locks.SetAsync(_wanted))).Code);
        Assert.Equal(_wanted, await second.Locks.GetAsync(_wanted));
        using var patience = new CancellationTokenSource();
        var cancelled = second.Locks.SetAsync(_wanted with { Owner = 2 }, wait: true, patience.Token);
        var waiting = second.Locks.SetAsync(_wanted, wait: true);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.False(waiting.IsCompleted);
        await first.Locks.SetAsync(_wanted with { Mode = MetaProtocol.LockMode.Unlocked });
        await Eventually.AssertAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            Assert.True(waiting.IsCompletedSuccessfully);
        });
    }

    [Fact]
    public async Task Locks_are_said_again_to_the_next_meta_and_lost_after_a_long_silence()
    {
        await using var session = await _client.StartSessionAsync();
        await using var other = await _client.StartSessionAsync();
        await session.Locks.SetAsync(_wanted);
        _meta.TakeOver();
        await Eventually.AssertAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(_wanted, other.Locks.GetAsync(_wanted).GetAwaiter().GetResult());
        });
        Assert.False(session.Locks.AreLost);
        _meta.IsSilent = true;
        for (var i = 0; i < 40; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _meta.Tick();
        }

        _meta.IsSilent = false;
        await Eventually.AssertAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.True(session.Locks.AreLost);
        });
    }
}
