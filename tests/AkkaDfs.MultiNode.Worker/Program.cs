// The programs of the multi-process tests: client processes, and the nemesis with everything it needs.

using AkkaDfs.MultiNode.Nemesis;
using AkkaDfs.MultiNode.Workload;

return args.FirstOrDefault() switch
{
    "append" => await AppendWorkload.RunAsync(args[1..]),
    "mixed" => await MixedWorkload.RunAsync(args[1..]),
    _ => await NemesisCommand.RunAsync(args),
};
