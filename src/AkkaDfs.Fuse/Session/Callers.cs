// Who asks: user and group are in the request, the further groups only in /proc. Whoever asks waits for the answer, so they cannot
// change meanwhile. The superuser needs none.

using System.Globalization;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Fuse.Session;

/// <summary>Makes callers of requests.</summary>
internal static class Callers
{
    private const string GroupsLine = "Groups:";

    /// <summary>The caller of a request.</summary>
    public static Caller Of(FuseRequest request)
        => request.Uid == 0 ? Caller.Superuser with { Gid = request.Gid } : new Caller(request.Uid, request.Gid, GroupsOf(request));

    // Without them (a process of another container, or one that is gone) the primary group alone counts.
    private static uint[] GroupsOf(FuseRequest request)
    {
        try
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"/proc/{request.Pid}/status");
            var line = File.ReadLines(path).FirstOrDefault(l => l.StartsWith(GroupsLine, StringComparison.Ordinal));
            return line is null ? [] : [.. line[GroupsLine.Length..]
                .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(g => uint.Parse(g, CultureInfo.InvariantCulture))
                .Where(g => g != request.Gid)
                .Take(Caller.MaxGroups)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
