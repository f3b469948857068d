// All that is left with another engine.

using Xunit;

namespace AkkaDfs.Simulation.Tests;

public sealed class WithoutEngine
{
    [Fact(Skip = "The simulation needs the dispatchers, clocks and transports of the embedded engine (decision 012).")]
    public void The_simulation_is_left_out()
    {
    }
}
