// Whatever the model does is accepted; whatever is then broken is found.

using AkkaDfs.Testing.History;
using Xunit;

namespace AkkaDfs.Testing.Tests;

public sealed class HistoryProperties
{
    private const int Seeds = 60;

    public static TheoryData<FileUse> Uses => [FileUse.Appends, FileUse.Registers];

    public static TheoryData<string> AppendMutations => [.. HistoryMutations.OfAppends.Keys];

    public static TheoryData<string> RegisterMutations => [.. HistoryMutations.OfRegisters.Keys];

    [Theory]
    [MemberData(nameof(Uses))]
    public void Every_history_of_a_sequential_file_is_accepted(FileUse use)
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var violations = HistoryChecker.Check(HistoryModel.Make(seed, use));
            Assert.True(violations.Count == 0, $"seed {seed}: {string.Join('\n', violations)}");
        }
    }

    [Theory]
    [MemberData(nameof(AppendMutations))]
    public void Every_broken_history_of_appends_is_found(string mutation)
        => Finds(mutation, HistoryMutations.OfAppends[mutation], FileUse.Appends);

    [Theory]
    [MemberData(nameof(RegisterMutations))]
    public void Every_broken_history_of_registers_is_found(string mutation)
        => Finds(mutation, HistoryMutations.OfRegisters[mutation], FileUse.Registers);

    [Theory]
    [MemberData(nameof(Uses))]
    public void A_history_is_the_same_after_it_was_written_down_and_read(FileUse use)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var history = HistoryModel.Make(seed, use);
            var read = Assert.Single(HistoryJson.Read(HistoryJson.Lines(history)));
            Assert.Equal(HistoryJson.Lines(history).Order(StringComparer.Ordinal), HistoryJson.Lines(read).Order(StringComparer.Ordinal));
            Assert.Empty(HistoryChecker.Check(read));
        }
    }

    [Fact]
    public void An_operation_without_an_end_is_unknown_and_a_torn_last_line_is_none()
    {
        var begin = new ClientOperation { Client = 1, Counter = 1, Kind = OperationKind.Record, Invoked = 5, Data = new HistoryRecord(1, 1, 40).ToBytes() };
        var file = HistoryJson.FileLine("/f", FileUse.Appends, 256, 3);
        var history = Assert.Single(HistoryJson.Read([file, HistoryJson.BeginLine("/f", begin), "{\"is\":\"end\",\"fi"]));
        var operation = Assert.Single(history.Operations);
        Assert.Equal((Outcome.Unknown, long.MaxValue, 40), (operation.Outcome, operation.Completed, operation.Data.Length));
    }

    private static void Finds(string name, Func<FileHistory, Random, FileHistory?> mutation, FileUse use)
    {
        var tried = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            if (mutation(HistoryModel.Make(seed, use, cuts: seed % 2 == 0), new Random(seed)) is { } broken)
            {
                tried++;
                Assert.True(HistoryChecker.Check(broken).Count > 0, $"{name} was not found, seed {seed}");
            }
        }

        Assert.True(tried > Seeds / 20, $"{name} could be planted in {tried} of {Seeds} histories only");
    }
}
