// What is mounted on this machine, as far as it is ours.

using System.Globalization;
using System.Text;

namespace AkkaDfs.Fuse.Device;

/// <summary>Reads /proc/self/mountinfo.</summary>
public static class MountTable
{
    /// <summary>Type of our mounts.</summary>
    public const string Type = "fuse.akkadfs";

    private const string MountInfo = "/proc/self/mountinfo";
    private const int DeviceField = 2;
    private const int PointField = 4;

    /// <summary>True when one of ours is mounted there, alive or dead.</summary>
    public static bool Has(string mountPoint) => Find(mountPoint) is not null;

    /// <summary>Takes a mount out of the tree, at once, whoever uses it.</summary>
    /// <returns>False when that is not permitted or nothing is mounted there.</returns>
    public static bool Detach(string mountPoint)
        => Libc.EffectiveUser() == 0 ? Libc.Unmount(mountPoint, Libc.DetachMount) == 0 : Fusermount.Unmount(mountPoint);

    /// <summary>Detaches mounts of ours there whose process is gone: a new one would only lie on top of them.</summary>
    internal static void DetachDead(string mountPoint)
    {
        // Not reachable although it is in the table: nobody answers for it any more.
        while (Has(mountPoint) && !Directory.Exists(mountPoint) && Detach(mountPoint))
        {
            continue;
        }
    }

    /// <summary>Device number of our mount there, as "major:minor"; null when there is none.</summary>
    internal static string? Find(string mountPoint)
    {
        if (!File.Exists(MountInfo))
        {
            return null;
        }

        var wanted = Path.GetFullPath(mountPoint);
        foreach (var line in File.ReadLines(MountInfo).Reverse())
        {
            var fields = line.Split(' ');
            var type = Array.IndexOf(fields, "-") + 1;
            if (type > PointField && fields.Length > type && fields[type] == Type && Unescape(fields[PointField]) == wanted)
            {
                return fields[DeviceField];
            }
        }

        return null;
    }

    // Spaces, tabs, line ends and backslashes are written as three octal digits.
    private static string Unescape(string field)
    {
        var bytes = new List<byte>(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length)
            {
                bytes.Add(Convert.ToByte(field.Substring(i + 1, 3), 8));
                i += 3;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(field[i].ToString(CultureInfo.InvariantCulture)));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
