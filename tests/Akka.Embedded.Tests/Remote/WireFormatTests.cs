// The bytes of frames: what is written comes back, and nothing that comes from outside can throw or allocate much.
using Akka.Actor;
using Akka.Embedded.Remote.Wire;

namespace Akka.Embedded.Tests.Remote;

public class WireFormatTests
{
    [Fact]
    public void Numbers_and_texts_come_back()
    {
        var buffer = new FrameBuffer(4);
        long[] signed = [0, 1, -1, 63, 64, -64, -65, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue];
        ulong[] unsigned = [0, 1, 127, 128, 16_383, 16_384, uint.MaxValue, ulong.MaxValue];
        string[] texts = ["", "a", new string('x', 50), new string('ü', 300), "日本語"];
        foreach (var number in signed)
            buffer.Signed(number);
        foreach (var number in unsigned)
            buffer.Varint(number);
        foreach (var text in texts)
            buffer.Text(text);
        buffer.OptionalText(null);
        buffer.OptionalText("there");
        buffer.Fixed32(-5);
        buffer.Fixed64(long.MinValue);
        buffer.Double(0.1);
        buffer.Bool(true);

        var reader = new FrameReader(buffer.Span);
        foreach (var number in signed)
            Assert.Equal(number, reader.Signed());
        foreach (var number in unsigned)
            Assert.Equal(number, reader.Varint());
        foreach (var text in texts)
            Assert.Equal(text, reader.Text());
        Assert.Null(reader.OptionalText());
        Assert.Equal("there", reader.OptionalText());
        Assert.Equal(-5, reader.Fixed32());
        Assert.Equal(long.MinValue, reader.Fixed64());
        Assert.Equal(0.1, reader.Double());
        Assert.True(reader.Bool());
        Assert.True(reader.AtEnd);
        Assert.False(reader.Failed);
    }

    [Fact]
    public void Every_prefix_of_a_frame_fails_and_none_throws()
    {
        var buffer = new FrameBuffer();
        buffer.Varint(300);
        buffer.Text("a name");
        buffer.Fixed64(1);
        for (var length = 0; length < buffer.Length; length++)
        {
            var reader = new FrameReader(buffer.Span[..length]);
            reader.Varint();
            reader.Text();
            reader.Fixed64();
            Assert.True(reader.Failed);
        }
    }

    [Fact]
    public void A_length_beyond_the_end_is_refused_before_anything_is_allocated()
    {
        var buffer = new FrameBuffer();
        buffer.Varint(int.MaxValue);
        var reader = new FrameReader(buffer.Span);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(string.Empty, reader.Text());
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1024);
        Assert.True(reader.Failed);
    }

    [Fact]
    public void A_number_of_more_than_64_bits_is_refused()
    {
        var reader = new FrameReader([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02]);
        reader.Varint();
        Assert.True(reader.Failed);
    }

    [Fact]
    public void Random_bytes_are_read_as_heads_of_messages_without_harm()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var names = new InboundNames();
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(60)];
            random.NextBytes(bytes);
            var reader = new FrameReader(bytes);
            var fault = MessageFrame.ReadHead(ref reader, names, out var head);
            Assert.True(fault is not null || head.Recipient is not null, $"seed {seed}");
        }
    }

    [Fact]
    public void A_greeting_comes_back_and_a_foreign_one_is_refused()
    {
        var greeting = new Greeting(42, Address.Parse("akka.tcp://a@h1:1"), Address.Parse("akka.tcp://b@h2:2"));
        var buffer = new FrameBuffer();
        Handshake.Write(buffer, FrameKind.Hello, greeting);
        var reader = new FrameReader(buffer.Span);
        Assert.Equal((byte)FrameKind.Hello, reader.Byte());
        Assert.Null(Handshake.Read(ref reader, out var read));
        Assert.Equal(greeting, read);

        var other = buffer.Span.ToArray();
        other[5] = Handshake.Version + 1;
        reader = new FrameReader(other.AsSpan(1));
        Assert.Equal(ByeReason.WrongVersion, Handshake.Read(ref reader, out _)!.Value.Reason);
        reader = new FrameReader("GET / HTTP/1.1\r\n"u8);
        Assert.NotNull(Handshake.Read(ref reader, out _));
    }
}
