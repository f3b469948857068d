// Who this process belongs to: user, groups and umask, as the system has them.

using System.Globalization;
using System.Runtime.InteropServices;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Shared.Hosting;

/// <summary>User and groups of this process.</summary>
public static partial class ProcessIdentity
{
    private const uint UsualUmask = 0x12;
    private static readonly Lazy<Caller> Known = new(Read);

    /// <summary>The caller that this process is; the superuser where the system has no such users.</summary>
    public static Caller Caller => Known.Value;

    /// <summary>The permission bits that this process takes away from what it makes; 022 where that is not known.</summary>
    public static uint Umask
    {
        get
        {
            const string Status = "/proc/self/status";
            var line = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(l => l.StartsWith("Umask:", StringComparison.Ordinal)) : null;
            return line is null ? UsualUmask : Convert.ToUInt32(line["Umask:".Length..].Trim(), 8);
        }
    }

    /// <summary>A name for this user on this machine, for leases.</summary>
    public static string UserAtHost => string.Create(CultureInfo.InvariantCulture, $"{Environment.UserName}@{Environment.MachineName}");

    private static Caller Read()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            return Caller.Superuser;
        }

        var groups = new uint[1024];
        var count = GetGroups(groups.Length, groups);
        var (uid, gid) = (GetEffectiveUser(), GetEffectiveGroup());
        var further = groups.AsSpan(0, Math.Max(0, count)).ToArray().Where(g => g != gid).Take(Caller.MaxGroups).ToArray();
        return uid == 0 ? Caller.Superuser with { Gid = gid } : new Caller(uid, gid, further);
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();

    [LibraryImport("libc", EntryPoint = "getegid")]
    private static partial uint GetEffectiveGroup();

    [LibraryImport("libc", EntryPoint = "getgroups")]
    private static partial int GetGroups(int size, uint[] groups);
}
