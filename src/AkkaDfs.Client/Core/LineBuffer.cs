// The line under the cursor and what keys do to it. Pure; the terminal is elsewhere.

namespace AkkaDfs.Client.Core;

/// <summary>A line being edited.</summary>
public sealed class LineBuffer
{
    /// <summary>The text.</summary>
    public string Text { get; private set; } = string.Empty;

    /// <summary>Cursor: 0 to the text's length.</summary>
    public int Cursor { get; private set; }

    /// <summary>Replaces the text; the cursor goes to its end.</summary>
    public void Set(string text)
    {
        Text = text;
        Cursor = text.Length;
    }

    /// <summary>Puts text in at the cursor.</summary>
    public void Insert(string text)
    {
        Text = Text.Insert(Cursor, text);
        Cursor += text.Length;
    }

    /// <summary>Replaces what is between an index and the cursor.</summary>
    public void ReplaceBack(int from, string text)
    {
        Text = Text[..from] + text + Text[Cursor..];
        Cursor = from + text.Length;
    }

    /// <summary>One character to the left.</summary>
    public void Left() => Cursor = Math.Max(0, Cursor - Step(-1));

    /// <summary>One character to the right.</summary>
    public void Right() => Cursor = Math.Min(Text.Length, Cursor + Step(+1));

    /// <summary>To the start.</summary>
    public void Home() => Cursor = 0;

    /// <summary>To the end.</summary>
    public void End() => Cursor = Text.Length;

    /// <summary>To the start of the word at or before the cursor.</summary>
    public void WordLeft() => Cursor = WordStart();

    /// <summary>To the end of the word at or after the cursor.</summary>
    public void WordRight()
    {
        while (Cursor < Text.Length && Text[Cursor] == ' ')
        {
            Cursor++;
        }

        while (Cursor < Text.Length && Text[Cursor] != ' ')
        {
            Cursor++;
        }
    }

    /// <summary>Deletes the character before the cursor.</summary>
    public void Backspace() => ReplaceBack(Cursor - Math.Min(Cursor, Step(-1)), string.Empty);

    /// <summary>Deletes the character at the cursor.</summary>
    public void Delete() => Text = Text.Remove(Cursor, Math.Min(Step(+1), Text.Length - Cursor));

    /// <summary>Deletes to the end.</summary>
    public void KillToEnd() => Text = Text[..Cursor];

    /// <summary>Deletes to the start.</summary>
    public void KillToStart() => ReplaceBack(0, string.Empty);

    /// <summary>Deletes the word before the cursor.</summary>
    public void KillWord() => ReplaceBack(WordStart(), string.Empty);

    /// <summary>What fits into a number of columns with the cursor in it.</summary>
    /// <returns>The visible text and the cursor's column in it.</returns>
    public (string Visible, int Column) Window(int columns)
    {
        var from = Cursor < columns ? 0 : Cursor - columns + 1;
        return (Text.Substring(from, Math.Min(columns, Text.Length - from)), Cursor - from);
    }

    private int WordStart()
    {
        var at = Cursor;
        while (at > 0 && Text[at - 1] == ' ')
        {
            at--;
        }

        while (at > 0 && Text[at - 1] != ' ')
        {
            at--;
        }

        return at;
    }

    // Characters beyond the basic plane are two of .NET's.
    private int Step(int direction)
    {
        var pair = direction < 0
            ? Cursor >= 2 && char.IsSurrogatePair(Text[Cursor - 2], Text[Cursor - 1])
            : Cursor + 1 < Text.Length && char.IsSurrogatePair(Text[Cursor], Text[Cursor + 1]);
        return pair ? 2 : 1;
    }
}
