// The engine's own messages on the wire: there and back, and never more than a typed exception from damaged bytes.
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Embedded.Serialization;
using Akka.Serialization;

namespace Akka.Embedded.Tests.Serialization;

public class EngineMessageSerializerTests : Akka.TestKit.Xunit2.TestKit
{
    private readonly IActorRef _actor;
    private readonly object[] _messages;

    public EngineMessageSerializerTests()
        : base("akka.loglevel = OFF")
    {
        _actor = Sys.ActorOf(Akka.TestKit.TestActors.BlackHoleActor.Props, "someone");
        var (one, two) = ((IInternalActorRef)_actor, (IInternalActorRef)TestActor);
        _messages =
        [
            "text with ünïcode", "", 42, -1, long.MinValue, new byte[] { 1, 2, 3 },
            PoisonPill.Instance, Kill.Instance, Done.Instance, _actor,
            new Identify(null), new Identify("id"), new Identify(7),
            new ActorIdentity("id", _actor), new ActorIdentity(null, null),
            new Status.Success(null), new Status.Success("ok"), new Status.Success(new Status.Success(5L)),
            new Status.Failure(new TimeoutException("late"), "state"),
            new Terminated(_actor, true, false), new Terminated(_actor, false, true),
            new ActorSelectionMessage("hi", [new SelectChildName("a"), SelectParent.Instance, new SelectChildPattern("b*")], true),
            new Watch(one, two), new Unwatch(one, two), new DeathWatchNotification(one, true, true), new Terminate(),
        ];
    }

    [Fact]
    public void What_is_written_reads_back_the_same()
    {
        foreach (var message in _messages)
        {
            var (bytes, serializer, manifest) = Write(message);
            var read = Sys.Serialization.Deserialize(bytes, serializer.Identifier, manifest);
            Assert.Equal(message.GetType(), read.GetType());
            // Written again it is the same, whether or not its type has equality.
            Assert.Equal(bytes, Write(read).Bytes);
        }
    }

    [Fact]
    public void The_documented_example_is_true()
    {
        var (bytes, serializer, manifest) = Write(new Status.Success("ok"));
        Assert.Equal((40, "S"), (serializer.Identifier, manifest));
        Assert.Equal("110153026F6B", Convert.ToHexString(bytes));
    }

    [Fact]
    public void No_manifest_and_no_byte_names_a_type()
    {
        foreach (var message in _messages)
        {
            var (bytes, _, manifest) = Write(message);
            Assert.InRange(manifest.Length, 0, 1);
            Assert.DoesNotContain("Akka.", Encoding.Latin1.GetString(bytes));
            Assert.DoesNotContain("System.", Encoding.Latin1.GetString(bytes));
        }
    }

    [Fact]
    public void A_failure_keeps_its_kind_and_its_words()
    {
        Exception[] causes =
        [
            new AskTimeoutException("a"), new TimeoutException("b"), new OperationCanceledException("c"), new InvalidOperationException("d"),
            new ArgumentException("e"), new ActorNotFoundException("f"),
        ];
        foreach (var cause in causes)
        {
            var read = Assert.IsType<Status.Failure>(ThereAndBack(new Status.Failure(cause))).Cause;
            Assert.Equal((cause.GetType(), cause.Message), (read.GetType(), read.Message));
        }

        var other = Assert.IsType<Status.Failure>(ThereAndBack(new Status.Failure(new IOException(new string('x', 10_000))))).Cause;
        Assert.Equal(2048, Assert.IsType<RemoteFailureException>(other).Message.Length);
    }

    [Fact]
    public void A_message_without_a_binding_is_refused_where_it_is_sent()
    {
        var error = Assert.Throws<SerializationException>(() => Sys.Serialization.FindSerializerFor(new Unbound()));
        Assert.Contains("serialization-bindings", error.Message);
        Assert.Throws<SerializationException>(() => Sys.Serialization.Serialize(new Unbound()));
        Assert.Throws<SerializationException>(() => Write(new Status.Success(new Unbound())));
    }

    [Fact]
    public void A_serializer_that_needs_type_names_is_refused()
    {
        Sys.Serialization.AddSerializer("typed", new TypedSerializer((ExtendedActorSystem)Sys));
        var typed = new TypedSerializer((ExtendedActorSystem)Sys);
        Assert.Throws<SerializationException>(() => Akka.Serialization.Serialization.ManifestFor(typed, new Unbound()));
        Assert.Throws<SerializationException>(() => Sys.Serialization.Deserialize([], 501, typeof(string).AssemblyQualifiedName!));
    }

    [Fact]
    public void Of_several_bindings_the_closest_wins_in_whatever_order_they_were_made()
    {
        var (text, bytes) = (Sys.Serialization.FindSerializerFor("x"), Sys.Serialization.FindSerializerFor(Array.Empty<byte>()));
        foreach (var (type, serializer) in (IEnumerable<(Type, Serializer)>)[(typeof(Animal), text), (typeof(Dog), bytes), (typeof(IPet), text)])
            Sys.Serialization.AddSerializationMap(type, serializer);
        Assert.Same(bytes, Sys.Serialization.FindSerializerForType(typeof(Puppy)));
        Assert.Same(text, Sys.Serialization.FindSerializerForType(typeof(Animal)));
        Sys.Serialization.AddSerializationMap(typeof(Puppy), text);
        Assert.Same(text, Sys.Serialization.FindSerializerForType(typeof(Puppy)));
    }

