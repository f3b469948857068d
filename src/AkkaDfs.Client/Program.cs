Console.WriteLine("dfs");
