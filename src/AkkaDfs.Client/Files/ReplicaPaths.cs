// Paths of replicas on their servers. Meta learns them from reports, a heartbeat after the first write; until then the servers
// are asked. A path that nobody tells stays empty.

using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Files;

/// <summary>Fills in what meta does not know yet.</summary>
internal sealed class ReplicaPaths(ClientContext context)
{
    private const int AtOnce = 32;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Fills in the paths of live replicas.</summary>
    public Task FillInAsync(List<ChunkLocation> chunks, Deadline deadline, CancellationToken cancellationToken)
    {
        var lacking = Enumerable.Range(0, chunks.Count).Where(i => chunks[i].Replicas.Any(IsLacking));
        return Bounded.ForEachAsync(lacking, AtOnce, FillInOneAsync, cancellationToken);

        async Task FillInOneAsync(int i, CancellationToken token)
        {
            var replicas = chunks[i].Replicas.ToArray();
            for (var r = 0; r < replicas.Length; r++)
            {
                if (IsLacking(replicas[r]))
                {
                    replicas[r] = replicas[r] with { Path = await AskAsync(chunks[i].Chunk, replicas[r].Server, replicas[r].Endpoint, deadline, token).ConfigureAwait(Surroundings.HoldAwaits) };
                }
            }

            lock (chunks)
            {
                chunks[i] = chunks[i] with { Replicas = replicas };
            }
        }
    }

    /// <summary>The rows with the paths of live replicas filled in.</summary>
    public async Task<IReadOnlyList<MetaProtocol.TrackerRow>> FillInAsync(
        IReadOnlyList<MetaProtocol.TrackerRow> rows, Deadline deadline, CancellationToken cancellationToken)
    {
        var filled = rows.ToArray();
        var lacking = Enumerable.Range(0, filled.Length).Where(i => filled[i] is { Alive: true, State: ReplicaState.Live, ServerPath.Length: 0 });
        await Bounded.ForEachAsync(lacking, AtOnce, FillInOneAsync, cancellationToken).ConfigureAwait(Surroundings.HoldAwaits);
        return filled;

        async Task FillInOneAsync(int i, CancellationToken token)
            => filled[i] = filled[i] with { ServerPath = await AskAsync(filled[i].Chunk, filled[i].Server, filled[i].Endpoint, deadline, token).ConfigureAwait(Surroundings.HoldAwaits) };
    }

    private static bool IsLacking(ReplicaLocation replica) => replica is { State: ReplicaState.Live, Path.Length: 0 };

    private async Task<string> AskAsync(ChunkId chunk, ServerId server, DataEndpoint endpoint, Deadline deadline, CancellationToken cancellationToken)
    {
        using var scope = new AttemptScope(context.Time, deadline.Attempt(Patience), cancellationToken);
        var result = await context.Data.StatAsync(endpoint, chunk, server, scope.Token).ConfigureAwait(Surroundings.HoldAwaits);
        return result.IsOk ? result.Value.Path : string.Empty;
    }
}
