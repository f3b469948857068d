// The dfs command: wiring only.

using AkkaDfs.Client.Commands;
using AkkaDfs.Shared.Hosting;

ProcessTuning.Apply();
return await DfsCommand.RunProcessAsync(args).ConfigureAwait(false);
