// A client process: appends self-describing records to one file and writes down, line by line, what it was told.
// Arguments: seed path client count random-seed window log-file. One line per append:
// client counter length invoked completed outcome offset; times are ticks of the system-wide monotonic clock.

using System.Diagnostics;
using System.Globalization;
using AkkaDfs.Client;
using AkkaDfs.Shared;
using AkkaDfs.Testing.History;

var seed = args[0];
var path = args[1];
var client = uint.Parse(args[2], CultureInfo.InvariantCulture);
var count = int.Parse(args[3], CultureInfo.InvariantCulture);
var random = new Random(int.Parse(args[4], CultureInfo.InvariantCulture));
var window = int.Parse(args[5], CultureInfo.InvariantCulture);

await using var dfs = DfsClient.Start(new DfsClientOptions { Seeds = [seed] });
await using var file = await dfs.OpenAsync(path);
await using var log = new StreamWriter(args[6]);
Console.WriteLine("appending");

var largest = Math.Min(2048, file.Status.Layout.ChunkSizeBytes / 4);
var inFlight = new Queue<Task<string>>();
for (var i = 1u; i <= count; i++)
{
    var record = new HistoryRecord(client, i, random.Next(HistoryRecord.HeaderBytes, largest + 1));
    inFlight.Enqueue(AppendAsync(record));
    while (inFlight.Count >= window)
    {
        await log.WriteLineAsync(await inFlight.Dequeue());
    }
}

while (inFlight.TryDequeue(out var last))
{
    await log.WriteLineAsync(await last);
}

return 0;

async Task<string> AppendAsync(HistoryRecord record)
{
    var invoked = Stopwatch.GetTimestamp();
    try
    {
        var offset = await file.RecordAppendAsync(record.ToBytes(), options: new CallOptions { Timeout = TimeSpan.FromMinutes(2) });
        return Line(record, invoked, Stopwatch.GetTimestamp(), Outcome.Acknowledged, offset);
    }
    catch (DfsException e)
    {
        Console.WriteLine($"append {record.Counter}: {e.Error}");
        var outcome = e.Code == DfsErrorCode.OutcomeUnknown ? Outcome.Unknown : Outcome.Failed;
        return Line(record, invoked, Stopwatch.GetTimestamp(), outcome, -1);
    }
}

static string Line(HistoryRecord record, long invoked, long completed, Outcome outcome, long offset)
    => string.Create(
        CultureInfo.InvariantCulture,
        $"{record.Client} {record.Counter} {record.LengthBytes} {invoked} {completed} {outcome} {offset}");
