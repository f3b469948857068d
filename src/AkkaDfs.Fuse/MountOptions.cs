// The options of a mount, as mount(8) writes them: words and words with values, separated by commas.

using System.Globalization;
using AkkaDfs.Fuse.Device;
using AkkaDfs.Shared;

namespace AkkaDfs.Fuse;

/// <summary>How to mount.</summary>
public sealed record MountOptions
{
    // What mount(8) and fstab(5) say to themselves, or what is so in any case.
    private static readonly HashSet<string> Ignored =
    [
        "rw", "defaults", "auto", "noauto", "user", "users", "nouser", "owner", "group", "nofail", "_netdev", "async", "atime", "noatime", "relatime",
        "norelatime", "diratime", "nodiratime", "exec", "default_permissions", "nosuid", "nodev",
    ];

    /// <summary>Time that one operation may take before it fails with EIO; <see cref="Timeout.InfiniteTimeSpan"/> waits for ever.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether others than the one who mounts see the mount; modes count in any case.</summary>
    public bool AllowOther { get; init; }

    /// <summary>Whether nothing can be changed.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Whether each write counts as done only when it is on disk.</summary>
    public bool IsSync { get; init; }

    /// <summary>
    /// Whether what is removed is gone at once instead of going to the trash. Programs remove what they need no more all the time, and count on
    /// the room: the trash is for those who ask for it.
    /// </summary>
    public bool SkipTrash { get; init; } = true;

    /// <summary>For how long the kernel believes what it knows of names; zero: asks each time.</summary>
    public TimeSpan EntryValid { get; init; }

    /// <summary>For how long the kernel believes what it knows of attributes; zero: asks each time.</summary>
    public TimeSpan AttributesValid { get; init; }

    /// <summary>What the table of mounts shows as the source.</summary>
    public string Source { get; init; } = "akkadfs";

    /// <summary>Flags of mount(2).</summary>
    internal ulong KernelFlags { get; init; } = Libc.MountNoSuid | Libc.MountNoDevices;

    /// <summary>Reads options as they follow -o.</summary>
    /// <exception cref="DfsException">InvalidArgument: which one is not known, and which there are.</exception>
    public static MountOptions Parse(IEnumerable<string> texts)
    {
        var options = new MountOptions { AllowOther = OperatingSystem.IsLinux() && Libc.EffectiveUser() == 0 };
        foreach (var word in texts.SelectMany(t => t.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
        {
            options = options.With(word);
        }

        return options.IsReadOnly ? options with { KernelFlags = options.KernelFlags | Libc.MountReadOnly } : options;
    }

    private MountOptions With(string word)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        var (name, value) = equals < 0 ? (word, string.Empty) : (word[..equals], word[(equals + 1)..]);
        return name switch
        {
            "deadline" => this with { Deadline = value is "inf" or "infinite" ? Timeout.InfiniteTimeSpan : Time(word, value, 0.1) },
            "entry_timeout" => this with { EntryValid = Time(word, value, 0) },
            "attr_timeout" => this with { AttributesValid = Time(word, value, 0) },
            "allow_other" => this with { AllowOther = true },
            "private" => this with { AllowOther = false },
            "ro" => this with { IsReadOnly = true },
            "sync" => this with { IsSync = true },
            "notrash" => this with { SkipTrash = true },
            "trash" => this with { SkipTrash = false },
            "fsname" => this with { Source = value },
            "suid" => this with { KernelFlags = KernelFlags & ~Libc.MountNoSuid },
            "dev" => this with { KernelFlags = KernelFlags & ~Libc.MountNoDevices },
            "noexec" => this with { KernelFlags = KernelFlags | Libc.MountNoExecute },
            _ when Ignored.Contains(name) || name.StartsWith("x-", StringComparison.Ordinal) || name.StartsWith("comment", StringComparison.Ordinal) => this,
            _ => throw new DfsException(
                DfsErrorCode.InvalidArgument,
                $"There is no mount option '{word}'. There are deadline=SECONDS|inf, entry_timeout=SECONDS, attr_timeout=SECONDS, allow_other, private, ro, sync, trash, notrash, fsname=TEXT, suid, dev, noexec."),
        };
    }

    private static TimeSpan Time(string word, string value, double least)
        => double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds >= least && seconds <= 1_000_000
            ? TimeSpan.FromSeconds(seconds)
            : throw new DfsException(DfsErrorCode.InvalidArgument, $"In the mount option '{word}', '{value}' is not a time. Give seconds, {least} to 1000000, for example {word.Split('=')[0]}=10.");
}
