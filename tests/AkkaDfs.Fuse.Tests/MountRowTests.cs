// Rows S2-20..29: what a mount gives is what a local file system gives. The same scripts run in a local folder and in the mount, and
// what they print has to be the same, line by line.

namespace AkkaDfs.Fuse.Tests;

[Collection(MountCollection.Name)]
public sealed class MountRowTests(MountFixture fixture)
{
    // The sizes and link counts of directories differ between local file systems, too.
    private const string List = """
        list() { ls -lA --time-style=+ "$@" | grep -v ^total | awk '/^d/ { $2 = $5 = "-" } { print }'; }
        """;

    [MountFact]
    public Task S2_20_Attributes_and_listings()
        => SameAsLocalAsync("""
            umask 022; : > empty; printf 12345 > five; mkdir dir; chmod 750 dir; chmod 4711 five; chown 12:34 five
            stat -c '%n %s %A %U:%G %h %F' empty five; stat -c '%n %A %F' dir
            touch -d '2001-02-03 04:05:06.123456789 UTC' five; stat -c '%y' five; touch -a -d '1969-12-31 23:59:58.5 UTC' five; stat -c '%x %y' five
            list; for i in $(seq 300); do : > dir/file-with-a-long-name-$i; done; ls dir | wc -l; ls -f dir | sort | md5sum; stat missing
            """);

    [MountFact]
    public Task S2_21_Create_open_read_and_write_at_any_offset()
        => SameAsLocalAsync("""
            printf 'hello world\n' > f; cat f; printf W | dd of=f bs=1 seek=6 conv=notrunc 2>/dev/null; cat f
            dd if=f bs=1 skip=3 count=5 2>/dev/null; echo; seq 100000 > big; md5sum big; dd if=big bs=1000 skip=77 count=3 2>/dev/null | md5sum
            printf XYZ | dd of=big bs=1 seek=123456 conv=notrunc 2>/dev/null; md5sum big; wc -c big; set -C; echo no > f; cat f; cat big big big > third; cmp big third
            """);

    [MountFact]
    public Task S2_22_Flush_release_and_fsync()
        => SameAsLocalAsync("""
            dd if=/dev/zero of=f bs=4096 count=10 conv=fsync 2>&1 | grep records; dd if=/dev/zero of=f bs=1000 count=3 oflag=dsync conv=notrunc 2>&1 | grep records
            sync f; sync .; wc -c f; exec 3>g; echo one >&3; cat g; echo two >&3; exec 3>&-; cat g; exec 3<>g; read -r x <&3; echo "$x"; printf 3 >&3; exec 3>&-; cat g
            touch -d '2010-01-01 UTC' f; sync f; stat -c %Y f
            """);

    [MountFact]
    public Task S2_23_Truncate_grows_with_NUL_and_shrinks()
        => SameAsLocalAsync("""
            printf abcdef > f; truncate -s 3 f; od -c f; truncate -s 10 f; od -c f; truncate -s 0 f; wc -c f; printf xy > f; od -c f; : > f; wc -c f
            seq 50000 > g; truncate -s 100001 g; md5sum g; truncate -s 200000 g; md5sum g; truncate -s 100001 g; md5sum g; fallocate -l 150000 g; wc -c g; md5sum g
            """);

    [MountFact]
    public Task S2_24_Unlink_and_what_is_open_stays()
        => SameAsLocalAsync("""
            echo text > f; exec 3<f; exec 4>>f; rm f; stat -L -c %h /dev/fd/3; ls; cat <&3; echo more >&4; cat <&3; exec 3<&- 4>&-; rm f; rm -f f; echo $?
            echo one > a; exec 3<a; echo two > b; mv b a; cat <&3; cat a; exec 3<&-
            """);

    [MountFact]
    public Task S2_25_Directories_are_made_and_removed_when_they_are_empty()
        => SameAsLocalAsync("""
            mkdir d; mkdir d; mkdir -p d/e/f; rmdir d/e; rmdir d/e/f; rmdir d/e; touch d/x; rmdir d; rm d/x; rmdir d; ls; mkdir n/m; touch f; rmdir f; mkdir f/g
            """);