    [Fact]
    public void Two_serializers_cannot_have_one_number() =>
        Assert.Throws<ArgumentException>(() => Sys.Serialization.AddSerializer("again", new Impostor((ExtendedActorSystem)Sys)));

    [Fact]
    public void Deep_nesting_is_refused_on_both_sides()
    {
        object message = "core";
        for (var i = 0; i < EngineMessageSerializer.MaxNesting; i++)
            message = new Status.Success(message);
        var fits = Write(message);
        Sys.Serialization.Deserialize(fits.Bytes, fits.Serializer.Identifier, fits.Manifest);
        Assert.Throws<WireFormatException>(() => Write(new Status.Success(message)));
        var bytes = fits.Bytes;
        for (var i = 0; i < 1_000; i++)
            bytes = [40, 1, (byte)'S', .. Length(bytes.Length), .. bytes];
        Assert.Throws<WireFormatException>(() => Sys.Serialization.Deserialize(bytes, 40, "S"));
    }

    [Fact]
    public void Truncated_bytes_are_refused()
    {
        foreach (var message in _messages.Where(m => m is not (string or byte[])))
        {
            var (bytes, serializer, manifest) = Write(message);
            for (var length = 0; length < bytes.Length; length++)
                Assert.Throws<WireFormatException>(() => Sys.Serialization.Deserialize(bytes[..length], serializer.Identifier, manifest));
            if (message is not IActorRef)
                Assert.Throws<WireFormatException>(() => Sys.Serialization.Deserialize([.. bytes, 0], serializer.Identifier, manifest));
        }
    }

    [Fact]
    public void A_length_is_not_believed()
    {
        byte[] huge = [0xFF, 0xFF, 0xFF, 0xFF, 0x07];
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var manifest in (string[])["R", "T", "W", "N"])
            Assert.Throws<WireFormatException>(() => Sys.Serialization.Deserialize([.. huge, 1, 2, 3], 40, manifest));
        Assert.Throws<WireFormatException>(() => Sys.Serialization.Deserialize([1, .. huge, 1, 2, 3], 40, "N"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        Assert.Throws<WireFormatException>(() => Sys.Serialization.Deserialize([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], 40, "R"));
    }

    [Theory]
    [InlineData(17, "S", new byte[] { 0xC3, 0x28 })]
    [InlineData(17, "I", new byte[] { 1, 2, 3 })]
    [InlineData(17, "L", new byte[] { 1, 2, 3, 4 })]
    [InlineData(17, "X", new byte[] { })]
    [InlineData(40, "?", new byte[] { })]
    [InlineData(40, "", new byte[] { })]
    [InlineData(40, "R", new byte[] { 2, 0xC3, 0x28 })]
    public void Garbage_is_refused(int serializer, string manifest, byte[] bytes) =>
        Assert.Throws<WireFormatException>(() => Sys.Serialization.Deserialize(bytes, serializer, manifest));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Damaged_messages_are_read_or_refused_and_nothing_else(int seed)
    {
        var random = new Random(seed);
        var samples = _messages.Select(Write).ToList();
        for (var i = 0; i < 20_000; i++)
        {
            var (bytes, serializer, manifest) = samples[random.Next(samples.Count)];
            var damaged = (byte[])bytes.Clone();
            for (var flips = random.Next(1, 4); flips > 0 && damaged.Length > 0; flips--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            var error = Record.Exception(() => Sys.Serialization.Deserialize(damaged, serializer.Identifier, manifest));
            Assert.True(error is null or SerializationException, $"seed {seed}, manifest {manifest}, {Convert.ToHexString(damaged)}: {error}");
        }
    }

    private (byte[] Bytes, Serializer Serializer, string Manifest) Write(object message)
    {
        var serializer = Sys.Serialization.FindSerializerFor(message);
        return (Sys.Serialization.Serialize(message), serializer, Akka.Serialization.Serialization.ManifestFor(serializer, message));
    }

    private object ThereAndBack(object message)
    {
        var (bytes, serializer, manifest) = Write(message);
        return Sys.Serialization.Deserialize(bytes, serializer.Identifier, manifest);
    }

    private static byte[] Length(int value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }

    private interface IPet
    {
    }

    private class Animal
    {
    }

    private class Dog : Animal, IPet
    {
    }

    private sealed class Puppy : Dog
    {
    }

    private sealed class Unbound
    {
    }

    private sealed class TypedSerializer(ExtendedActorSystem system) : Serializer(system)
    {
        public override int Identifier => 501;

        public override bool IncludeManifest => true;

        public override byte[] ToBinary(object obj) => [];

        public override object FromBinary(byte[] bytes, Type? type) => "";
    }

    private sealed class Impostor(ExtendedActorSystem system) : Serializer(system)
    {
        public override int Identifier => 40;

        public override bool IncludeManifest => false;

        public override byte[] ToBinary(object obj) => [];

        public override object FromBinary(byte[] bytes, Type? type) => "";
    }
}
