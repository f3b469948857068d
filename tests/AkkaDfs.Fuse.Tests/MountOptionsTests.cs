// Options as mount(8) writes them.

using AkkaDfs.Shared;

namespace AkkaDfs.Fuse.Tests;

public sealed class MountOptionsTests
{
    [Fact]
    public void Options_are_read_from_words_and_lists_and_those_of_fstab_are_passed_over()
    {
        var options = MountOptions.Parse(["deadline=2.5,ro", "notrash,_netdev,x-systemd.automount,attr_timeout=1", "sync,fsname=abc"]);
        Assert.Equal(TimeSpan.FromSeconds(2.5), options.Deadline);
        Assert.Equal(TimeSpan.FromSeconds(1), options.AttributesValid);
        Assert.True(options is { IsReadOnly: true, IsSync: true, SkipTrash: true, Source: "abc" });
        Assert.True(MountOptions.Parse([]) is { SkipTrash: true });
        Assert.True(MountOptions.Parse(["trash"]) is { SkipTrash: false });
        Assert.Equal(Timeout.InfiniteTimeSpan, MountOptions.Parse(["deadline=inf"]).Deadline);
    }

    [Theory]
    [InlineData("deadline=soon")]
    [InlineData("deadline=0")]
    [InlineData("deadline=-1")]
    [InlineData("attr_timeout=")]
    [InlineData("writeback")]
    public void What_is_not_understood_is_refused_with_a_word_about_what_would_be(string word)
    {
        var thrown = Assert.Throws<DfsException>(() => MountOptions.Parse([word]));
        Assert.Equal(DfsErrorCode.InvalidArgument, thrown.Code);
        Assert.Contains(word, thrown.Message, StringComparison.Ordinal);
    }
}
