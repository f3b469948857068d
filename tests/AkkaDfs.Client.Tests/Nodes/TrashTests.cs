// The trash as the command line has it, against meta's real state machine.

using AkkaDfs.Client.Tests.EndToEnd;
using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Testing.Time;

namespace AkkaDfs.Client.Tests.Nodes;

public sealed class TrashTests
{
    [Fact]
    public async Task What_rm_removes_is_listed_and_comes_back_and_skip_trash_is_for_good()
    {
        await using var client = CoreMeta.ClientOf(new CoreMeta(new ManualTime(), new MetaPolicy { TrashMs = 86_400_000 }), new ManualTime());
        await client.CreateAsync("/d/f", new CreateOptions { ExpectsContent = false });
        await client.CreateAsync("/g", new CreateOptions { ExpectsContent = false });
        Assert.Equal(0, (await RealCli.RunAsync(client, "rm", "-r", "/d")).ExitCode);
        Assert.Equal(0, (await RealCli.RunAsync(client, "rm", "--skip-trash", "/g")).ExitCode);
        var listed = (await RealCli.RunAsync(client, "trash", "list")).Out;
        Assert.Matches("^2030-01-01 00:00:00  until 2030-01-02 00:00:00 +directory +[0-9]+  /d\n$", listed);
        Assert.Contains("\"path\": \"/d\"", (await RealCli.RunAsync(client, "trash", "list", "--json")).Out, StringComparison.Ordinal);
        Assert.Equal(0, (await RealCli.RunAsync(client, "undelete", "/d", "--to", "/back")).ExitCode);
        await client.StatAsync("/back/f");
        Assert.Equal(3, (await RealCli.RunAsync(client, "undelete", "/g")).ExitCode);
        await client.RemoveAsync("/back", recursive: true);
        Assert.Equal("1 removed for good.", (await RealCli.RunAsync(client, "trash", "empty")).Out.Trim());
        Assert.Empty((await RealCli.RunAsync(client, "trash", "list")).Out);
        Assert.Equal(DfsErrorCode.FileNotFound, (await Assert.ThrowsAsync<DfsException>(() => client.UndeleteAsync("/back"))).Code);
    }
}
