// What waits on a connection: bounded, in whole frames, urgent ones first.
using System.Buffers.Binary;
using Akka.Embedded.Remote;

namespace Akka.Embedded.Tests.Remote;

public class SendQueueTests
{
    private static readonly TransportLimits Limits = new(MaxFrameBytes: 4096, MaxPendingBytes: 10_000, MaxPendingFrames: 50, TimeSpan.FromSeconds(1));

    [Fact]
    public void Frames_leave_in_order_and_urgent_ones_first()
    {
        var queue = new SendQueue(Limits);
        for (byte i = 0; i < 10; i++)
            Assert.Equal(SendResult.Accepted, queue.Append(FrameLane.Ordinary, [i], [100, i]));
        queue.Append(FrameLane.Urgent, [99], default);
        var frames = Drain(queue);
        Assert.Equal([99], frames[0]);
        for (byte i = 0; i < 10; i++)
            Assert.Equal([i, 100, i], frames[i + 1]);
        Assert.True(queue.IsEmpty);
        Assert.Equal(0, queue.PendingBytes);
    }

    [Fact]
    public void Bytes_and_frames_are_bounded_and_come_free_when_written()
    {
        var queue = new SendQueue(Limits);
        var accepted = 0;
        while (queue.Append(FrameLane.Ordinary, new byte[900], default) == SendResult.Accepted)
            accepted++;
        Assert.Equal(11, accepted);
        Assert.True(queue.PendingBytes <= Limits.MaxPendingBytes);
        Assert.Equal(SendResult.Full, queue.Append(FrameLane.Ordinary, new byte[900], default));
        Assert.Equal(SendResult.Accepted, queue.Append(FrameLane.Urgent, new byte[900], default));
        Drain(queue);
        Assert.Equal(SendResult.Accepted, queue.Append(FrameLane.Ordinary, new byte[900], default));
        Drain(queue);

        accepted = 0;
        while (queue.Append(FrameLane.Ordinary, [1], default) == SendResult.Accepted)
            accepted++;
        Assert.Equal(Limits.MaxPendingFrames, accepted);
    }

    [Fact]
    public void Too_large_a_frame_is_refused_and_the_largest_is_not()
    {
        var queue = new SendQueue(Limits);
        Assert.Equal(SendResult.TooLarge, queue.Append(FrameLane.Ordinary, new byte[4000], new byte[97]));
        Assert.Equal(SendResult.TooLarge, queue.Append(FrameLane.Ordinary, default, default));
        Assert.Equal(SendResult.Accepted, queue.Append(FrameLane.Ordinary, new byte[4000], new byte[96]));
        Assert.Single(Drain(queue));
    }

    [Fact]
    public void The_urgent_lane_is_bounded_too()
    {
        var queue = new SendQueue(Limits);
        var bytes = 0;
        while (queue.Append(FrameLane.Urgent, new byte[4000], default) == SendResult.Accepted)
            bytes += 4000;
        Assert.InRange(bytes, 100_000, 300_000);
    }

    private static List<byte[]> Drain(SendQueue queue)
    {
        var frames = new List<byte[]>();
        while (true)
        {
            var lane = queue.IsUrgentNext ? FrameLane.Urgent : FrameLane.Ordinary;
            if (queue.Take() is not { } segment)
                return frames;
            var rest = segment.Buffer.AsSpan(0, segment.End);
            while (!rest.IsEmpty)
            {
                var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
                frames.Add(rest.Slice(4, length).ToArray());
                rest = rest[(4 + length)..];
            }

            queue.Release(segment, lane);
        }
    }
}
