// Who a client acts for, and what meta makes of it.

using AkkaDfs.Client.Tests.Fakes;
using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using AkkaDfs.Testing.Time;

namespace AkkaDfs.Client.Tests.Nodes;

public sealed class PermissionTests
{
    private static readonly Caller User = new(1001, 10, []);
    private static readonly CreateOptions Empty = new() { ExpectsContent = false };

    [Fact]
    public async Task A_client_acts_as_its_user_and_its_umask_takes_bits_away()
    {
        await using var client = CoreMeta.ClientOf(new CoreMeta(new ManualTime()), new ManualTime());
        await client.MakeDirectoryAsync("/open", mode: 0x1FF);
        Assert.Equal(0x41EDu, (await client.StatAsync("/open")).Mode);
        var user = client.As(User);
        await Refused(DfsErrorCode.PermissionDenied, () => user.MakeDirectoryAsync("/open/d"));
        await client.MakeDirectoryAsync("/his");
        await using var file = await client.CreateAsync("/his/secret", Empty with { Mode = 0x180 });
        await Refused(DfsErrorCode.PermissionDenied, () => user.OpenAsync("/his/secret"));
        await Refused(DfsErrorCode.PermissionDenied, () => user.OpenReadAsync("/his/secret"));
        await Refused(DfsErrorCode.PermissionDenied, () => user.AppendAsync("/his/secret", new byte[1]));
        await Refused(DfsErrorCode.PermissionDenied, () => user.OpenAppendAsync("/his/secret"));
        await Refused(DfsErrorCode.PermissionDenied, () => user.RemoveAsync("/his/secret"));
        Assert.Equal(0x8180u, (await user.StatAsync("/his/secret")).Mode);
        await user.DisposeAsync();
        Assert.Equal("secret", Assert.Single(await client.ListAsync("/his").ToListAsync()).Name);
    }

    [Fact]
    public async Task A_file_opened_for_reading_is_not_written_by_whom_its_mode_does_not_allow_it()
    {
        await using var client = CoreMeta.ClientOf(new CoreMeta(new ManualTime()), new ManualTime());
        await client.CreateAsync("/readable", Empty);
        await using var file = await client.As(User).OpenAsync("/readable");
        await Refused(DfsErrorCode.PermissionDenied, () => file.WriteAsync(0, new byte[1]));
        await Refused(DfsErrorCode.PermissionDenied, () => file.AppendAsync(new byte[1]));
        await Refused(DfsErrorCode.PermissionDenied, () => file.RecordAppendAsync(new byte[1]));
    }

    [Theory]
    [InlineData(true, 1001u)]
    [InlineData(false, 5u)]
    public async Task Metas_own_user_may_do_everything_and_with_checks_off_everybody_may(bool checks, uint superuser)
    {
        var meta = new CoreMeta(new ManualTime(), new MetaPolicy { ChecksPermissions = checks, SuperuserUid = superuser });
        await using var client = CoreMeta.ClientOf(meta, new ManualTime(), new DfsClientOptions { Caller = User });
        await client.CreateAsync("/f", Empty);
        Assert.Equal(1001u, (await client.StatAsync("/f")).Uid);
    }

    private static async Task Refused(DfsErrorCode code, Func<Task> call) => Assert.Equal(code, (await Assert.ThrowsAsync<DfsException>(call)).Code);
}