    [MountFact]
    public Task S2_26_Symbolic_links()
        => SameAsLocalAsync("""
            echo text > f; ln -s f l; readlink l; cat l; ln -s nowhere broken; cat broken; readlink broken; ls -L broken; stat -c '%F %s' l broken; ln -s l l; mkdir d; ln -s ../f d/up; cat d/up
            rm f; cat l; rm l broken; ln -s loop loop; cat loop; list
            """);

    [MountFact]
    public Task S2_27_Rename()
        => SameAsLocalAsync("""
            echo a > a; echo b > b; mv a b; cat b; ls; mkdir d e; echo x > d/x; mv -T d e; ls e; mkdir full; touch full/y; mv -T e full; mv b e; cat e/b; mv e/b .
            mv e e/inside; mv -T b e; mv -T e b; mkdir p q; echo 1 > p/1; echo 2 > q/1; mv -f p/1 q/1; cat q/1; mv q p/q; ls -R; mv -n b p/q/1; ls; cat p/q/1
            """);

    [MountFact]
    public Task S2_28_Link_counts_and_gaps()
        => SameAsLocalAsync("""
            echo a > a; ln a b; ln a c; stat -c '%n %h' a b c; rm a; stat -c '%n %h' b c; echo more >> b; cat c; ln b c; mkdir d; ln d e; mkdir d/1 d/2; ls; rm b; stat -c %h c
            printf end | dd of=gap bs=1 seek=70000 2>/dev/null; wc -c gap; md5sum gap; printf mid | dd of=gap bs=1 seek=200000 conv=notrunc 2>/dev/null; md5sum gap; od -A d -c gap | tail -3
            """);

    [MountFact]
    public Task S2_29_A_shell_session_gives_what_a_local_file_system_gives()
        => SameAsLocalAsync("""
            echo first > notes; echo second >> notes; cat notes; cp notes copy; cmp notes copy && echo same; mkdir -p src/lib/deep; for i in 1 2 3; do seq $i 50 > src/lib/n$i; done
            cp -r src dst; diff -r src dst && echo equal; mv dst/lib/n1 dst/; ls -LR; ln -s ../notes src/link; ls -LR src; cp -rp src kept; cp -a src archived; readlink archived/link
            stat -c '%n %s %A %F' notes copy src/link; sed -i s/second/third/ notes; cat notes; grep -rn 17 src | sort; find . -type f | sort; tar cf all.tar src; mkdir out; tar xf all.tar -C out; diff -r src out/src && echo unpacked
            tr a-z A-Z < notes | tee upper; sort -r notes > sorted; cat sorted upper; chmod -R go-rwx src; list -R src; touch 'with space' "quote'd" umlaut-ä; ls; du -a --apparent-size -b notes copy
            head -c 100000 /dev/zero | tr '\0' x > xs; split -b 30000 xs part-; cat part-* | cmp - xs && echo whole; rm part-*; gzip -c xs | gunzip | cmp - xs && echo packed
            mkfifo pipe; (echo through > pipe &) ; cat pipe; (cd src/lib && pwd | sed 's|.*/||' && ls ..); rm -r src dst; rm -rf kept archived out; ls -A; ls -d nothing; cat .; echo x > src/y
            """);

    private async Task SameAsLocalAsync(string script)
    {
        var local = Directory.CreateTempSubdirectory("dfs-local-");
        var name = Guid.NewGuid().ToString("n");
        try
        {
            await MountFixture.ShellAsync(fixture.A, $"mkdir {name}");
            var expected = await MountFixture.ShellAsync(local.FullName, $"exec 2>&1\n{List}\n{script}");
            var actual = await MountFixture.ShellAsync($"{fixture.A}/{name}", $"exec 2>&1\n{List}\n{script}");
            Assert.Equal(expected.Split('\n'), actual.Split('\n'));
        }
        finally
        {
            await MountFixture.ShellAsync(fixture.A, $"rm -rf {name}");
            local.Delete(recursive: true);
        }
    }
}
