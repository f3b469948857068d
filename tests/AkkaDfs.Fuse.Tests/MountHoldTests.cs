// Two mounts that both believe what they hold: whatever is done through one is seen through the other at once, as a local folder shows it.

using Xunit.Abstractions;

namespace AkkaDfs.Fuse.Tests;

[Collection(MountCollection.Name)]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class MountHoldTests(MountFixture fixture, ITestOutputHelper output)
{
    [MountFact]
    public async Task Two_mounts_and_a_local_folder_show_the_same_after_every_step()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        await MountFixture.ApartAsync(() =>
        {
            var local = Directory.CreateTempSubdirectory("dfs-twin-");
            try
            {
                var random = new Random(seed);
                string[] roots = [$"{fixture.A}/twin", $"{fixture.B}/twin"];
                Directory.CreateDirectory(roots[0]);
                for (var step = 0; step < 250; step++)
                {
                    var (kind, one, other, text) = (random.Next(10), Pick(random), Pick(random), $"step {step} {new string('x', random.Next(5_000))}");
                    var root = roots[random.Next(2)];
                    var expected = Try(() => Do(kind, local.FullName, one, other, text));
                    var found = Try(() => Do(kind, root, one, other, text));
                    Assert.True(expected == found, $"step {step}: {kind} of {one} and {other} gave {found} instead of {expected}");
                    if (random.Next(3) == 0)
                    {
                        var want = Show(local.FullName);
                        foreach (var seen in roots.OrderBy(_ => random.Next()))
                        {
                            Assert.Equal(want, Show(seen));
                        }
                    }
                }
            }
            finally
            {
                local.Delete(recursive: true);
            }

            return true;
        });
    }

    [MountFact]
    public async Task What_another_mount_changes_in_a_directory_that_was_just_looked_at_is_seen_at_once()
    {
        await MountFixture.ApartAsync(() =>
        {
            Directory.CreateDirectory($"{fixture.A}/looked/at");
            for (var i = 0; i < 30; i++)
            {
                var (here, there) = i % 2 == 0 ? (fixture.A, fixture.B) : (fixture.B, fixture.A);
                Assert.Equal(i, Directory.GetFiles($"{there}/looked/at").Length);
                Assert.False(File.Exists($"{there}/looked/at/{i}"));
                File.WriteAllText($"{here}/looked/at/{i}", new string('a', i));
                Assert.Equal(i, new FileInfo($"{there}/looked/at/{i}").Length);
                Assert.Equal(i + 1, Directory.GetFiles($"{there}/looked/at").Length);
                File.SetUnixFileMode($"{there}/looked/at/{i}", UnixFileMode.UserRead);
                Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode($"{here}/looked/at/{i}"));
            }

            return true;
        });
    }

    [MountFact]
    public async Task Files_that_were_opened_under_a_hold_keep_their_content_whoever_removes_or_replaces_them()
    {
        var read = await MountFixture.ApartAsync(() =>
        {
            Directory.CreateDirectory($"{fixture.A}/held-open");
            for (var i = 0; i < 6; i++)
            {
                File.WriteAllText($"{fixture.A}/held-open/{i}", $"content {i}");
            }

            // Looked at first, so that the directory is held and the openings ask nobody.
            Assert.All(Enumerable.Range(0, 6), i => Assert.True(File.Exists($"{fixture.A}/held-open/{i}")));
            var open = Enumerable.Range(0, 6).Select(i => new StreamReader($"{fixture.A}/held-open/{i}")).ToArray();
            File.Delete($"{fixture.A}/held-open/0");
            File.Delete($"{fixture.B}/held-open/1");
            File.Move($"{fixture.A}/held-open/2", $"{fixture.A}/held-open/3", overwrite: true);
            File.Move($"{fixture.B}/held-open/3", $"{fixture.B}/held-open/4", overwrite: true);
            Assert.False(File.Exists($"{fixture.A}/held-open/2") || File.Exists($"{fixture.A}/held-open/3"));
            File.Delete($"{fixture.A}/held-open/5");
            var texts = open.Select(r => r.ReadToEnd()).ToArray();
            Array.ForEach(open, r => r.Dispose());
            return texts;
        });
        Assert.Equal(["content 0", "content 1", "content 2", "content 3", "content 4", "content 5"], read);
    }

    private static string Pick(Random random) => $"{"ab"[random.Next(2)]}{(random.Next(2) == 0 ? string.Empty : $"/{"cd"[random.Next(2)]}")}";

    private static void Do(int kind, string root, string one, string other, string text)
    {
        var (path, target) = ($"{root}/{one}", $"{root}/{other}");
        switch (kind)
        {
            case 0 or 1: File.WriteAllText(path, text); break;
            case 2: File.AppendAllText(path, text); break;
            case 3: File.Delete(path); break;
            case 4: Directory.CreateDirectory(path); break;
            case 5: Directory.Delete(path); break;
            case 6: File.Move(path, target, overwrite: true); break;
            case 7: Directory.Move(path, target); break;
            case 8: File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | (UnixFileMode)(text.Length % 8)); break;
            case 9: File.CreateSymbolicLink(path, one); break;
        }
    }

    private static string Try(Action action)
    {
        try
        {
            action();
            return "done";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.GetType().Name;
        }
    }

    private static string Show(string root)
    {
        var lines = new List<string>();
        foreach (var path in Directory.GetFileSystemEntries(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, ReturnSpecialDirectories = false }))
        {
            var (info, name) = (new FileInfo(path), Path.GetRelativePath(root, path));
            lines.Add(info.LinkTarget is { } target ? $"{name} -> {target}"
                : Directory.Exists(path) ? $"{name}/"
                : $"{name} {info.UnixFileMode} {info.Length} {File.ReadAllText(path)}");
        }

        lines.Sort(StringComparer.Ordinal);
        return string.Join('\n', lines);
    }
}
