// A meta node as a program: wiring only.

using AkkaDfs.Meta;
using AkkaDfs.Shared.Hosting;

ProcessTuning.Apply();
return await NodeProgram.RunAsync(NodeRole.Meta, "A meta node of AkkaDfs: keeps the tree of files and watches the chunk servers.", args, configuration =>
{
    var node = MetaNode.Start(configuration);
    return new RunningNode($"meta {NodeBootstrap.AddressOf(node.System)}", node.System, node) { Refusal = () => node.Refusal };
}).ConfigureAwait(false);
