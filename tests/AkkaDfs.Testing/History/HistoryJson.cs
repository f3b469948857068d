// Histories as JSON lines, so that other checkers can read them: docs/formats/history.md has the grammar. One object a line,
// told apart by "is": "file", "begin", "end", "final", "replica". Lines of a killed client may be missing at the end, or torn.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace AkkaDfs.Testing.History;

/// <summary>Reads and writes histories.</summary>
public static class HistoryJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>What is to be known of a file before its operations.</summary>
    public static string FileLine(string path, FileUse use, int chunkSizeBytes, int wantedReplicas)
        => Text(new Line { Is = "file", File = path, Use = use, ChunkSize = chunkSizeBytes, Replicas = wantedReplicas });

    /// <summary>An operation that begins.</summary>
    public static string BeginLine(string path, ClientOperation operation) => Text(Of("begin", path, operation) with
    {
        Completed = null, Outcome = null, Data = operation.Kind == OperationKind.Read ? null : Bytes(operation.Data),
    });

    /// <summary>An operation that has ended.</summary>
    public static string EndLine(string path, ClientOperation operation)
        => Text(Of("end", path, operation) with { Data = Bytes(operation.Data) });

    /// <summary>What the file, and its replicas, are once all is quiet.</summary>
    public static IEnumerable<string> FinalLines(FileHistory history)
    {
        yield return Text(new Line { Is = "final", File = history.Path, Data = history.FinalBytes.ToArray() });
        for (var chunk = 0; chunk < history.Replicas.Count; chunk++)
        {
            foreach (var replica in history.Replicas[chunk])
            {
                yield return Text(new Line { Is = "replica", File = history.Path, Chunk = chunk, Data = replica.ToArray() });
            }
        }
    }

    /// <summary>A whole history.</summary>
    public static IEnumerable<string> Lines(FileHistory history)
        => history.Operations.Select(o => o.Completed == long.MaxValue ? BeginLine(history.Path, o) : EndLine(history.Path, o))
            .Prepend(FileLine(history.Path, history.Use, history.ChunkSizeBytes, history.WantedReplicas))
            .Concat(FinalLines(history));

    /// <summary>Reads lines of any number of files, in any order; an operation that has no end is unknown.</summary>
    public static IReadOnlyList<FileHistory> Read(IEnumerable<string> lines)
    {
        var files = new SortedDictionary<string, Reading>(StringComparer.Ordinal);
        foreach (var text in lines)
        {
            if (Parse(text) is { } line)
            {
                if (!files.TryGetValue(line.File, out var file))
                {
                    files[line.File] = file = new Reading();
                }

                file.Take(line);
            }
        }

        return [.. files.Select(f => f.Value.ToHistory(f.Key))];
    }

    private static Line? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(text, Options);
        }
        catch (JsonException) when (!text.EndsWith('}'))
        {
            return null;
        }
    }

    private static Line Of(string kind, string path, ClientOperation operation) => new()
    {
        Is = kind,
        File = path,
        Client = operation.Client,
        Op = operation.Counter,
        Kind = operation.Kind,
        Invoked = operation.Invoked,
        Completed = operation.Completed,
        Outcome = operation.Outcome,
        Offset = operation.Offset,
        Length = operation.LengthBytes,
        Error = operation.Error,
    };

    private static byte[]? Bytes(ReadOnlyMemory<byte> data) => data.IsEmpty ? null : data.ToArray();

    private static string Text(Line line) => JsonSerializer.Serialize(line, Options);

    private sealed record Line
    {
        public required string Is { get; init; }

        public required string File { get; init; }

        public FileUse? Use { get; init; }

        public int? ChunkSize { get; init; }

        public int? Replicas { get; init; }

        public uint? Client { get; init; }

        public uint? Op { get; init; }

        public OperationKind? Kind { get; init; }

        public long? Invoked { get; init; }

        public long? Completed { get; init; }

        public Outcome? Outcome { get; init; }

        public long? Offset { get; init; }

        public long? Length { get; init; }

        public int? Chunk { get; init; }

        public byte[]? Data { get; init; }

        public string? Error { get; init; }

        internal ClientOperation ToOperation() => new()
        {
            Client = Client ?? throw new InvalidDataException($"A line of {File} does not say which client it is about."),
            Counter = Op ?? throw new InvalidDataException($"A line of {File} does not say which operation it is about."),
            Kind = Kind ?? throw new InvalidDataException($"Operation {Client}/{Op} of {File} does not say its kind."),
            Invoked = Invoked ?? 0,
            Completed = Completed ?? long.MaxValue,
            Outcome = Outcome ?? History.Outcome.Unknown,
            Offset = Offset ?? -1,
            LengthBytes = Length ?? 0,
            Data = Data ?? ReadOnlyMemory<byte>.Empty,
            Error = Error,
        };
    }

    private sealed class Reading
    {
        private readonly Dictionary<(uint, uint), ClientOperation> _begun = [];
        private readonly List<ClientOperation> _ended = [];
        private readonly SortedDictionary<int, List<ReadOnlyMemory<byte>>> _replicas = [];
        private Line? _file;
        private byte[] _final = [];

        internal void Take(Line line)
        {
            switch (line.Is)
            {
                case "file":
                    _file = line;
                    break;
                case "begin":
                    var begun = line.ToOperation();
                    _begun[(begun.Client, begun.Counter)] = begun;
                    break;
                case "end":
                    var ended = line.ToOperation();
                    _begun.Remove((ended.Client, ended.Counter));
                    _ended.Add(ended);
                    break;
                case "final":
                    _final = line.Data ?? [];
                    break;
                case "replica":
                    if (!_replicas.TryGetValue(line.Chunk ?? 0, out var replicas))
                    {
                        _replicas[line.Chunk ?? 0] = replicas = [];
                    }

                    replicas.Add(line.Data ?? []);
                    break;
                default:
                    throw new InvalidDataException($"A line of {line.File} is a \"{line.Is}\", which this version does not know.");
            }
        }

        internal FileHistory ToHistory(string path)
        {
            var file = _file ?? throw new InvalidDataException($"No line says what kind of file {path} is.");
            var chunks = _replicas.Count == 0 ? 0 : _replicas.Keys.Last() + 1;
            return new FileHistory(
                file.ChunkSize ?? throw new InvalidDataException($"The line about {path} has no chunk size."),
                [.. _ended, .. _begun.Values],
                _final,
                [.. Enumerable.Range(0, chunks).Select(c => (IReadOnlyList<ReadOnlyMemory<byte>>)_replicas.GetValueOrDefault(c, []))],
                file.Use ?? FileUse.Appends,
                file.Replicas ?? 0,
                path);
        }
    }
}
