// The same seed is the same run: twice in one process, on another thread, and in another process, where strings have other hash codes.

using System.Diagnostics;
using Xunit;

namespace AkkaDfs.Simulation.Tests;

public sealed class DeterminismTests
{
    private const long Seed = 5;

    [Fact]
    public void A_seed_gives_the_same_run_again_with_and_without_a_trace()
    {
        var lines = 0;
        var first = SimulationRun.Do(RunOptions.For(Seed));
        var second = SimulationRun.Do(RunOptions.For(Seed) with { Trace = _ => lines++ });
        Assert.Equal((first.Hash, first.Steps, first.Simulated), (second.Hash, second.Steps, second.Simulated));
        Assert.Equal(first.Faults.ByKind, second.Faults.ByKind);
        Assert.True(lines > 1000, $"the trace has {lines} lines only");
        Assert.True(first.Faults.Total > 0 && first.Operations.Values.Sum() > 100, "nothing was done");
    }

    [Fact]
    public void Another_seed_gives_another_run()
        => Assert.NotEqual(SimulationRun.Do(RunOptions.For(2)).Hash, SimulationRun.Do(RunOptions.For(3)).Hash);

    [Fact]
    public async Task A_seed_gives_the_same_run_in_another_process()
    {
        var here = Task.Run(() => SimulationRun.Do(RunOptions.For(Seed)));
        var program = Path.Combine(AppContext.BaseDirectory, "AkkaDfs.Simulation.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, "--seed", $"{Seed}"]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Contains($"seed {Seed}: {(await here).Hash}", output, StringComparison.Ordinal);
    }
}
