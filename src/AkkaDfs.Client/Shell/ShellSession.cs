// The interactive shell: the same verbs as the command line, one client for all of them, a remote working directory, history
// and completion. From a pipe it reads commands line by line, without prompt.

using System.CommandLine;
using AkkaDfs.Client.Commands;
using AkkaDfs.Client.Core;
using AkkaDfs.Shared;
using AkkaDfs.Shared.Protocol;

namespace AkkaDfs.Client.Shell;

/// <summary>One session.</summary>
internal sealed class ShellSession
{
    private static readonly string[] NotHere = ["shell", "up", "demo", "simulate", "node"];

    private readonly CommandContext _context;
    private readonly Func<CancellationToken, Task<IDfsClient>> _connect;
    private readonly History _history;
    private readonly Dictionary<string, string> _builtIns = new()
    {
        ["cd"] = "cd [PATH]        change the remote directory; without PATH to /",
        ["pwd"] = "pwd              print the remote directory",
        ["lcd"] = "lcd PATH         change the local folder, where put and get start",
        ["lpwd"] = "lpwd             print the local folder",
        ["history"] = "history          print what was typed before",
        ["help"] = "help [VERB]      this list, or the help of a verb",
        ["exit"] = "exit             leave (also quit, or Ctrl+D)",
        ["quit"] = "quit             leave",
    };

    private int _lastFailure;

    public ShellSession(CommandContext context, Func<CancellationToken, Task<IDfsClient>> connect, History history)
    {
        _context = context;
        _connect = connect;
        _history = history;
    }

    /// <summary>Reads commands from a terminal until the user leaves.</summary>
    public async Task<int> RunInteractiveAsync(ITerminal terminal, CancellationToken cancellationToken)
    {
        var completer = new ShellCompleter(_context, () => ClientAsync(cancellationToken), _builtIns);
        var editor = new LineEditor(terminal, _history, completer.CompleteAsync);
        _context.Out.WriteLine("AkkaDfs shell: Tab completes, Up recalls, help lists what there is, exit leaves.");
        while (!cancellationToken.IsCancellationRequested)
        {
            await _context.Out.FlushAsync(cancellationToken).ConfigureAwait(false);
            var line = await editor.ReadLineAsync($"dfs:{_context.RemoteDirectory}> ").ConfigureAwait(false);
            if (line is null || !await RunLineAsync(line, cancellationToken).ConfigureAwait(false))
            {
                break;
            }
        }

        return ExitCodes.Ok;
    }

    /// <summary>Reads commands from a pipe or file.</summary>
    /// <returns>0, or the exit code of the last command that failed.</returns>
    public async Task<int> RunScriptAsync(TextReader input, CancellationToken cancellationToken)
    {
        while (await input.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (!await RunLineAsync(line, cancellationToken).ConfigureAwait(false))
            {
                break;
            }
        }

        return _lastFailure;
    }

    // False when the user wants to leave.
    private async Task<bool> RunLineAsync(string line, CancellationToken cancellationToken)
    {
        var split = ShellWords.Split(line);
        if (split.OpenQuote != '\0')
        {
            _context.Error.WriteLine($"dfs: a {split.OpenQuote} is not closed. Close it, or write \\{split.OpenQuote} for the character itself.");
            _lastFailure = ExitCodes.Usage;
            return true;
        }

        if (split.Words.Count == 0)
        {
            return true;
        }

        _history.Add(line);
        if (split.Words[0] is "exit" or "quit")
        {
            return false;
        }

        var exitCode = await RunWordsAsync(split.Words, cancellationToken).ConfigureAwait(false);
        _lastFailure = exitCode == ExitCodes.Ok ? _lastFailure : exitCode;
        return true;
    }

    private async Task<int> RunWordsAsync(IReadOnlyList<string> words, CancellationToken session)
    {
        // Ctrl+C ends the command, not the session.
        using var command = CancellationTokenSource.CreateLinkedTokenSource(session);
        using var interrupts = _context.Signals?.Redirect(command.Cancel);
        try
        {
            if (_builtIns.ContainsKey(words[0]))
            {
                return await RunBuiltInAsync(words, command.Token).ConfigureAwait(false);
            }

            if (NotHere.Contains(words[0]))
            {
                _context.Error.WriteLine($"dfs: {words[0]} is not available inside the shell. Leave it with exit, then run dfs {words[0]}.");
                return ExitCodes.Usage;
            }

            await ClientAsync(command.Token).ConfigureAwait(false);
            return await DfsCommand.RunAsync(words, _context, command.Token).ConfigureAwait(false);
        }
        catch (DfsException e)
        {
            _context.Error.WriteLine($"dfs {words[0]}: {e.Message} [{Names.Upper(e.Code)} {(int)e.Code}]");
            return ExitCodes.Of(e.Code);
        }
        catch (OperationCanceledException) when (command.IsCancellationRequested)
        {
            _context.Error.WriteLine("dfs: interrupted.");
            return ExitCodes.Interrupted;
        }
    }

    private async Task<int> RunBuiltInAsync(IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        switch (words[0])
        {
            case "cd":
                return await ChangeDirectoryAsync(words.Count > 1 ? words[1] : RemotePath.Root, cancellationToken).ConfigureAwait(false);
            case "pwd":
                _context.Out.WriteLine(_context.RemoteDirectory);
                return ExitCodes.Ok;
            case "lcd":
                return ChangeLocalFolder(words.Count > 1 ? words[1] : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
            case "lpwd":
                _context.Out.WriteLine(Environment.CurrentDirectory);
                return ExitCodes.Ok;
            case "history":
                foreach (var line in _history.Lines)
                {
                    _context.Out.WriteLine(line);
                }

                return ExitCodes.Ok;
            default:
                return await HelpAsync(words, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<int> ChangeDirectoryAsync(string path, CancellationToken cancellationToken)
    {
        var target = _context.Remote(path);
        var client = await ClientAsync(cancellationToken).ConfigureAwait(false);
        var status = await client.StatAsync(target, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (status.Kind != NodeKind.Directory)
        {
            throw new DfsException(DfsErrorCode.NotADirectory, $"{target} is not a directory. See what is there with ls {RemotePath.ParentOf(target)}.");
        }

        _context.RemoteDirectory = target;
        return ExitCodes.Ok;
    }

    private int ChangeLocalFolder(string path)
    {
        if (!Directory.Exists(path))
        {
            _context.Error.WriteLine($"dfs lcd: {Path.GetFullPath(path)} is not a folder on this machine.");
            return ExitCodes.Failed;
        }

        Environment.CurrentDirectory = Path.GetFullPath(path);
        return ExitCodes.Ok;
    }

    private async Task<int> HelpAsync(IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        if (words.Count > 1)
        {
            return await DfsCommand.RunAsync([words[1], "--help"], _context, cancellationToken).ConfigureAwait(false);
        }

        foreach (var verb in _context.Root.Subcommands.Where(c => !c.Hidden && !NotHere.Contains(c.Name)))
        {
            _context.Out.WriteLine($"  {verb.Name,-16} {verb.Description}");
        }

        foreach (var builtIn in _builtIns.Values)
        {
            _context.Out.WriteLine("  " + builtIn);
        }

        return ExitCodes.Ok;
    }

    private async Task<IDfsClient> ClientAsync(CancellationToken cancellationToken)
        => _context.SharedClient ??= await _connect(cancellationToken).ConfigureAwait(false);
}
