// What a shell does not ask for: appends and locks of several mounts, mapped files, attributes, holes; and what others see of it.

using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text;
using AkkaDfs.Client;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Tests;

[Collection(MountCollection.Name)]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed partial class MountOperationTests(MountFixture fixture)
{
    private string A => fixture.A;

    private string B => fixture.B;

    [MountFact]
    public async Task What_one_mount_has_closed_the_other_one_and_every_client_sees_at_once()
    {
        await MountFixture.ShellAsync(A, "mkdir seen; printf one > seen/f");
        Assert.Equal("one", await MountFixture.ShellAsync(B, "cat seen/f"));
        await MountFixture.ShellAsync(B, "printf two > seen/f; mv seen/f seen/g");
        Assert.Equal("two 3", await MountFixture.ShellAsync(A, "cat seen/g; printf ' '; stat -c %s seen/g | tr -d '\\n'; cat seen/f 2>/dev/null"));
        await fixture.Cluster.Client.AppendAsync("/seen/g", "three"u8.ToArray());
        Assert.Equal("twothree", await MountFixture.ShellAsync(A, "cat seen/g"));
        await MountFixture.ShellAsync(A, "printf XX | dd of=seen/g bs=1 seek=3 conv=notrunc 2>/dev/null");
        var bytes = new byte[16];
        var read = await fixture.Cluster.Client.ReadAsync("/seen/g", 0, bytes);
        Assert.Equal("twoXXree", Encoding.ASCII.GetString(bytes, 0, read));
    }

    [MountFact]
    public async Task A_file_that_is_open_here_shows_what_another_mount_has_changed()
    {
        var seen = await MountFixture.ApartAsync(() =>
        {
            File.WriteAllText($"{A}/shared", "old text");
            using var reader = new FileStream($"{A}/shared", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            var before = ReadAll(reader);
            File.WriteAllText($"{B}/shared", "new text");
            var same = ReadAll(reader);
            File.AppendAllText($"{B}/shared", " and more");
            var longer = ReadAll(reader);
            File.WriteAllText($"{B}/shared", "cut");
            return (before, same, longer, ReadAll(reader));
        });
        Assert.Equal(("old text", "new text", "new text and more", "cut"), seen);

        static string ReadAll(FileStream file)
        {
            file.Position = 0;
            using var text = new StreamReader(file, leaveOpen: true);
            return text.ReadToEnd();
        }
    }

    [MountFact]
    public async Task Appends_from_two_mounts_never_overwrite_each_other()
    {
        const int Each = 300;
        await MountFixture.ShellAsync(A, ": > appended");
        var writers = new[] { (A, "a"), (A, "b"), (B, "c"), (B, "d") }.Select(w => MountFixture.ShellAsync(
            w.Item1, $"exec 3>>appended; i=0; while [ $i -lt {Each} ]; do i=$((i+1)); echo {w.Item2}-$i >&3; done"));
        await Task.WhenAll(writers);
        var lines = (await MountFixture.ShellAsync(A, "cat appended")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4 * Each, lines.Length);
        foreach (var writer in "abcd")
        {
            Assert.Equal(Enumerable.Range(1, Each).Select(i => $"{writer}-{i}"), lines.Where(l => l[0] == writer));
        }

        Assert.Equal(string.Join('\n', lines) + "\n", await MountFixture.ShellAsync(B, "cat appended"));
    }

    [MountFact]
    public async Task A_file_removed_by_another_mount_stays_for_whoever_has_it_open()
    {
        var text = await MountFixture.ApartAsync(() =>
        {
            File.WriteAllText($"{A}/removed", "still here");
            using var reader = new StreamReader($"{A}/removed");
            File.Delete($"{B}/removed");
            Assert.False(File.Exists($"{A}/removed"));
            return reader.ReadToEnd();
        });
        Assert.Equal("still here", text);
    }

    [MountFact]
    public async Task Byte_range_locks_hold_between_mounts_and_end_with_the_file()
    {
        await MountFixture.ApartAsync(() =>
        {
            File.WriteAllText($"{A}/ranges", "0123456789");
            using var here = new FileStream($"{A}/ranges", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            using var there = new FileStream($"{B}/ranges", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            here.Lock(2, 3);
            Assert.Throws<IOException>(() => there.Lock(4, 1));
            there.Lock(5, 2);
            here.Unlock(2, 3);
            there.Lock(2, 3);
            there.Dispose();
            here.Lock(0, 10);
            return true;
        });
    }

    [MountFact]
    public async Task Whole_file_locks_hold_between_mounts_and_are_waited_for()
    {
        await MountFixture.ShellAsync(A, ": > lock; : > order");
        var first = MountFixture.ShellAsync(A, "exec 3<lock; flock 3; touch taken; while [ ! -e asked ]; do :; done; echo first >> order; flock -u 3");
        var second = MountFixture.ShellAsync(B, "while [ ! -e taken ]; do :; done; flock -n lock true || echo busy; touch asked; flock lock sh -c 'echo second >> order'");
        Assert.Equal("busy\n", await second);
        await first;
        Assert.Equal("first\nsecond\n", await MountFixture.ShellAsync(A, "cat order"));
    }

    [MountFact]
    public async Task Whoever_waits_for_a_lock_can_be_interrupted_and_has_no_place_in_the_queue_afterwards()
    {
        var script = """
            : > wanted; exec 3<wanted; flock 3; timeout -s INT 1 flock wanted true; echo $?; flock -u 3; flock -n wanted echo free
            """;
        Assert.Equal("124\nfree\n", await MountFixture.ShellAsync(A, script));
    }

    [MountFact]
    public async Task Two_names_are_exchanged_and_none_is_replaced_when_that_is_asked()
    {
        const uint NoReplace = 1;
        const uint Exchange = 2;
        var seen = await MountFixture.ApartAsync(() =>
        {
            Directory.CreateDirectory($"{A}/exchange/d");
            File.WriteAllText($"{A}/exchange/d/in", "directory");
            File.WriteAllText($"{A}/exchange/f", "file");
            var refused = (Rename("f", "d", NoReplace), Rename("f", "g", 4));
            var exchanged = Rename("f", "d", Exchange);
            return (refused, exchanged, File.ReadAllText($"{B}/exchange/d"), File.ReadAllText($"{B}/exchange/f/in"), Rename("d", "new", NoReplace), File.Exists($"{B}/exchange/new"));
        });
        Assert.Equal(((17, 22), 0, "file", "directory", 0, true), seen);

        int Rename(string from, string to, uint flags)
            => RenameAt(-100, $"{A}/exchange/{from}", -100, $"{A}/exchange/{to}", flags) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    [MountFact]
    public async Task Mapped_files_are_read_and_written_back()
    {
        var seen = await MountFixture.ApartAsync(() =>
        {
            File.WriteAllBytes($"{A}/mapped", new byte[100_000]);
            using (var map = MemoryMappedFile.CreateFromFile($"{A}/mapped", FileMode.Open))
            using (var view = map.CreateViewAccessor(0, 100_000))
            {
                for (var i = 0; i < 100_000; i++)
                {
                    view.Write(i, (byte)(i % 251));
                }
            }

            return File.ReadAllBytes($"{B}/mapped");
        });
        Assert.Equal(Enumerable.Range(0, 100_000).Select(i => (byte)(i % 251)), seen);
    }

    [MountFact]
    public async Task Extended_attributes_are_those_of_the_cluster()
    {
        await MountFixture.ShellAsync(A, ": > attributes");
        var target = PathRef.Absolute("/attributes");
        await fixture.Cluster.Client.SetXattrAsync(target, "user.colour", "green"u8.ToArray());
        var script = "command -v getfattr > /dev/null || { printf green; exit; }; getfattr --only-values -n user.colour attributes; setfattr -n user.other -v 1 attributes";
        Assert.Equal("green", await MountFixture.ShellAsync(A, script));

        // Looked at before by both, which then believe that there are none.
        await MountFixture.ShellAsync(A, ": > believed; ls -l believed; getfattr believed");
        await MountFixture.ShellAsync(B, "ls -l believed; getfattr believed");
        await fixture.Cluster.Client.SetXattrAsync(PathRef.Absolute("/believed"), "user.colour", "red"u8.ToArray());
        var shown = "command -v getfattr > /dev/null || { printf red; exit; }; getfattr --only-values -n user.colour believed";
        Assert.Equal("red", await MountFixture.ShellAsync(A, shown));
        Assert.Equal("red", await MountFixture.ShellAsync(B, shown));
        var copied = await MountFixture.ShellAsync(A, "cp --preserve=xattr attributes attributes-2 && echo copied");
        Assert.Equal("copied\n", copied);
        Assert.Equal("green", Encoding.ASCII.GetString(await fixture.Cluster.Client.GetXattrAsync(PathRef.Absolute("/attributes-2"), "user.colour")));
    }

    [MountFact]
    public async Task Holes_are_punched_and_ranges_made_zero()
    {
        var script = """
            head -c 20000 /dev/zero | tr '\0' x > holes; fallocate -p -o 1000 -l 2000 holes; stat -c %s holes; head -c 1000 holes | tr -d x | wc -c
            dd if=holes bs=1000 skip=1 count=2 2>/dev/null | tr -d '\0' | wc -c; tail -c +3001 holes | tr -d x | wc -c
            fallocate -z -o 19000 -l 3000 holes; stat -c %s holes; tail -c 3000 holes | tr -d '\0' | wc -c; fallocate -n -l 90000 holes; stat -c %s holes
            """;
        Assert.Equal("20000\n0\n0\n0\n22000\n0\n22000\n", await MountFixture.ShellAsync(A, script));
    }

    [MountFact]
    public async Task Ranges_are_copied_within_and_between_files_as_reading_and_writing_them_would()
    {
        var seen = await MountFixture.ApartAsync(() =>
        {
            var bytes = new byte[3_000_000];
            new Random(5).NextBytes(bytes);
            File.WriteAllBytes($"{A}/copied-from", bytes);
            using var from = new FileStream($"{A}/copied-from", FileMode.Open, FileAccess.ReadWrite);
            using var to = new FileStream($"{A}/copied-to", FileMode.Create, FileAccess.ReadWrite);
            long at = 1_000, target = 2_000, left = 2_500_000;
            while (left > 0)
            {
                var copied = CopyRange((int)from.SafeFileHandle.DangerousGetHandle(), ref at, (int)to.SafeFileHandle.DangerousGetHandle(), ref target, (nuint)left, 0);
                Assert.True(copied > 0, $"error {Marshal.GetLastPInvokeError()}");
                left -= copied;
            }

            to.Dispose();
            var there = File.ReadAllBytes($"{B}/copied-to");
            return there.AsSpan(0, 2_000).IndexOfAnyExcept((byte)0) < 0 && there.AsSpan(2_000).SequenceEqual(bytes.AsSpan(1_000, 2_500_000));
        });
        Assert.True(seen);
    }

    [MountFact]
    public async Task Places_that_were_never_written_are_holes_and_the_end_is_one()
    {
        var sparseFile = new CreateOptions { Layout = new FileLayout(ChunkSizeBytes: 4096) };
        await using (var file = await fixture.Cluster.Client.CreateAsync("/sparse", sparseFile))
        {
            await file.WriteAsync(5 * 4096, "data"u8.ToArray());
        }

        var seen = await MountFixture.ApartAsync(() =>
        {
            const int Data = 3;
            const int Hole = 4;
            using var sparse = new FileStream($"{A}/sparse", FileMode.Open, FileAccess.Read);
            var descriptor = (int)sparse.SafeFileHandle.DangerousGetHandle();
            return (Seek(descriptor, 4096, Hole), Seek(descriptor, 4096, Data), Seek(descriptor, 5 * 4096, Hole), Seek(descriptor, (5 * 4096) + 4, Data));
        });
        Assert.Equal((4096L, 5 * 4096L, (5 * 4096L) + 4, -1L), seen);
    }

    [MountFact]
    public async Task A_directory_of_many_entries_is_listed_whole_and_removed()
    {
        var script = "mkdir many; cd many; seq 2500 | xargs touch; ls | wc -l; ls -U | sort -n | md5sum; seq 2500 | md5sum; cd ..; rm -r many; ls -d many 2>&1";
        var lines = (await MountFixture.ShellAsync(A, script)).Split('\n');
        Assert.Equal("2500", lines[0]);
        Assert.Equal(lines[2], lines[1]);
        Assert.Contains("No such file", lines[3], StringComparison.Ordinal);
    }

    [MountFact]
    public async Task Names_of_any_bytes_and_of_the_greatest_length_work_and_longer_ones_are_refused()
    {
        var script = """
            mkdir names; cd names; n=$(printf 'x%.0s' $(seq 255)); touch "$n" && ls | wc -c; touch "${n}y" 2>&1 | grep -o 'File name too long'
            touch "$(printf 'bad\377\376utf8')"; ls | od -A n -t x1 | head -1 | cut -c1-30; rm -- *; ls
            """;
        Assert.Equal("256\nFile name too long\n 62 61 64 ff fe 75 74 66 38 0a\n", await MountFixture.ShellAsync(A, script));
    }

    [MountFact]
    public async Task Two_users_have_what_modes_and_groups_give_them()
    {
        var script = """
            command -v setpriv > /dev/null || { echo "skipped: setpriv is missing"; exit; }
            as() { setpriv --reuid "$1" --regid "$2" --groups "$3" -- sh -c "$4"; }
            mkdir users; chmod 777 users; cd users
            as 1001 1001 1001 'echo mine > own; chmod 600 own; echo ours > group; chgrp 2000 group 2>/dev/null; mkdir -m 1777 sticky; echo s > sticky/s'
            chgrp 2000 group; chmod 640 group
            as 1002 1002 1002 'cat own; cat group; rm sticky/s' 2>&1 | sed 's/.*: //'
            as 1002 1002 2000 'cat group; echo x >> group' 2>&1 | sed 's/.*: //'
            as 1001 1001 1001 'cat own'; stat -c '%u %g %a' own group
            """;
        var seen = await MountFixture.ShellAsync(A, script);
        if (!seen.StartsWith("skipped", StringComparison.Ordinal))
        {
            Assert.Equal(
                "Permission denied\nPermission denied\nOperation not permitted\nours\nPermission denied\nmine\n1001 1001 600\n1001 2000 640\n", seen);
        }
    }

    [MountFact]
    public async Task The_file_system_says_how_much_room_there_is()
    {
        var (total, free) = await MountFixture.ApartAsync(() => (new DriveInfo(A).TotalSize, new DriveInfo(A).AvailableFreeSpace));
        Assert.True(total >= free && free > 0);
    }

    [MountFact]
    public async Task Attributes_that_are_kept_for_a_while_come_with_listings()
    {
        var point = await fixture.MountAsync("cached", MountOptions.Parse(["attr_timeout=1,entry_timeout=1,notrash"]));
        var script = "mkdir listed; cd listed; for i in 1 2 3; do seq $i 9 > f$i; done; mkdir d; ls -l | awk '{ print $5, $9 }' | grep f; rm -r ../listed; ls -d ../listed 2>&1 | grep -c 'No such'";
        Assert.Equal("18 f1\n16 f2\n14 f3\n1\n", await MountFixture.ShellAsync(point, script));
    }

    [LibraryImport("libc", EntryPoint = "copy_file_range", SetLastError = true)]
    private static partial nint CopyRange(int from, ref long at, int to, ref long target, nuint bytes, uint flags);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(int descriptor, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt(int fromDirectory, string from, int toDirectory, string to, uint flags);
}
