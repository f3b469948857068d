// Short names from numbers: "a", "b", … for "/temp", and "$a", "$b", … for actors without a given name.
namespace Akka.Actor;

internal static class TempNames
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+~";

    public static string Of(long number)
    {
        Span<char> text = stackalloc char[12];
        var length = 0;
        do
        {
            text[length++] = Alphabet[(int)(number & 63)];
            number >>>= 6;
        }
        while (number != 0);
        return new string(text[..length]);
    }
}
