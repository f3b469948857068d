using AkkaDfs.Client.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Client.Tests.Core;

public sealed class MetaClientTests
{
    private static readonly MetaProtocol.Failed NotActing = new(new DfsError(DfsErrorCode.NotActingMeta, "not I", RetryAfterMs: 1));

    [Fact]
    public async Task S5_09_A_change_that_was_asked_for_in_silence_is_never_said_not_to_have_been_made()
        => Assert.Equal(DfsErrorCode.OutcomeUnknown, await CodeAsync(new MetaProtocol.MakeDirectory(PathRef.Absolute("/a")), null, NotActing));

    [Fact]
    public async Task A_change_that_nobody_took_was_not_made()
        => Assert.Equal(DfsErrorCode.NotActingMeta, await CodeAsync(new MetaProtocol.MakeDirectory(PathRef.Absolute("/a")), NotActing));

    [Fact]
    public async Task A_certain_answer_after_silence_is_certain()
        => Assert.Equal(
            DfsErrorCode.AlreadyExists,
            await CodeAsync(
                new MetaProtocol.MakeDirectory(PathRef.Absolute("/a")), null, new MetaProtocol.Failed(new DfsError(DfsErrorCode.AlreadyExists, "it is there"))));

    [Fact]
    public async Task A_question_that_was_not_answered_leaves_nothing_open()
        => Assert.Equal(DfsErrorCode.NotActingMeta, await CodeAsync(new MetaProtocol.GetStatus(PathRef.Absolute("/a")), null, NotActing));

    // The answers in order; the last one again and again.
    private static async Task<DfsErrorCode> CodeAsync(MetaProtocol.Request request, params MetaProtocol.Reply?[] answers)
    {
        var client = new MetaClient(new Script(answers), RetryPolicy.Default, TimeSpan.FromMilliseconds(20), TimeProvider.System, new Entropy(1));
        var error = await Assert.ThrowsAsync<DfsException>(
            () => client.AskAsync<MetaProtocol.StatusReply>(request, Deadline.After(TimeProvider.System, TimeSpan.FromMilliseconds(300)), CancellationToken.None));
        return error.Code;
    }

    private sealed class Script(MetaProtocol.Reply?[] answers) : IMetaChannel
    {
        private int _next;

        public IReadOnlyList<string> Seeds => ["nowhere:1"];

        public Task<MetaProtocol.Reply?> AskAsync(MetaProtocol.Request request, TimeSpan timeout, CancellationToken cancellationToken)
            => Task.FromResult(answers[Math.Min(_next++, answers.Length - 1)]);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
