// Reads a line from a terminal with the keys that people's hands know: arrows, Home, End, Ctrl+A/E/K/U/W/L, history, Tab.

using AkkaDfs.Client.Core;

namespace AkkaDfs.Client.Shell;

/// <summary>A keyboard and a screen; tests have their own.</summary>
internal interface ITerminal
{
    int Width { get; }

    /// <summary>True while a line is edited: Ctrl+C is a key then, and a signal otherwise.</summary>
    bool IsEditing { set; }

    ConsoleKeyInfo ReadKey();

    void Write(string text);
}

/// <summary>The process's terminal.</summary>
internal sealed class ConsoleTerminal : ITerminal
{
    public int Width => Math.Max(20, Console.WindowWidth);

    public bool IsEditing
    {
        set => Console.TreatControlCAsInput = value;
    }

    public ConsoleKeyInfo ReadKey() => Console.ReadKey(intercept: true);

    public void Write(string text) => Console.Write(text);
}

/// <summary>Edits lines.</summary>
internal sealed class LineEditor(ITerminal terminal, History history, Func<string, Task<CompletionResult>> complete)
{
    private const int MostChoicesShown = 200;

    private readonly LineBuffer _line = new();
    private string _prompt = string.Empty;
    private string _draft = string.Empty;
    private int _historyAt;

    /// <summary>Reads a line; null at the end of input (Ctrl+D on an empty line), empty after Ctrl+C.</summary>
    public async Task<string?> ReadLineAsync(string prompt)
    {
        terminal.IsEditing = true;
        try
        {
            return await EditLineAsync(prompt).ConfigureAwait(false);
        }
        finally
        {
            terminal.IsEditing = false;
        }
    }

    private async Task<string?> EditLineAsync(string prompt)
    {
        _prompt = prompt;
        _line.Set(string.Empty);
        _historyAt = history.Lines.Count;
        Draw();
        while (true)
        {
            var key = terminal.ReadKey();
            var control = (key.Modifiers & ConsoleModifiers.Control) != 0;
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                case ConsoleKey.J or ConsoleKey.M when control:
                    terminal.Write("\r\n");
                    return _line.Text;
                case ConsoleKey.D when control && _line.Text.Length == 0:
                    terminal.Write("\r\n");
                    return null;
                case ConsoleKey.C when control:
                    terminal.Write("^C\r\n");
                    return string.Empty;
                case ConsoleKey.Tab:
                    await CompleteAsync().ConfigureAwait(false);
                    break;
                default:
                    Edit(key, control);
                    break;
            }

            Draw();
        }
    }

    private void Edit(ConsoleKeyInfo key, bool control)
    {
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow when control:
                _line.WordLeft();
                break;
            case ConsoleKey.RightArrow when control:
                _line.WordRight();
                break;
            case ConsoleKey.LeftArrow:
            case ConsoleKey.B when control:
                _line.Left();
                break;
            case ConsoleKey.RightArrow:
            case ConsoleKey.F when control:
                _line.Right();
                break;
            case ConsoleKey.UpArrow:
            case ConsoleKey.P when control:
                Recall(-1);
                break;
            case ConsoleKey.DownArrow:
            case ConsoleKey.N when control:
                Recall(+1);
                break;
            case ConsoleKey.L when control:
                terminal.Write("\u001b[H\u001b[2J");
                break;
            default:
                EditText(key, control);
                break;
        }
    }

    private void EditText(ConsoleKeyInfo key, bool control)
    {
        switch (key.Key)
        {
            case ConsoleKey.Home:
            case ConsoleKey.A when control:
                _line.Home();
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when control:
                _line.End();
                break;
            case ConsoleKey.Backspace:
            case ConsoleKey.H when control:
                _line.Backspace();
                break;
            case ConsoleKey.Delete:
            case ConsoleKey.D when control:
                _line.Delete();
                break;
            case ConsoleKey.K when control:
                _line.KillToEnd();
                break;
            case ConsoleKey.U when control:
                _line.KillToStart();
                break;
            case ConsoleKey.W when control:
                _line.KillWord();
                break;
            default:
                if (!char.IsControl(key.KeyChar))
                {
                    _line.Insert(key.KeyChar.ToString());
                }

                break;
        }
    }

    private void Recall(int step)
    {
        var to = Math.Clamp(_historyAt + step, 0, history.Lines.Count);
        if (to == _historyAt)
        {
            return;
        }

        if (_historyAt == history.Lines.Count)
        {
            _draft = _line.Text;
        }

        _historyAt = to;
        _line.Set(to == history.Lines.Count ? _draft : history.Lines[to]);
    }

    private async Task CompleteAsync()
    {
        var before = _line.Text[.._line.Cursor];
        var result = await complete(before).ConfigureAwait(false);
        if (result.Replacement is { } replacement)
        {
            _line.ReplaceBack(ShellWords.Split(before).LastStart, replacement);
        }
        else if (result.Choices.Count > 0)
        {
            terminal.Write("\r\n");
            ShowColumns(result.Choices);
        }
    }

    private void ShowColumns(IReadOnlyList<string> choices)
    {
        var width = choices.Max(c => c.Length) + 2;
        var columns = Math.Max(1, terminal.Width / width);
        foreach (var row in choices.Take(MostChoicesShown).Chunk(columns))
        {
            terminal.Write(string.Concat(row.Select(c => c.PadRight(width))).TrimEnd() + "\r\n");
        }

        if (choices.Count > MostChoicesShown)
        {
            terminal.Write($"… and {choices.Count - MostChoicesShown} more\r\n");
        }
    }

    // One line of the screen; a longer text moves sideways under it.
    private void Draw()
    {
        var (visible, column) = _line.Window(Math.Max(8, terminal.Width - _prompt.Length - 1));
        terminal.Write($"\r{_prompt}{visible}\u001b[K\r\u001b[{_prompt.Length + column}C");
    }
}
