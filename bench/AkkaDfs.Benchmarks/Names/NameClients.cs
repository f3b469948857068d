// Clients of meta in processes of their own: each process has some, each of which asks one thing after the other.

using System.Diagnostics;
using System.Globalization;
using AkkaDfs.Benchmarks.Files;
using AkkaDfs.Client;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Benchmarks.Names;

/// <summary>Runs them, and is what they run.</summary>
internal static class NameClients
{
    private const int MostProcesses = 4;
    private const int FilesPerClient = 200;

    /// <summary>Asks meta for so many seconds.</summary>
    /// <param name="seed">Where meta is.</param>
    /// <param name="kind">create, stat, rename or mixed.</param>
    /// <param name="clients">Clients in all.</param>
    /// <param name="seconds">How long.</param>
    /// <returns>Operations a second, operations in all, and processor seconds of all client processes and of the cluster.</returns>
    public static async Task<(double Rate, int Operations, double ClientSeconds, double ClusterSeconds)> RunAsync(string seed, string kind, int clients, int seconds)
    {
        var nodes = ProcessorTime.Children();
        var processes = Math.Min(MostProcesses, clients);
        var running = Enumerable.Range(0, processes).Select(i => Start(seed, kind, (clients / processes) + (i < clients % processes ? 1 : 0), seconds)).ToList();
        foreach (var process in running)
        {
            await process.StandardOutput.ReadLineAsync();
        }

        // All are ready: now they begin together.
        running.ForEach(p => p.StandardInput.WriteLine("go"));
        var before = ProcessorTime.Of(nodes);
        var (rate, operations, cpu) = (0.0, 0, 0.0);
        foreach (var process in running)
        {
            var fields = (await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("A client process ended before it was done.")).Split(' ');
            operations += int.Parse(fields[0], CultureInfo.InvariantCulture);
            rate += double.Parse(fields[1], CultureInfo.InvariantCulture);
            cpu += double.Parse(fields[2], CultureInfo.InvariantCulture);
        }

        var cluster = ProcessorTime.Of(nodes) - before;
        foreach (var process in running)
        {
            await process.WaitForExitAsync();
            process.Dispose();
        }

        return (rate, operations, cpu, cluster);
    }

    /// <summary>What a client process does: SEED KIND CLIENTS SECONDS.</summary>
    public static async Task<int> ClientAsync(string[] arguments)
    {
        var (seed, kind) = (arguments[0], arguments[1]);
        var (count, seconds) = (int.Parse(arguments[2], CultureInfo.InvariantCulture), int.Parse(arguments[3], CultureInfo.InvariantCulture));
        await using var client = DfsClient.Start(new DfsClientOptions
        {
            Seeds = [seed], Node = new() { Overrides = ["akka.loglevel=OFF", "akka.stdout-loglevel=OFF"] },
        });
        var root = $"/bench/{Guid.NewGuid():n}";
        var workers = Enumerable.Range(0, count).Select(i => new Worker(client, $"{root}/{i}")).ToList();
        await Task.WhenAll(workers.Select(w => w.PrepareAsync(kind)));
        await Task.WhenAll(workers.Select(w => w.RunAsync(kind, TimeSpan.FromSeconds(2))));
        Console.Out.WriteLine("READY");
        Console.In.ReadLine();
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(workers.Select(w => w.RunAsync(kind, TimeSpan.FromSeconds(seconds))));
        var elapsed = clock.Elapsed.TotalSeconds;
        var used = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds;
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{counts.Sum()} {counts.Sum() / elapsed:0.0} {used:0.000}"));
        return 0;
    }

    private static Process Start(string seed, string kind, int clients, int seconds)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false,
        };
        foreach (var argument in (string[])[typeof(NameClients).Assembly.Location, "meta-client", seed, kind, clients.ToString(CultureInfo.InvariantCulture), seconds.ToString(CultureInfo.InvariantCulture)])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private sealed class Worker(DfsClient client, string directory)
    {
        private int _next;
        private int _moved;

        public async Task PrepareAsync(string kind)
        {
            await client.MakeDirectoryAsync(directory, makeParents: true);
            for (var i = 0; i < (kind == "create" ? 1 : FilesPerClient); i++)
            {
                await CreateAsync();
            }
        }

        public async Task<int> RunAsync(string kind, TimeSpan length)
        {
            var clock = Stopwatch.StartNew();
            var count = 0;
            for (; clock.Elapsed < length; count++)
            {
                await (kind switch
                {
                    "create" => CreateAsync(),
                    "stat" => client.StatAsync($"{directory}/f{count % FilesPerClient}"),
                    "rename" => RenameAsync(),
                    _ => (count % 10) switch
                    {
                        0 or 1 => CreateAsync(),
                        2 => RenameAsync(),
                        _ => client.StatAsync($"{directory}/f{(count % (FilesPerClient / 2)) + (FilesPerClient / 2)}"),
                    },
                });
            }

            return count;
        }

        // As a mount and touch(1) make files: a chunk is asked for when the first byte comes.
        private async Task CreateAsync()
            => await client.Context.AskAsync<MetaProtocol.FileOpened>(
                new MetaProtocol.CreateFile(PathRef.Absolute($"{directory}/f{_next++}"), MetaProtocol.Disposition.CreateNew, FileLayout.Default),
                client.Context.DeadlineOf(null),
                CancellationToken.None);

        // There and back again, among the first half of the files.
        private async Task RenameAsync()
        {
            var file = $"{directory}/f{_moved / 2 % (FilesPerClient / 2)}";
            await (_moved++ % 2 == 0 ? client.RenameAsync(file, file + "x") : client.RenameAsync(file + "x", file));
        }
    }
}
