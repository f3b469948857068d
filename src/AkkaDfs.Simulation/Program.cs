// The starter of simulations; dfs simulate comes here.

using AkkaDfs.Simulation.Commands;

return SimulateCommand.Create(Console.Out).Parse(args).Invoke();
