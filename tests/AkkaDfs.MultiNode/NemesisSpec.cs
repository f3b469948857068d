// A short run of the nemesis: a few faults of every kind that needs no wait. The long one is a command of its own:
// dotnet run --project tests/AkkaDfs.MultiNode.Worker -- nemesis --seed N --minutes M

using AkkaDfs.MultiNode.Nemesis;
using Xunit;
using Xunit.Abstractions;

namespace AkkaDfs.MultiNode;

public sealed class NemesisSpec(ITestOutputHelper output)
{
    private const int Seed = 7;

    [Fact]
    public async Task Whatever_is_killed_paused_or_damaged_clients_see_neither_an_error_nor_a_wrong_byte()
    {
        var report = await NemesisRun.RunAsync(new NemesisOptions
        {
            Seed = Seed,
            Duration = TimeSpan.FromMinutes(5),
            MaxFaults = 4,
            ChunkServers = 5,
            Clients = 2,
            PauseMs = 60,
            FaultPauseMs = 1000,
            LongestPauseSeconds = 5,
            Faults = ["kill", "pause", "kill-meta", "flip-data", "truncate-data"],
            Network = false,
            TranscriptFolder = Path.Combine(Path.GetTempPath(), $"nemesis-{Seed}"),
        });
        output.WriteLine(report.ToString());
        Assert.True(report.IsClean, report.ToString());
        Assert.True(report.Acknowledged.Values.Sum() > 0, "nothing was done");
    }
}
