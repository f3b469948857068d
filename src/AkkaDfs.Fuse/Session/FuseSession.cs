// Reads requests and has them answered. A handler runs on the reader's thread until it has to wait for the cluster; the answer is then
// written by whichever thread brings the cluster's. Every request is answered: in time by its handler, else by the watchdog.
//
//   Opening -> Serving -> Ended (the kernel has no mount any more, or the connection was closed)

using System.Collections.Concurrent;
using AkkaDfs.Fuse.Device;
using AkkaDfs.Fuse.Protocol;
using AkkaDfs.Shared;

namespace AkkaDfs.Fuse.Session;

/// <summary>Carries out a request; answers it in the end, or throws.</summary>
internal delegate ValueTask RequestHandler(FuseRequest request);

/// <summary>The conversation with the kernel over one device.</summary>
internal sealed class FuseSession : IDisposable
{
    private const int Readers = 2;
    private const int MostInFlight = 1024;
    private const int MostLargeInFlight = 64;
    private const int MostWaiting = 65_536;
    private const uint MaxReadAheadBytes = Wire.MaxWriteBytes;

    /// <summary>A handler that comes back this much later than its deadline is not waited for.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>Who gets a signal waits this long for the answer all the same: signals are everyday things, half done operations are not.</summary>
    private static readonly TimeSpan InterruptPatience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    private readonly FuseDevice _device;
    private readonly MountOptions _options;
    private readonly RequestHandler _handler;
    private readonly Action<string> _log;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<ulong, FuseRequest> _inFlight = new();
    private readonly SemaphoreSlim _room = new(MostInFlight, MostInFlight);
    private readonly SemaphoreSlim _largeRoom = new(MostLargeInFlight, MostLargeInFlight);
    private readonly SemaphoreSlim _waitRoom = new(MostWaiting, MostWaiting);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _watchdog;
    private int _readers = Readers;

    public FuseSession(FuseDevice device, MountOptions options, RequestHandler handler, Action<string> log, TimeProvider time)
    {
        (_device, _options, _handler, _log, _time) = (device, options, handler, log, time);
        _watchdog = time.CreateTimer(_ => Watch(), null, WatchInterval, WatchInterval);
    }

    public Buffers Buffers { get; } = new();

    /// <summary>What was agreed on with the kernel.</summary>
    public Negotiation Negotiation { get; private set; }

    /// <summary>Completed when the kernel asks no more.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Agrees with the kernel, then serves in the background.</summary>
    public void Start()
    {
        Negotiate();
        for (var i = 0; i < Readers; i++)
        {
            new Thread(ReadAll) { IsBackground = true, Name = "dfs-mount" }.Start();
        }
    }

    /// <summary>Writes one answer or notification.</summary>
    public void Send(ReadOnlySpan<byte> whole)
    {
        var result = _device.Write(whole);
        if (result < 0 && -result is not (Errno.NoEntry or Errno.GoneDevice or Errno.BadFile))
        {
            _log($"an answer of {whole.Length} bytes was refused by the kernel with error {-result}");
        }
    }

    /// <summary>Makes the kernel forget what it has of a node's attributes; its content stays until they are asked for.</summary>
    public void InvalidateAttributes(InodeId node) => Invalidate(node, -1);

    /// <summary>Makes the kernel forget what it has of a file's content. Never to be called before the answer to a write of that file.</summary>
    public void Invalidate(InodeId node) => Invalidate(node, 0);

    private void Invalidate(InodeId node, long offset)
    {
        Span<byte> whole = stackalloc byte[Wire.OutHeader + Wire.NotifyInode];
        whole.Clear();
        Wire.Put(whole, 0, whole.Length);
        Wire.Put(whole, 4, Wire.NotifyInvalidateInode);
        Wire.Put(whole, Wire.OutHeader, node.Value);
        Wire.Put(whole, Wire.OutHeader + 8, offset);
        Send(whole);
    }

    public void Dispose()
    {
        _watchdog.Dispose();
        foreach (var request in _inFlight.Values)
        {
            request.Answer(Errno.InputOutput);
            request.Cancel();
        }

        _device.Dispose();
    }

    private void Negotiate()
    {
        var buffer = Buffers.Rent(Wire.BufferBytes);
        try
        {
            while (true)
            {
                var length = _device.Read(buffer);
                if (length < Wire.InHeader)
                {
                    throw new DfsException(DfsErrorCode.VersionMismatch, $"The kernel did not begin the conversation on {FuseDevice.Path} (error {-length}).");
                }

                var body = buffer.AsSpan(Wire.InHeader, length - Wire.InHeader).ToArray();
                Span<byte> answer = stackalloc byte[Wire.OutHeader + Wire.InitOut];
                answer.Clear();
                Wire.Put(answer, 0, answer.Length);
                Wire.Put(answer, 8, Wire.U64(buffer, 8));
                if (Negotiation.IsNewerMajor(body))
                {
                    Wire.Put(answer, Wire.OutHeader, Negotiation.Major);
                    Send(answer);
                    continue;
                }

                Negotiation = Negotiation.With(body);
                Negotiation.Write(answer[Wire.OutHeader..], Math.Min(Wire.U32(body, 8), MaxReadAheadBytes));
                Send(answer);
                return;
            }
        }
        finally
        {
            Buffers.Return(buffer);
        }
    }

