// Sessions of the client library against meta's real state machine, in virtual time.

using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using AkkaDfs.Testing.Time;

namespace AkkaDfs.Client.Tests.Nodes;

public sealed class SessionTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private CoreMeta _meta = null!;
    private DfsClient _client = null!;

    public async Task InitializeAsync()
    {
        _meta = new CoreMeta(_time);
        _client = CoreMeta.ClientOf(_meta, _time);
        await _client.MakeDirectoryAsync("/d");
        await _client.CreateAsync("/d/f", new CreateOptions { ExpectsContent = false });
    }

    public async Task DisposeAsync() => await _client.DisposeAsync();

    [Fact]
    public async Task An_open_file_outlives_its_name_for_longer_than_the_time_out()
    {
        await using var session = await _client.StartSessionAsync();
        var handle = await session.OpenAsync(PathRef.Absolute("/d/f"));
        await _client.RemoveAsync("/d/f");
        await PassAsync(TimeSpan.FromMinutes(3));
        Assert.True(IsThere(handle));
        await handle.DisposeAsync();
        Assert.False(IsThere(handle));
    }

    [Fact]
    public async Task A_session_says_again_what_it_holds_to_the_next_acting_meta()
    {
        await using var session = await _client.StartSessionAsync();
        await using var handle = await session.OpenAsync(PathRef.Absolute("/d/f"));
        await _client.RemoveAsync("/d/f");
        _meta.TakeOver();
        await PassAsync(TimeSpan.FromMinutes(2));
        Assert.True(IsThere(handle));
        Assert.False(handle.IsLost);
        Assert.Equal(1, _meta.Look(d => d.Sessions.HandleCount));
    }

    [Fact]
    public async Task A_client_that_was_silent_for_too_long_begins_anew_and_knows_what_is_lost()
    {
        await using var session = await _client.StartSessionAsync();
        await using var gone = await session.OpenAsync(PathRef.Absolute("/d/f"));
        await using var kept = await session.OpenAsync(PathRef.Absolute("/d"));
        await _client.RemoveAsync("/d/f");
        var first = session.Id;
        _meta.IsSilent = true;
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.False(IsThere(gone));
        _meta.IsSilent = false;
        await Eventually.AssertAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.True(gone.IsLost);
        });
        Assert.False(kept.IsLost);
        Assert.NotEqual(first, session.Id);
        await using var more = await session.OpenAsync(PathRef.Absolute("/d"));
        Assert.Equal(2, _meta.Look(d => d.Sessions.HandleCount));
    }

    [Fact]
    public async Task The_end_of_a_session_closes_everything()
    {
        var session = await _client.StartSessionAsync();
        var handle = await session.OpenAsync(PathRef.Absolute("/d/f"));
        await _client.RemoveAsync("/d/f");
        await session.DisposeAsync();
        Assert.False(IsThere(handle));
        Assert.Equal(0, _meta.Look(d => d.Sessions.Count));
    }

    private bool IsThere(DfsHandle handle) => _meta.Look(d => d.Names.Find(handle.Status.Inode)) is not null;

    // In steps; time goes on only when the client waits for it again.
    private async Task PassAsync(TimeSpan by)
    {
        for (var passed = TimeSpan.Zero; passed < by; passed += TimeSpan.FromSeconds(1))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Eventually.AssertAsync(() => Assert.NotEqual(0, _time.PendingTimers));
            _meta.Tick();
        }
    }
}
