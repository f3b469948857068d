// Every record of the control plane goes out and comes back equal, under a manifest that is documented; garbage is refused.

using System.Collections;
using System.Reflection;
using System.Runtime.Serialization;
using Akka.Actor;
using AkkaDfs.Shared.Protocol;
using Xunit;

namespace AkkaDfs.Shared.Tests.Protocol;

public sealed class DfsSerializerTests : IDisposable
{
    private readonly ActorSystem _system = ActorSystem.Create("serializer-tests");

    public static TheoryData<Type> Records => [.. DfsSerializer.RecordTypes.OrderBy(t => t.FullName, StringComparer.Ordinal)];

    private DfsSerializer Serializer => new((ExtendedActorSystem)_system);

    [Theory]
    [MemberData(nameof(Records))]
    public void Record_comes_back_equal(Type record)
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var sent = new RecordSource(seed).Make(record);
            var manifest = Serializer.Manifest(sent);
            var received = Serializer.FromBinary(Serializer.ToBinary(sent), manifest);
            Assert.IsType(record, received);
            Assert.Equal(Print(sent), Print(received));
        }
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void Damaged_bytes_are_refused_or_read_but_never_crash(Type record)
    {
        var random = new Random(7);
        var sent = new RecordSource(3).Make(record);
        var manifest = Serializer.Manifest(sent);
        var bytes = Serializer.ToBinary(sent);
        for (var i = 0; i < 200; i++)
        {
            var damaged = bytes[..random.Next(bytes.Length + 1)];
            if (damaged.Length > 0)
            {
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            }

            var error = Xunit.Record.Exception(() => Serializer.FromBinary(damaged, manifest));
            Assert.True(error is null or SerializationException, error?.ToString());
        }
    }

    [Fact]
    public void Unknown_manifest_is_refused_with_what_to_do()
    {
        var error = Assert.Throws<SerializationException>(() => Serializer.FromBinary([1, 2, 3], "m999"));
        Assert.Contains("m999", error.Message, StringComparison.Ordinal);
        Assert.Contains("upgrade", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_are_not_UTF8_come_back_exactly()
    {
        var name = PathText.FromBytes([0x61, 0xFF, 0xFE, 0xC3, 0xA4, 0x80]);
        var sent = new MetaProtocol.GetStatus(PathRef.Absolute("/" + name));
        var received = (MetaProtocol.GetStatus)Serializer.FromBinary(Serializer.ToBinary(sent), Serializer.Manifest(sent));
        Assert.Equal("/" + name, received.Target.Path);
        Assert.Equal([0x61, 0xFF, 0xFE, 0xC3, 0xA4, 0x80], PathText.ToBytes(name));
    }

    [Fact]
    public void Foreign_message_is_refused()
        => Assert.Throws<SerializationException>(() => Serializer.ToBinary("not part of the protocol"));

    [Fact]
    public void Every_message_of_the_protocols_has_a_codec()
    {
        var roots = new[]
        {
            typeof(MetaProtocol.Request), typeof(MetaProtocol.Reply), typeof(ServerProtocol.ToMeta), typeof(ServerProtocol.ToServer),
        };
        var messages = typeof(MetaProtocol).Assembly.GetTypes().Where(t => !t.IsAbstract && roots.Any(r => r.IsAssignableFrom(t)));
        Assert.Empty(messages.Except(DfsSerializer.RecordTypes));
    }

    [Fact]
    public void A_page_over_the_limit_is_refused_by_the_sender()
    {
        var row = new MetaProtocol.TrackerRow(
            new string('p', 4000), new ChunkId(1), 0, Generation.First, new ServerId(1), new DataEndpoint("h", 1), new string('q', 4000), true, ReplicaState.Live);
        Assert.Throws<SerializationException>(() => Serializer.ToBinary(new MetaProtocol.TrackerPage([.. Enumerable.Repeat(row, 400)], string.Empty)));
    }

    // Records compare lists by reference; their printed form shows what is in them.
    private static string Print(object? value) => value switch
    {
        null => "null",
        string or ValueType { } and not IEnumerable => value.ToString() ?? string.Empty,
        IEnumerable list => $"[{string.Join(", ", list.Cast<object>().Select(Print))}]",
        _ => $"{value.GetType().Name}({string.Join(", ", value.GetType().GetProperties().Select(p => $"{p.Name}: {Print(p.GetValue(value))}"))})",
    };

    public void Dispose() => _system.Terminate().Wait(TimeSpan.FromSeconds(10));

    /// <summary>Makes records with every field set, by reflection, from a seed.</summary>
    private sealed class RecordSource(int seed)
    {
        private readonly Random _random = new(seed);

        internal object Make(Type type)
        {
            if (Simple(type) is { } simple)
            {
                return simple;
            }

            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            {
                var element = type.GetGenericArguments()[0];
                var list = Array.CreateInstance(element, _random.Next(1, 4));
                for (var i = 0; i < list.Length; i++)
                {
                    list.SetValue(Make(element), i);
                }

                return list;
            }

            var constructor = type.GetConstructors(BindingFlags.Public | BindingFlags.Instance).OrderByDescending(c => c.GetParameters().Length).First();
            var made = constructor.Invoke([.. constructor.GetParameters().Select(p => Make(p.ParameterType))]);
            foreach (var property in type.GetProperties().Where(p => p.SetMethod is { IsPublic: true } && p.Name != "EqualityContract"))
            {
                if (!constructor.GetParameters().Any(p => string.Equals(p.Name, property.Name, StringComparison.Ordinal)))
                {
                    property.SetValue(made, Make(property.PropertyType));
                }
            }

            return made;
        }

        private object? Simple(Type type) => Nullable.GetUnderlyingType(type) is { } inner ? Simple(inner)
            : type.IsEnum ? Enum.GetValues(type).GetValue(_random.Next(Enum.GetValues(type).Length))
            : type == typeof(string) ? "täxt " + _random.Next(1000)
            : type == typeof(byte[]) ? new byte[] { (byte)_random.Next(256), 0, 255 }
            : type == typeof(bool) ? _random.Next(2) == 1
            : type == typeof(byte) ? (byte)_random.Next(1, 256)
            : type == typeof(int) ? _random.Next(1, int.MaxValue)
            : type == typeof(uint) ? (uint)_random.Next(1, int.MaxValue)
            : type == typeof(long) ? _random.NextInt64(1, long.MaxValue)
            : type == typeof(ulong) ? (ulong)_random.NextInt64(1, long.MaxValue)
            : type == typeof(Guid) ? new Guid(_random.Next(), 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
            : null;
    }
}
