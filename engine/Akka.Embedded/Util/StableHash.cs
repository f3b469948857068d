// Hashes that are the same in every process: string.GetHashCode is seeded per process, which a seeded simulation cannot bear.
namespace Akka.Embedded;

internal static class StableHash
{
    private const uint Offset = 2166136261;
    private const uint Prime = 16777619;

    public static int Of(string? text)
    {
        var hash = Offset;
        if (text is not null)
        {
            foreach (var c in text)
                hash = (hash ^ c) * Prime;
        }

        return (int)hash;
    }

    public static int Combine(int a, int b) => (int)((((uint)a * Prime) ^ (uint)b) * 0x9E3779B1u);
}