    private void ReadAll()
    {
        var buffer = Buffers.Rent(Wire.BufferBytes);
        while (true)
        {
            var length = _device.Read(buffer);
            if (length >= Wire.InHeader)
            {
                buffer = Take(buffer, length);
            }
            else if (-length is Errno.Interrupted or Errno.Again or Errno.NoEntry)
            {
                continue;
            }
            else
            {
                if (-length is not (Errno.GoneDevice or Errno.BadFile))
                {
                    _log($"the kernel ended the conversation with error {-length}");
                }

                break;
            }
        }

        if (Interlocked.Decrement(ref _readers) == 0)
        {
            _ended.TrySetResult();
        }
    }

    // Gives the buffer for the next reading: the same one if this request is small or needs no answer.
    private byte[] Take(byte[] buffer, int length)
    {
        switch ((Opcode)Wire.U32(buffer, 4))
        {
            case Opcode.Forget or Opcode.BatchForget:
                // A node's id is its inode's number, and nothing is kept per node: there is nothing to count.
                return buffer;
            case Opcode.Interrupt:
                OnInterrupt(Wire.U64(buffer, Wire.InHeader));
                return buffer;
        }

        var room = RoomFor(buffer, length);
        room.Wait();
        var mine = buffer;
        if (length <= Buffers.SmallBytes)
        {
            mine = Buffers.Rent(length);
            buffer.AsSpan(0, length).CopyTo(mine);
        }
        else
        {
            buffer = Buffers.Rent(Wire.BufferBytes);
        }

        var request = new FuseRequest(this, mine, length, _time.GetTimestamp());
        _inFlight[request.Unique] = request;
        var running = HandleAsync(request, room);
        if (running.IsFaulted)
        {
            _log($"a request could not be carried out: {running.Exception}");
        }

        return buffer;
    }

    // Those with large buffers are few, which bounds the memory. Lock waits have places of their own: what ends them must find room.
    private SemaphoreSlim RoomFor(byte[] buffer, int length)
    {
        const int SizeInRead = Wire.InHeader + 16;
        return (Opcode)Wire.U32(buffer, 4) switch
        {
            Opcode.SetLockWait => _waitRoom,
            Opcode.Read when length >= SizeInRead + sizeof(uint) && Wire.U32(buffer, SizeInRead) + Wire.OutHeader > Buffers.SmallBytes => _largeRoom,
            _ => length > Buffers.SmallBytes ? _largeRoom : _room,
        };
    }

    private async Task HandleAsync(FuseRequest request, SemaphoreSlim room)
    {
        try
        {
            await _handler(request).ConfigureAwait(false);
        }
        catch (DfsException e)
        {
            var error = Errno.Of(e.Code);
            if (error == Errno.InputOutput)
            {
                _log($"{request.Opcode} of node {request.Node}: {e.Error}");
            }

            request.Answer(error);
        }
        catch (OperationCanceledException)
        {
            request.Answer(Errno.Interrupted);
        }
        catch (Exception e)
        {
            // Whoever asked must not hang for ever because of a mistake here: he gets EIO, and the log all of it.
            _log($"{request.Opcode} of node {request.Node} failed: {e}");
            request.Answer(Errno.InputOutput);
        }
        finally
        {
            _inFlight.TryRemove(request.Unique, out _);
            request.Dispose();
            room.Release();
        }
    }

    private void OnInterrupt(ulong unique)
    {
        if (!_inFlight.TryGetValue(unique, out var request))
        {
            return;
        }

        request.InterruptedAt = _time.GetTimestamp();
        if (request.IsPatient)
        {
            Cancel(request);
        }
    }

    private void Watch()
    {
        foreach (var request in _inFlight.Values)
        {
            var age = _time.GetElapsedTime(request.ArrivedAt);
            if (!request.IsPatient && _options.Deadline != Timeout.InfiniteTimeSpan && age > _options.Deadline + Grace && !request.IsAnswered)
            {
                _log($"{request.Opcode} of node {request.Node} was not answered in {age.TotalSeconds:0} s: it fails");
                request.Answer(Errno.InputOutput);
                Cancel(request);
            }
            else if (request.InterruptedAt != 0 && _time.GetElapsedTime(request.InterruptedAt) > InterruptPatience)
            {
                Cancel(request);
            }
        }
    }

    private static void Cancel(FuseRequest request)
    {
        try
        {
            request.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just been answered.
            return;
        }
    }
}
