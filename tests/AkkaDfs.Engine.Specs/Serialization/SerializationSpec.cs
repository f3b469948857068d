// Serializers from configuration, found by type; written with a manifest of their own, never a type's name.
using System.Collections.Immutable;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Serialization;

namespace AkkaDfs.Engine.Specs.Serialization;

public class SerializationSpec : EngineSpec
{
    public SerializationSpec()
        : base("""
            akka.actor {
              serializers {
                shapes = "AkkaDfs.Engine.Specs.Serialization.SerializationSpec+ShapeSerializer, AkkaDfs.Engine.Specs"
                squares = "AkkaDfs.Engine.Specs.Serialization.SerializationSpec+SquareSerializer, AkkaDfs.Engine.Specs"
              }
              serialization-bindings {
                "AkkaDfs.Engine.Specs.Serialization.SerializationSpec+IShape, AkkaDfs.Engine.Specs" = shapes
                "AkkaDfs.Engine.Specs.Serialization.SerializationSpec+Square, AkkaDfs.Engine.Specs" = squares
              }
              serialization-identifiers {
                "AkkaDfs.Engine.Specs.Serialization.SerializationSpec+SquareSerializer, AkkaDfs.Engine.Specs" = 4712
              }
            }
            """)
    {
    }

    private Akka.Serialization.Serialization Serialization => Sys.Serialization;

    [Fact]
    public void Bindings_hold_for_everything_below_the_bound_type_and_its_own_wins()
    {
        Assert.IsType<ShapeSerializer>(Serialization.FindSerializerFor(new Circle(1)));
        Assert.IsType<ShapeSerializer>(Serialization.FindSerializerForType(typeof(Circle)));
        Assert.IsType<SquareSerializer>(Serialization.FindSerializerFor(new Square(1)));
    }

    [Fact]
    public void Numbers_come_from_the_class_or_from_configuration()
    {
        Assert.Equal(4711, Serialization.FindSerializerFor(new Circle(1)).Identifier);
        Assert.Equal(4712, Serialization.FindSerializerFor(new Square(1)).Identifier);
    }

    [Fact]
    public void What_is_written_can_be_read()
    {
        foreach (var shape in (IShape[])[new Circle(7), new Square(8)])
        {
            var serializer = Serialization.FindSerializerFor(shape);
            var manifest = Akka.Serialization.Serialization.ManifestFor(serializer, shape);
            Assert.Equal(shape, Serialization.Deserialize(Serialization.Serialize(shape), serializer.Identifier, manifest));
        }
    }

    [Fact]
    public void The_manifest_is_the_serializers_own_word()
    {
        var serializer = (SerializerWithStringManifest)Serialization.FindSerializerFor(new Circle(1));
        Assert.Equal("C", serializer.Manifest(new Circle(1)));
        Assert.Equal("C", Akka.Serialization.Serialization.ManifestFor(serializer, new Circle(1)));
        Assert.True(serializer.IncludeManifest);
    }

    [Fact]
    public void A_serializer_nobody_has_is_an_error() =>
        Assert.Throws<SerializationException>(() => Serialization.Deserialize([], 99_999, "C"));

    [Fact]
    public void An_unknown_manifest_is_the_serializers_error() =>
        Assert.Throws<SerializationException>(() => Serialization.Deserialize([], 4711, "no such shape"));

    [Fact]
    public void Byte_arrays_pass_as_they_are()
    {
        byte[] bytes = [1, 2, 3];
        var serializer = Serialization.FindSerializerFor(bytes);
        Assert.Equal(4, serializer.Identifier);
        Assert.Equal("", Akka.Serialization.Serialization.ManifestFor(serializer, bytes));
        Assert.Equal(bytes, Serialization.Deserialize(Serialization.Serialize(bytes), 4, ""));
    }

    [Fact]
    public void References_travel_as_text()
    {
        var actor = Sys.ActorOf(Akka.TestKit.TestActors.SimpleEchoActor.Props(), "echo");
        var text = Akka.Serialization.Serialization.SerializedActorPath(actor);
        Assert.Contains("/user/echo#", text);
        Assert.Equal(actor, ((ExtendedActorSystem)Sys).Provider.ResolveActorRef(text));
        Assert.Equal("", Akka.Serialization.Serialization.SerializedActorPath(ActorRefs.NoSender));
    }

    [Fact]
    public void Serializers_can_be_given_in_code()
    {
        var setup = SerializationSetup.Create(system => ImmutableHashSet.Create(
            SerializerDetails.Create("given", new ShapeSerializer(system), ImmutableHashSet.Create(typeof(IShape)))));
        var bootstrap = BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString("akka.loggers = []\nakka.stdout-loglevel = OFF"));
        var other = ActorSystem.Create("given", ActorSystemSetup.Create(bootstrap, setup));
        Assert.IsType<ShapeSerializer>(other.Serialization.FindSerializerFor(new Circle(1)));
        Shutdown(other);
    }

    [Fact]
    public void Serializers_can_be_added_later()
    {
        var serializer = new ShapeSerializer((ExtendedActorSystem)Sys);
        Serialization.AddSerializer("later", serializer);
        Serialization.AddSerializationMap(typeof(Stranger), serializer);
        Assert.Same(serializer, Serialization.FindSerializerForType(typeof(Stranger)));
    }

    public interface IShape
    {
    }

    public sealed record Circle(int Radius) : IShape;

    public sealed record Square(int Side) : IShape;

    public sealed class Stranger
    {
    }

    public sealed class ShapeSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
    {
        public override int Identifier => 4711;

        public override string Manifest(object o) => o is Circle ? "C" : throw new ArgumentException("not a circle", nameof(o));

        public override byte[] ToBinary(object obj) => Encoding.UTF8.GetBytes(((Circle)obj).Radius.ToString());

        public override object FromBinary(byte[] bytes, string manifest) => manifest == "C"
            ? new Circle(int.Parse(Encoding.UTF8.GetString(bytes)))
            : throw new SerializationException($"unknown manifest {manifest}");
    }

    public sealed class SquareSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
    {
        public override string Manifest(object o) => "S";

        public override byte[] ToBinary(object obj) => BitConverter.GetBytes(((Square)obj).Side);

        public override object FromBinary(byte[] bytes, string manifest) => new Square(BitConverter.ToInt32(bytes));
    }
}
