// Snapshots as a shell sees them through the mount.

namespace AkkaDfs.Fuse.Tests;

[Collection(MountCollection.Name)]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class MountSnapshotTests(MountFixture fixture)
{
    [MountFact]
    public async Task A_snapshot_is_read_below_dot_snapshot_and_cannot_be_changed()
    {
        var a = fixture.A;
        await MountFixture.ShellAsync(a, "mkdir -p snap/below; printf before > snap/below/f; ln -s f snap/below/l");
        await fixture.Cluster.Client.CreateSnapshotAsync("/snap", "s");
        await MountFixture.ShellAsync(a, "printf after > snap/below/f; printf new > snap/below/g; rm snap/below/l");
        Assert.Equal("before\nbelow\nf l\nafter\n", await MountFixture.ShellAsync(
            a, "cat snap/.snapshot/s/below/f; echo; ls snap/.snapshot/s; echo $(ls snap/.snapshot/s/below); cat snap/below/f; echo"));
        Assert.Equal("before", await MountFixture.ShellAsync(fixture.B, "cat snap/.snapshot/s/below/l"));
        Assert.Equal("30 30 30", await MountFixture.ShellAsync(
            a,
            "python3 - <<'P'\nimport os\n"
            + "def no(f):\n  try: f()\n  except OSError as e: return str(e.errno)\n  return 'done'\n"
            + "p='snap/.snapshot/s/below/'\n"
            + "print(no(lambda: open(p+'f','r+')), no(lambda: os.unlink(p+'f')), no(lambda: os.mkdir(p+'d')), end='')\nP"));
        Assert.Equal("below\n", await MountFixture.ShellAsync(a, "ls -A snap"));
    }
}
