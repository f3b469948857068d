// Waiting for a condition, with a limit that only a broken program reaches.

using System.Diagnostics;

namespace AkkaDfs.Client.Tests.Fakes;

internal static class Eventually
{
    public static async Task AssertAsync(Action assertion)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                assertion();
                return;
            }
            catch (Exception) when (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60))
            {
                await Task.Delay(10);
            }
        }
    }
}
