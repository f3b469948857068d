// What dfs simulate hands on to the program that simulates.

using System.CommandLine;
using AkkaDfs.Client.Commands;

namespace AkkaDfs.Client.Tests.Commands;

public sealed class SimulateVerbTests
{
    [Fact]
    public void Options_arrive_as_they_were_typed_although_other_verbs_have_some_of_the_same_name()
    {
        var root = new RootCommand();
        new CommonOptions().AddTo(root);
        root.Subcommands.Add(SimulateVerb.Create(null!));
        Assert.Equal(
            ["--seed", "7", "--profile", "net", "--threads", "2", "--no-shrink"],
            SimulateVerb.Arguments(root.Parse(["simulate", "--seed", "7", "--profile", "net", "--threads", "2", "--no-shrink"])));
    }
}
