// The shell: a directory of its own, words with blanks, history, completion, and scripts from a pipe.

using AkkaDfs.Client.Commands;
using AkkaDfs.Client.Shell;
using AkkaDfs.Client.Tests.Fakes;

namespace AkkaDfs.Client.Tests.Shell;

public sealed class ShellTests
{
    private readonly FakeCluster _cluster = new();
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private readonly MemoryStream _bytes = new();
    private int _connections;

    [Fact]
    public async Task Commands_come_from_a_pipe_and_share_one_client_and_a_directory()
    {
        var exitCode = await ScriptAsync(
            """
            # a comment

            mkdir -p /d/'two words'
            cd /d
            append "two words/log" --text hello -q
            pwd
            ls
            cd 'two words'
            cat log
            cd ..
            mv "two words/log" ./moved
            ls -R
            """);
        Assert.Equal("", _error.ToString());
        Assert.Equal(0, exitCode);
        Assert.Equal("/d\ntwo words\n/d:\nmoved\ntwo words\n\n/d/two words:\n", _out.ToString());
        Assert.Equal("hello\n", System.Text.Encoding.UTF8.GetString(_bytes.ToArray()));
        Assert.Equal(1, _connections);
    }

    [Fact]
    public async Task A_failure_does_not_end_a_script_but_shows_in_its_exit_code()
    {
        Assert.Equal(3, await ScriptAsync("cat /nope\nmkdir /d\nls\n"));
        Assert.Contains("FILE_NOT_FOUND", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal("d\n", _out.ToString());
        Assert.Equal(2, await ScriptAsync("ls 'open"));
        Assert.Equal(2, await ScriptAsync("nonsense"));
        Assert.Equal(2, await ScriptAsync("shell"));
        Assert.Equal(1, await ScriptAsync("append /f --text x -q\ncd /f"));
        Assert.Equal(0, await ScriptAsync("exit\ncat /nope"));
    }

    [Fact]
    public async Task Help_lists_verbs_and_what_only_the_shell_has()
    {
        await ScriptAsync("help\nhelp put");
        var text = _out.ToString();
        Assert.Contains("  tracker ", text, StringComparison.Ordinal);
        Assert.Contains("  lcd PATH", text, StringComparison.Ordinal);
        Assert.Contains("--verify", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_edit_recall_and_complete()
    {
        await using var client = _cluster.Client();
        await client.MakeDirectoryAsync("/alpha/beta", makeParents: true);
        var terminal = new FakeTerminal();
        terminal.Type("ls /a\tb\t\n");
        terminal.Type("mkdir /alpha/x").Press(ConsoleKey.LeftArrow).Press(ConsoleKey.Backspace).Type("/new-").Press(ConsoleKey.Enter);
        terminal.Press(ConsoleKey.UpArrow).Press(ConsoleKey.U, control: true).Type("ls /alpha\n");
        terminal.Press(ConsoleKey.UpArrow).Press(ConsoleKey.UpArrow).Press(ConsoleKey.UpArrow).Press(ConsoleKey.DownArrow).Press(ConsoleKey.DownArrow).Press(ConsoleKey.Enter);
        terminal.Type("rubbish").Press(ConsoleKey.C, control: true);
        terminal.Press(ConsoleKey.D, control: true);
        var history = new History(null);
        var session = Session(history);
        Assert.Equal(0, await session.RunInteractiveAsync(terminal, CancellationToken.None));
        Assert.Equal("", _error.ToString());
        Assert.Equal(["ls /alpha/beta/", "mkdir /alpha/new-x", "ls /alpha"], history.Lines);
        Assert.EndsWith("beta\nnew-x\nbeta\nnew-x\n", _out.ToString(), StringComparison.Ordinal);
        Assert.Contains("dfs:/> ", terminal.Screen.ToString(), StringComparison.Ordinal);
        Assert.False(terminal.IsEditing);
    }

    [Fact]
    public async Task Tab_completes_verbs_options_and_shows_choices()
    {
        await using var client = _cluster.Client();
        await client.MakeDirectoryAsync("/dir one");
        await client.MakeDirectoryAsync("/dir two");
        var context = Context();
        var completer = new ShellCompleter(context, () => Task.FromResult<IDfsClient>(client), new Dictionary<string, string> { ["cd"] = "" });
        Assert.Equal("tracker ", (await completer.CompleteAsync("trac")).Replacement);
        Assert.Equal(["cat", "cd", "corrupt"], (await completer.CompleteAsync("c")).Choices);
        Assert.Equal("--recursive ", (await completer.CompleteAsync("rm --rec")).Replacement);
        Assert.Equal("'dir ", (await completer.CompleteAsync("ls d")).Replacement);
        Assert.Equal(["dir one/", "dir two/"], (await completer.CompleteAsync("ls 'dir ")).Choices);
        Assert.Equal("'dir two/'", (await completer.CompleteAsync("ls 'dir t")).Replacement);
        Assert.Null((await completer.CompleteAsync("ls /nowhere/x")).Replacement);
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.At("local.txt"), "x");
        Assert.Equal(folder.At("local.txt") + " ", (await completer.CompleteAsync($"put {folder.At("lo")}")).Replacement);
    }

    [Fact]
    public void History_is_kept_in_its_file_and_lives_without_one()
    {
        using var folder = new TemporaryFolder();
        var history = new History(folder.At("state", "history"));
        history.Add("one");
        history.Add("one");
        history.Add(" secret");
        history.Add("two");
        Assert.Equal(["one", "two"], new History(folder.At("state", "history")).Lines);
        var homeless = new History("/proc/none/history");
        homeless.Add("x");
        Assert.Equal(["x"], homeless.Lines);
    }

    private async Task<int> ScriptAsync(string script)
        => await Session(new History(null)).RunScriptAsync(new StringReader(script), CancellationToken.None);

    private ShellSession Session(History history) => new(
        Context(),
        _ =>
        {
            _connections++;
            return Task.FromResult<IDfsClient>(_cluster.Client());
        },
        history);

    private CommandContext Context() => new()
    {
        Out = _out,
        Error = _error,
        OpenInput = () => new MemoryStream(),
        OpenOutput = () => new Undisposed(_bytes),
        Connect = (_, _) => throw new InvalidOperationException("the shell has its own client"),
    };

    private sealed class Undisposed(Stream inner) : MemoryStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
            => await inner.WriteAsync(buffer, cancellationToken);
    }

    private sealed class FakeTerminal : ITerminal
    {
        private readonly Queue<ConsoleKeyInfo> _keys = [];

        public System.Text.StringBuilder Screen { get; } = new();

        public int Width => 80;

        public bool IsEditing { get; set; }

        public FakeTerminal Type(string text)
        {
            foreach (var c in text)
            {
                _keys.Enqueue(c switch
                {
                    '\n' => new ConsoleKeyInfo('\r', ConsoleKey.Enter, false, false, false),
                    '\t' => new ConsoleKeyInfo('\t', ConsoleKey.Tab, false, false, false),
                    _ => new ConsoleKeyInfo(c, ConsoleKey.None, false, false, false),
                });
            }

            return this;
        }

        public FakeTerminal Press(ConsoleKey key, bool control = false)
        {
            _keys.Enqueue(new ConsoleKeyInfo(control ? (char)(key - ConsoleKey.A + 1) : '\0', key, false, false, control));
            return this;
        }

        public ConsoleKeyInfo ReadKey() => _keys.Dequeue();

        public void Write(string text) => Screen.Append(text);
    }
}
