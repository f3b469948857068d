// All that is left with another engine: the simulation needs the dispatchers, clocks and transports of the embedded one.

Console.Error.WriteLine("The simulation runs with the embedded engine only; build without -p:AkkaEngine=nuget.");
return 2;
