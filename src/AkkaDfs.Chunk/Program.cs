// A chunk server as a program: wiring only.

using AkkaDfs.Chunk;
using AkkaDfs.Shared.Hosting;

ProcessTuning.Apply();
return await NodeProgram.RunAsync(NodeRole.Chunk, "A chunk server of AkkaDfs: stores replicas of chunks.", args, configuration =>
{
    var node = ChunkNode.Start(configuration);
    return new RunningNode($"chunk {NodeBootstrap.AddressOf(node.System)} data {node.Endpoint}", node.System, node);
}).ConfigureAwait(false);
