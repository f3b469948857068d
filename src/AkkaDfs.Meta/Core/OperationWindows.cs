// Which operations of which client were applied, and what their answers were: so that a retry is answered and not applied.
// Bounded per client and in all. What falls out of a window raises its floor: an operation below the floor is refused, never
// applied again. Clients are forgotten in the order in which they last changed something.

using System.Runtime.InteropServices;
using AkkaDfs.Shared;

namespace AkkaDfs.Meta.Core;

/// <summary>What is known of an operation that a client sends.</summary>
internal enum OperationState
{
    /// <summary>Not seen: apply it.</summary>
    New,

    /// <summary>Applied: answer it again.</summary>
    Repeated,

    /// <summary>Below the window: applied at most once, and its answer is forgotten.</summary>
    Forgotten,
}

/// <summary>The windows of all clients.</summary>
internal sealed class OperationWindows
{
    /// <summary>Most answers kept for one client that does not say which ones it has.</summary>
    internal const int MaxPerClient = 1024;

    /// <summary>Most clients remembered.</summary>
    internal const int MaxClients = 65_536;

    /// <summary>Most answers kept for all clients together.</summary>
    internal const int MaxTotal = 1_048_576;

    private readonly Dictionary<Guid, LinkedListNode<Window>> _windows = [];
    private readonly LinkedList<Window> _oldestFirst = new();
    private int _total;

    /// <summary>Looks an operation up.</summary>
    public OperationState Find(OperationId operation, out OperationOutcome outcome)
    {
        outcome = default;
        if (!_windows.TryGetValue(operation.Client, out var node))
        {
            return OperationState.New;
        }

        var window = node.Value;
        var at = window.IndexOf(operation.Counter);
        if (at >= 0)
        {
            outcome = window.Answers[at].Outcome;
            return OperationState.Repeated;
        }

        return operation.Counter < Math.Max(window.Floor, window.LiveFloor) ? OperationState.Forgotten : OperationState.New;
    }

    /// <summary>Notes what a client says it has been answered; not durable, so that requests that change nothing count too.</summary>
    public void NoteAnswered(Guid client, ulong below)
    {
        if (below > 0 && _windows.TryGetValue(client, out var node))
        {
            node.Value.LiveFloor = Math.Max(node.Value.LiveFloor, below);
        }
    }

    internal void Apply(OperationDone done)
    {
        var node = Touch(done.Operation.Client);
        var window = node.Value;
        var at = window.IndexOf(done.Operation.Counter);
        if (at < 0)
        {
            window.Answers.Insert(~at, (done.Operation.Counter, done.Outcome));
            _total++;
        }

        Forget(window, window.CountBelow(done.AnsweredBelow), done.AnsweredBelow);
        var extra = window.Answers.Count - MaxPerClient;
        if (extra > 0)
        {
            Forget(window, extra, window.Answers[extra - 1].Counter + 1);
        }

        while (_windows.Count > MaxClients || (_total > MaxTotal && _windows.Count > 1))
        {
            var oldest = _oldestFirst.First!.Value;
            _total -= oldest.Answers.Count;
            _windows.Remove(oldest.Client);
            _oldestFirst.RemoveFirst();
        }
    }

    internal void Apply(ClientImage image)
    {
        var window = Touch(image.Client).Value;
        window.Floor = image.Floor;
        window.Answers.AddRange(image.Outcomes);
        _total += image.Outcomes.Count;
    }

    internal IEnumerable<ClientImage> Images()
        => _oldestFirst.Select(w => new ClientImage(w.Client, w.Floor, w.Answers.ToArray()));

    private LinkedListNode<Window> Touch(Guid client)
    {
        ref var node = ref CollectionsMarshal.GetValueRefOrAddDefault(_windows, client, out _);
        if (node is null)
        {
            node = _oldestFirst.AddLast(new Window(client));
        }
        else if (node != _oldestFirst.Last)
        {
            _oldestFirst.Remove(node);
            _oldestFirst.AddLast(node);
        }

        return node;
    }

    private void Forget(Window window, int count, ulong floor)
    {
        window.Answers.RemoveRange(0, count);
        window.Floor = Math.Max(window.Floor, floor);
        _total -= count;
    }

    private sealed class Window(Guid client)
    {
        internal Guid Client { get; } = client;

        internal List<(ulong Counter, OperationOutcome Outcome)> Answers { get; } = [];

        internal ulong Floor { get; set; }

        internal ulong LiveFloor { get; set; }

        internal int IndexOf(ulong counter)
        {
            // Counters arrive nearly in order: look at the end first.
            if (Answers.Count == 0 || Answers[^1].Counter < counter)
            {
                return ~Answers.Count;
            }

            var at = CountBelow(counter);
            return at < Answers.Count && Answers[at].Counter == counter ? at : ~at;
        }

        internal int CountBelow(ulong counter)
        {
            int low = 0, high = Answers.Count;
            while (low < high)
            {
                var middle = (low + high) >>> 1;
                if (Answers[middle].Counter < counter)
                {
                    low = middle + 1;
                }
                else
                {
                    high = middle;
                }
            }

            return low;
        }
    }
}
