// Leases as the library and the command line have them, against meta's real state machine.

using AkkaDfs.Client.Tests.EndToEnd;
using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Shared;
using AkkaDfs.Testing.Time;

namespace AkkaDfs.Client.Tests.Nodes;

public sealed class LeaseTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private CoreMeta _meta = null!;
    private DfsClient _client = null!;
    private DfsClient _other = null!;

    public async Task InitializeAsync()
    {
        _meta = new CoreMeta(_time);
        _client = CoreMeta.ClientOf(_meta, _time);
        _other = CoreMeta.ClientOf(_meta, _time, new DfsClientOptions { Holder = "other" });
        await _client.CreateAsync("/f", new CreateOptions { ExpectsContent = false });
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task S4_07_Each_client_is_a_holder_of_its_own_and_the_second_gets_FILE_LOCKED()
    {
        await using (await _other.TakeLeaseAsync("/f", TimeSpan.FromSeconds(60)))
        {
            var error = (await Assert.ThrowsAsync<DfsException>(() => _client.OpenReadAsync("/f"))).Error;
            Assert.Equal((DfsErrorCode.FileLocked, "other"), (error.Code, error.Holder));
            Assert.Equal(DfsErrorCode.FileLocked, (await Assert.ThrowsAsync<DfsException>(() => _client.OpenWriteAsync("/f"))).Code);
            await using var file = await _other.OpenAsync("/f");
        }

        await using var free = await _client.OpenAsync("/f");
    }

    [Fact]
    public async Task S5_05_06_The_verbs_lease_and_unlease()
    {
        var said = await RealCli.RunAsync(_other, "lease", "/f", "--for", "90s");
        Assert.Equal((0, string.Empty), (said.ExitCode, said.Error));
        Assert.StartsWith("other has an exclusive lease on /f until ", said.Out, StringComparison.Ordinal);
        var refused = await RealCli.RunAsync(_client, "cat", "/f");
        Assert.Equal(10, refused.ExitCode);
        Assert.Matches(@"locked: other has an exclusive lease on it for another 90 s\..*\[FILE_LOCKED 2014\]", refused.Error);
        Assert.Contains("\"holder\":", (await RealCli.RunAsync(_client, "cat", "/f", "--json")).Error, StringComparison.Ordinal);
        Assert.Equal(1, (await RealCli.RunAsync(_client, "unlease", "/f")).ExitCode);
        Assert.Equal(0, (await RealCli.RunAsync(_other, "unlease", "/f")).ExitCode);
        Assert.Equal(0, (await RealCli.RunAsync(_client, "lease", "/f", "--shared")).ExitCode);
        Assert.Equal(10, (await RealCli.RunAsync(_other, "append", "/f", "-t", "x")).ExitCode);
        Assert.Equal(0, (await RealCli.RunAsync(_other, "cat", "/f")).ExitCode);
    }

    [Fact]
    public async Task S5_06_The_holder_is_told_when_the_lease_is_over_and_not_later_than_meta_knows()
    {
        await using var lease = await _client.TakeLeaseAsync("/f", TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromSeconds(9));
        await lease.RenewAsync(TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(lease.Ended.IsCancellationRequested);
        Assert.Single(await _other.GetLeasesAsync("/f"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(lease.Ended.IsCancellationRequested);
        Assert.Empty(await _other.GetLeasesAsync("/f"));
        Assert.Equal(DfsErrorCode.LeaseNotHeld, (await Assert.ThrowsAsync<DfsException>(() => lease.RenewAsync(TimeSpan.FromSeconds(1)))).Code);
    }
}
