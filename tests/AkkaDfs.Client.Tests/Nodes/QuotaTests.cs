// Quotas as the command line has them, against meta's real state machine.

using AkkaDfs.Client.Tests.EndToEnd;
using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Testing.Time;

namespace AkkaDfs.Client.Tests.Nodes;

public sealed class QuotaTests
{
    [Fact]
    public async Task A_quota_is_set_shown_kept_and_cleared()
    {
        await using var client = CoreMeta.ClientOf(new CoreMeta(new ManualTime()), new ManualTime());
        await client.MakeDirectoryAsync("/q/d", makeParents: true);
        Assert.Equal("/q has no quota.", (await RealCli.RunAsync(client, "quota", "show", "/q")).Out.Trim());
        Assert.Equal(2, (await RealCli.RunAsync(client, "quota", "set", "/q")).ExitCode);
        Assert.Equal("/q: 0 B of 2.0 MiB bytes, 1 of 2 files.", (await RealCli.RunAsync(client, "quota", "set", "/q", "--bytes", "2MiB", "--files", "2")).Out.Trim());
        await client.MakeDirectoryAsync("/q/e");
        var refused = await RealCli.RunAsync(client, "mkdir", "/q/f");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("2 of 2 files are used", refused.Error, StringComparison.Ordinal);
        Assert.Contains("\"usedFiles\": 2", (await RealCli.RunAsync(client, "quota", "show", "/q", "--json")).Out, StringComparison.Ordinal);
        Assert.Equal("/q has no quota.", (await RealCli.RunAsync(client, "quota", "clear", "/q")).Out.Trim());
        Assert.Equal(0, (await RealCli.RunAsync(client, "mkdir", "/q/f")).ExitCode);
    }
}
