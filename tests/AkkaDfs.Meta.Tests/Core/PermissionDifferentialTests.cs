// Random operations of several users on a local folder and on the namespace: who may do what is what the kernel says.

using System.Runtime.InteropServices;
using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class PermissionDifferentialTests
{
    private static readonly Caller[] Users = [Caller.Superuser, new(1001, 10, []), new(1002, 20, [10]), new(1003, 30, [])];

    [Fact]
    public void Any_users_history_gives_what_the_kernel_gives_on_a_local_folder()
    {
        if (!OperatingSystem.IsLinux() || UserFolder.geteuid() != 0)
        {
            Console.WriteLine("skipped: only the superuser of a Linux machine can act as several users");
            return;
        }

        // Threads have their own user here: that of the test runner's pool stays what it is.
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(Run));
        thread.Start();
        thread.Join();
        Assert.True(failure is null, failure?.ToString());
    }

    private static void Run() => Seeds.ForEach(30, random =>
    {
        var meta = new MetaHarness();
        using var local = new UserFolder();
        Assert.Equal(DfsErrorCode.None, meta.CodeOf(new MetaProtocol.SetAttributes(PathRef.Absolute("/")) { Mode = 0x1FF }));
        for (var step = 0; step < 600; step++)
        {
            var user = Users[random.Next(Users.Length)];
            var (request, expected) = Next(local, user, random);
            Assert.Equal((step, request, expected), (step, request, meta.CodeOf(request with { Caller = user })));
        }
    });

    private static (MetaProtocol.Request Request, DfsErrorCode Expected) Next(UserFolder local, Caller user, Random random)
    {
        var text = RandomPath(random);
        var path = PathRef.Absolute(text);
        var mode = (uint)random.Next(0x200);
        switch (random.Next(13))
        {
            case < 2:
                return (new MetaProtocol.CreateFile(path, MetaProtocol.Disposition.CreateNew, FileLayout.Default, mode), local.As(user, () => UserFolder.Create(local.At(text), mode)));
            case < 4:
                mode |= random.Next(4) == 0 ? Permissions.Sticky : 0;
                return (new MetaProtocol.MakeDirectory(path, mode), local.As(user, () => UserFolder.mkdir(local.At(text), mode)));
            case 4:
                return (new MetaProtocol.Remove(path, MetaProtocol.RemoveKind.NotDirectory), local.As(user, () => UserFolder.unlink(local.At(text))));
            case 5:
                return (new MetaProtocol.Remove(path, MetaProtocol.RemoveKind.Directory), local.As(user, () => UserFolder.rmdir(local.At(text))));
            case 6:
                mode |= random.Next(3) == 0 ? Permissions.Sticky : 0x1C0;
                return (new MetaProtocol.SetAttributes(path) { Mode = mode }, local.As(user, () => UserFolder.chmod(local.At(text), mode)));
            case 7:
                var (uid, gid) = (Users[random.Next(Users.Length)].Uid, Users[random.Next(Users.Length)].Gid);
                return (new MetaProtocol.SetAttributes(path) { Uid = uid, Gid = gid }, local.As(user, () => UserFolder.chown(local.At(text), uid, gid)));
            case 8:
                return (new MetaProtocol.GetStatus(path, Access: MetaProtocol.Access.Read), local.As(user, () => UserFolder.Open(local.At(text), 0)));
            case 9:
                return (new MetaProtocol.GetStatus(path), local.As(user, () => UserFolder.Open(local.At(text), UserFolder.OnlyPath)));
            default:
                var to = RandomPath(random);
                var flags = random.Next(3);
                return (new MetaProtocol.Rename(path, PathRef.Absolute(to), (MetaProtocol.RenameMode)flags), local.As(user, () => UserFolder.renameat2(-100, local.At(text), -100, local.At(to), (uint)flags)));
        }
    }

    private static string RandomPath(Random random)
        => string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => "/" + (char)('a' + random.Next(3))));

    /// <summary>A temporary folder in which this thread acts as any user.</summary>
    private sealed class UserFolder : IDisposable
    {
        internal const int OnlyPath = 0x200000;
        private const int CreateExclusively = 0xC1;

        private readonly string _root = Directory.CreateDirectory(
            Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"akkadfs-{Guid.NewGuid():N}")).FullName;

        internal UserFolder()
        {
            Assert.Equal(0, chmod(_root, 0x1FF));
            Assert.Equal(0, chown(_root, 0, 0));
        }

        internal string At(string path) => _root + path;

        internal DfsErrorCode As(Caller user, Func<int> call)
        {
            var groups = user.Groups.ToArray();
            SetGroups(groups);
            _ = setfsgid(user.Gid);
            _ = setfsuid(user.Uid);
            var oldMask = umask(0);
            var result = call();
            var error = result < 0 ? Marshal.GetLastPInvokeError() : 0;
            umask(oldMask);
            _ = setfsuid(0);
            _ = setfsgid(0);
            return error switch
            {
                0 => DfsErrorCode.None,
                1 => DfsErrorCode.NotPermitted,
                2 => DfsErrorCode.FileNotFound,
                13 => DfsErrorCode.PermissionDenied,
                17 => DfsErrorCode.AlreadyExists,
                20 => DfsErrorCode.NotADirectory,
                21 => DfsErrorCode.IsADirectory,
                22 => DfsErrorCode.InvalidRename,
                39 => DfsErrorCode.DirectoryNotEmpty,
                _ => throw new InvalidOperationException($"error {error}"),
            };
        }

        internal static int Create(string path, uint mode) => Closed(open(path, CreateExclusively, mode));

        internal static int Open(string path, int flags) => Closed(open(path, flags, 0));

        public void Dispose() => Directory.Delete(_root, true);

        private static int Closed(int file)
        {
            var error = Marshal.GetLastPInvokeError();
            _ = file >= 0 ? close(file) : 0;
            Marshal.SetLastPInvokeError(error);
            return file;
        }

        // The C library's call would change all threads.
        private static void SetGroups(uint[] groups)
            => Assert.Equal(0, syscall(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 159 : 116, groups.Length, groups));

#pragma warning disable SA1300, IDE1006, CA2101, SYSLIB1054 // The names are the C library's; all texts are ASCII.
        [DllImport("libc")]
        internal static extern uint geteuid();

        [DllImport("libc", SetLastError = true)]
        internal static extern int mkdir(string path, uint mode);

        [DllImport("libc", SetLastError = true)]
        internal static extern int unlink(string path);

        [DllImport("libc", SetLastError = true)]
        internal static extern int rmdir(string path);

        [DllImport("libc", SetLastError = true)]
        internal static extern int chmod(string path, uint mode);

        [DllImport("libc", SetLastError = true)]
        internal static extern int chown(string path, uint uid, uint gid);

        [DllImport("libc", SetLastError = true)]
        internal static extern int renameat2(int fromFolder, string from, int toFolder, string to, uint flags);

        [DllImport("libc", SetLastError = true)]
        private static extern int open(string path, int flags, uint mode);

        [DllImport("libc", SetLastError = true)]
        private static extern int close(int file);

        [DllImport("libc")]
        private static extern int setfsuid(uint uid);

        [DllImport("libc")]
        private static extern int setfsgid(uint gid);

        [DllImport("libc")]
        private static extern uint umask(uint mask);

        [DllImport("libc", SetLastError = true)]
        private static extern long syscall(long number, long count, uint[] groups);
    }
}
