// The dfs command: wiring only.

using AkkaDfs.Client.Commands;

return await DfsCommand.RunProcessAsync(args).ConfigureAwait(false);
