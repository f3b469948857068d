// POSIX modes as ls prints them.

using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Core;

/// <summary>Text of file modes.</summary>
public static class ModeText
{
    /// <summary>Ten characters such as "drwxr-xr-x".</summary>
    public static string Of(NodeKind kind, uint mode)
    {
        Span<char> text = stackalloc char[10];
        text[0] = kind switch
        {
            NodeKind.Directory => 'd',
            NodeKind.SymbolicLink => 'l',
            NodeKind.Special => 'c',
            _ => '-',
        };
        const string Letters = "rwxrwxrwx";
        for (var bit = 0; bit < 9; bit++)
        {
            text[bit + 1] = (mode >> (8 - bit) & 1) != 0 ? Letters[bit] : '-';
        }

        Special(text, 3, (mode & 0x800) != 0, 's');
        Special(text, 6, (mode & 0x400) != 0, 's');
        Special(text, 9, (mode & 0x200) != 0, 't');
        return new string(text);
    }

    /// <summary>Four octal digits.</summary>
    public static string Octal(uint mode) => Convert.ToString(mode & 0xFFF, 8).PadLeft(4, '0');

    private static void Special(Span<char> text, int at, bool set, char letter)
    {
        if (set)
        {
            text[at] = text[at] == 'x' ? letter : char.ToUpperInvariant(letter);
        }
    }
}
