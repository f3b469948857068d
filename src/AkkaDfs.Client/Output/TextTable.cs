// A table of plain text: columns as wide as their content, two spaces apart, numbers to the right. Reads well in a terminal
// and splits well in a pipe.

using System.Text;

namespace AkkaDfs.Client.Output;

/// <summary>Gathers rows and prints them aligned.</summary>
internal sealed class TextTable
{
    private readonly string[] _headers;
    private readonly bool[] _right;
    private readonly List<string[]> _rows = [];

    /// <summary>A header that begins with '&gt;' makes a column that is aligned to the right.</summary>
    public TextTable(params string[] headers)
    {
        _right = [.. headers.Select(h => h.StartsWith('>'))];
        _headers = [.. headers.Select(h => h.TrimStart('>'))];
    }

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Print(TextWriter output)
    {
        var widths = _headers.Select((h, i) => Math.Max(h.Length, _rows.Count == 0 ? 0 : _rows.Max(r => r[i].Length))).ToArray();
        foreach (var row in _rows.Prepend(_headers))
        {
            var line = new StringBuilder();
            for (var i = 0; i < row.Length; i++)
            {
                line.Append(i == 0 ? string.Empty : "  ");
                line.Append(_right[i] ? row[i].PadLeft(widths[i]) : row[i].PadRight(widths[i]));
            }

            output.WriteLine(line.ToString().TrimEnd());
        }
    }
}
