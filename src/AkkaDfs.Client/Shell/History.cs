// What was typed before, kept in a file of the user's state folder between sessions. A history that cannot be kept is no
// reason to fail: the shell then has one for this session only.

namespace AkkaDfs.Client.Shell;

/// <summary>Lines typed before, oldest first.</summary>
internal sealed class History
{
    private const int Most = 1000;

    private readonly string? _file;
    private readonly List<string> _lines = [];

    /// <param name="file">Where to keep it; null for this session only.</param>
    public History(string? file)
    {
        _file = file;
        try
        {
            if (file is not null && File.Exists(file))
            {
                _lines.AddRange(File.ReadLines(file).TakeLast(Most));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _file = null;
        }
    }

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Adds a line, unless it is empty, begins with a space, or repeats the last.</summary>
    public void Add(string line)
    {
        if (line.Length == 0 || line[0] == ' ' || (_lines.Count > 0 && _lines[^1] == line))
        {
            return;
        }

        _lines.Add(line);
        if (_lines.Count > Most)
        {
            _lines.RemoveAt(0);
        }

        Save();
    }

    private void Save()
    {
        if (_file is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
            File.WriteAllLines(_file, _lines);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Kept in memory; the next line tries again.
            return;
        }
    }
}
