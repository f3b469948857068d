// Names are any bytes but NUL and '/'. In memory they are strings: UTF-8 where the bytes are UTF-8, and each byte that is
// not (0x80..0xFF) as one lone surrogate U+DC80..U+DCFF, so that every byte sequence comes back exactly.

using System.Buffers;
using System.Text;

namespace AkkaDfs.Shared;

/// <summary>Text form of names and paths, lossless for every byte sequence.</summary>
public static class PathText
{
    /// <summary>Longest name, in bytes.</summary>
    public const int MaxNameBytes = 255;

    /// <summary>Longest path, in bytes.</summary>
    public const int MaxPathBytes = 4096;

    private const char EscapeBase = '\uDC00';

    /// <summary>The bytes of a name or path.</summary>
    public static byte[] ToBytes(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!ContainsEscape(text))
        {
            return Encoding.UTF8.GetBytes(text);
        }

        var output = new ArrayBufferWriter<byte>(text.Length * 3);
        for (var i = 0; i < text.Length; i++)
        {
            if (Rune.TryGetRuneAt(text, i, out var rune))
            {
                output.Advance(rune.EncodeToUtf8(output.GetSpan(4)));
                i += rune.Utf16SequenceLength - 1;
            }
            else
            {
                var value = text[i] is >= '\uDC80' and <= '\uDCFF' ? (byte)(text[i] - EscapeBase) : (byte)'?';
                output.GetSpan(1)[0] = value;
                output.Advance(1);
            }
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>The text of some bytes.</summary>
    public static string FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (System.Text.Unicode.Utf8.IsValid(bytes))
        {
            return Encoding.UTF8.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var consumed) == OperationStatus.Done)
            {
                text.Append(rune.ToString());
            }
            else
            {
                consumed = 1;
                text.Append((char)(EscapeBase + bytes[0]));
            }

            bytes = bytes[consumed..];
        }

        return text.ToString();
    }

    /// <summary>Length in bytes of what <see cref="ToBytes"/> gives.</summary>
    public static int ByteCount(string text)
        => ContainsEscape(text) ? ToBytes(text).Length : Encoding.UTF8.GetByteCount(text);

    /// <summary>Null when <paramref name="name"/> can be the name of an entry, else why not.</summary>
    public static DfsError? CheckName(string name)
    {
        if (name.Length == 0 || name is "." or ".." || name.AsSpan().IndexOfAny('/', '\0') >= 0)
        {
            return new DfsError(
                DfsErrorCode.InvalidPath,
                $"'{name}' cannot be a name: it is empty, '.' or '..', or has a '/' or a NUL. Choose another name.");
        }

        return ByteCount(name) > MaxNameBytes
            ? new DfsError(DfsErrorCode.NameTooLong, $"The name '{name[..32]}…' is over {MaxNameBytes} bytes. Choose a shorter one.")
            : null;
    }

    private static bool ContainsEscape(string text) => text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0;
}

/// <summary>A node of the tree as a caller names it: a path relative to a node that is known by its id.</summary>
/// <param name="Base">Where the path starts; the root for absolute paths.</param>
/// <param name="Path">Names separated by '/'; leading, trailing and doubled slashes mean nothing; empty is the base itself.</param>
public readonly record struct PathRef(InodeId Base, string Path)
{
    /// <summary>An absolute path.</summary>
    public static PathRef Absolute(string path) => new(InodeId.Root, path);

    /// <summary>A node known by its id.</summary>
    public static PathRef Of(InodeId inode) => new(inode, string.Empty);

    /// <inheritdoc/>
    public override string ToString() => Base == InodeId.Root ? "/" + Path.TrimStart('/') : $"#{Base}/{Path}";
}
