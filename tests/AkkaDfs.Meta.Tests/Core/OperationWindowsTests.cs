using AkkaDfs.Meta.Core;
using AkkaDfs.Shared;
using Xunit;

namespace AkkaDfs.Meta.Tests.Core;

public sealed class OperationWindowsTests
{
    private static readonly Guid Client = Guid.Parse("11111111-0000-0000-0000-000000000000");

    [Fact]
    public void An_applied_operation_is_remembered_whatever_the_order()
    {
        var windows = new OperationWindows();
        foreach (var counter in new ulong[] { 5, 2, 9, 3 })
        {
            windows.Apply(Done(counter));
        }

        Assert.All(new ulong[] { 2, 3, 5, 9 }, c => Assert.Equal(OperationState.Repeated, Find(windows, c)));
        Assert.All(new ulong[] { 1, 4, 10 }, c => Assert.Equal(OperationState.New, Find(windows, c)));
    }

    [Fact]
    public void What_the_client_has_been_answered_is_forgotten_and_refused()
    {
        var windows = new OperationWindows();
        windows.Apply(Done(1));
        windows.Apply(Done(2));
        windows.Apply(Done(7, answeredBelow: 2));
        Assert.Equal(OperationState.Forgotten, Find(windows, 1));
        Assert.Equal(OperationState.Repeated, Find(windows, 2));
        windows.NoteAnswered(Client, 7);
        Assert.Equal(OperationState.Forgotten, Find(windows, 6));
        Assert.Equal(OperationState.Repeated, Find(windows, 7));
    }

    [Fact]
    public void A_client_that_says_nothing_keeps_its_last_answers_and_older_ones_are_refused()
    {
        var windows = new OperationWindows();
        for (ulong counter = 1; counter <= OperationWindows.MaxPerClient + 10; counter++)
        {
            windows.Apply(Done(counter));
        }

        Assert.Equal(OperationState.Forgotten, Find(windows, 10));
        Assert.Equal(OperationState.Repeated, Find(windows, 11));
    }

    [Fact]
    public void Clients_are_forgotten_in_the_order_of_their_last_change()
    {
        var windows = new OperationWindows();
        windows.Apply(Done(1));
        for (var i = 0; i < OperationWindows.MaxClients - 1; i++)
        {
            windows.Apply(new OperationDone(new OperationId(new Guid(i, 0, 1, new byte[8]), 1), 0, default));
        }

        windows.Apply(Done(2));
        windows.Apply(new OperationDone(new OperationId(Guid.Parse("22222222-0000-0000-0000-000000000000"), 1), 0, default));
        Assert.Equal(OperationState.Repeated, Find(windows, 1));
        Assert.Equal(OperationState.New, windows.Find(new OperationId(new Guid(0, 0, 1, new byte[8]), 1), out _));
    }

    private static OperationDone Done(ulong counter, ulong answeredBelow = 0)
        => new(new OperationId(Client, counter), answeredBelow, new OperationOutcome(OutcomeKind.Done, default, default));

    private static OperationState Find(OperationWindows windows, ulong counter) => windows.Find(new OperationId(Client, counter), out _);
}
