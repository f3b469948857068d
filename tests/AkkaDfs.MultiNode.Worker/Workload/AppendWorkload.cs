// Appends self-describing records to one file and writes down, line by line, what it was told.
// Arguments: seed path client count random-seed window log-file.

using System.Globalization;
using AkkaDfs.Client;
using AkkaDfs.Testing.History;

namespace AkkaDfs.MultiNode.Workload;

internal static class AppendWorkload
{
    internal static async Task<int> RunAsync(string[] args)
    {
        var path = args[1];
        var client = uint.Parse(args[2], CultureInfo.InvariantCulture);
        var count = int.Parse(args[3], CultureInfo.InvariantCulture);
        var random = new Random(int.Parse(args[4], CultureInfo.InvariantCulture));
        var window = int.Parse(args[5], CultureInfo.InvariantCulture);

        await using var dfs = DfsClient.Start(new DfsClientOptions { Seeds = [args[0]] });
        await using var file = await dfs.OpenAsync(path);
        await using var log = new HistoryLog(args[6], client);
        Console.WriteLine("appending");

        var largest = Math.Min(2048, file.Status.Layout.ChunkSizeBytes / 4);
        var inFlight = new Queue<Task>();
        for (var i = 1; i <= count; i++)
        {
            inFlight.Enqueue(new RecordedFile(file, path, log).RecordAsync(random.Next(HistoryRecord.HeaderBytes, largest + 1)));
            while (inFlight.Count >= window)
            {
                await inFlight.Dequeue();
            }
        }

        await Task.WhenAll(inFlight);
        return 0;
    }
}
