// Short names from numbers, as actors without a given name get them: "$a", "$b", … and "$a" under "/temp".
namespace Akka.Actor;

internal static class TempNames
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+~";

    public static string Of(long number)
    {
        Span<char> text = stackalloc char[12];
        var length = 0;
        text[length++] = '$';
        do
        {
            text[length++] = Alphabet[(int)(number & 63)];
            number >>>= 6;
        }
        while (number != 0);
        return new string(text[..length]);
    }
}
