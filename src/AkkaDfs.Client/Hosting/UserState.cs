// Where dfs keeps what belongs to the user and not to a cluster: the shell's history, and the note that `dfs up` leaves so
// that other dfs processes find the cluster without being told.

using System.Diagnostics;
using System.Text.Json;

namespace AkkaDfs.Client.Hosting;

/// <summary>The note of a running `dfs up`.</summary>
/// <param name="ProcessId">Its process; a note whose process is gone does not count.</param>
/// <param name="Seeds">host:port of its meta node.</param>
/// <param name="ClusterName">Name of its actor systems.</param>
/// <param name="Data">Its data folder.</param>
internal sealed record RunningCluster(int ProcessId, IReadOnlyList<string> Seeds, string ClusterName, string Data);

/// <summary>Files in the user's state folder.</summary>
internal static class UserState
{
    private const string NoteName = "up.json";

    /// <summary>The folder: DFS_STATE, else the place the platform has for such things.</summary>
    public static string Folder
        => Environment.GetEnvironmentVariable("DFS_STATE") is { Length: > 0 } given ? given
            : Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state ? Path.Combine(state, "akkadfs")
            : OperatingSystem.IsWindows() ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "akkadfs")
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state", "akkadfs");

    /// <summary>Path of a file in the folder.</summary>
    public static string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>The cluster that runs on this machine, or null.</summary>
    public static RunningCluster? FindRunning()
    {
        try
        {
            using var file = File.OpenRead(PathOf(NoteName));
            using var json = JsonDocument.Parse(file);
            var root = json.RootElement;
            var note = new RunningCluster(
                root.GetProperty("processId").GetInt32(),
                [.. root.GetProperty("seeds").EnumerateArray().Select(s => s.GetString() ?? string.Empty)],
                root.GetProperty("cluster").GetString() ?? string.Empty,
                root.GetProperty("data").GetString() ?? string.Empty);
            return IsAlive(note.ProcessId) ? note : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // No note, or one of another version: then there is none.
            return null;
        }
    }

    /// <summary>Leaves the note of this process.</summary>
    /// <returns>Takes it away again, if it is still this process's own.</returns>
    public static IDisposable Announce(RunningCluster cluster)
    {
        Directory.CreateDirectory(Folder);
        var path = PathOf(NoteName);
        using (var file = File.Create(path + ".new"))
        using (var writer = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("processId", cluster.ProcessId);
            writer.WriteStartArray("seeds");
            foreach (var seed in cluster.Seeds)
            {
                writer.WriteStringValue(seed);
            }

            writer.WriteEndArray();
            writer.WriteString("cluster", cluster.ClusterName);
            writer.WriteString("data", cluster.Data);
            writer.WriteEndObject();
        }

        File.Move(path + ".new", path, overwrite: true);
        return new Note(path, cluster.ProcessId);
    }

    private static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private sealed class Note(string path, int processId) : IDisposable
    {
        public void Dispose()
        {
            if (FindRunning()?.ProcessId == processId)
            {
                File.Delete(path);
            }
        }
    }
}
