// Which serializer writes which type. Bindings come from akka.actor.serialization-bindings and hold for subclasses and
// implementors; the most specific one wins. There is no serializer of last resort: a message without a binding is refused
// here, at the sender. Serializers that would put type names on the wire are refused too.
using System.Collections.Concurrent;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Util.Reflection;

namespace Akka.Serialization;

/// <summary>The serializers of one actor system. Safe for use from several threads.</summary>
public partial class Serialization
{
    private const string NullName = "null";

    private readonly ConcurrentDictionary<Type, Serializer> _byType = new();
    private readonly ConcurrentDictionary<int, Serializer> _byIdentifier = new();
    private readonly ConcurrentDictionary<string, Serializer> _byName = new(StringComparer.Ordinal);
    private readonly Lock _bindingLock = new();
    private readonly Serializer _null;

    private IReadOnlyList<KeyValuePair<Type, Serializer>> _bindings = [];

    /// <param name="system">The system whose configuration names the serializers.</param>
    /// <exception cref="ConfigurationException">A serializer or a bound type does not exist, or a serializer has no usable constructor.</exception>
    public Serialization(ExtendedActorSystem system)
    {
        System = system;
        _null = new NullSerializer(system);
        AddSerializer(NullName, _null);
        ReadSerializers();
        ReadBindings();
        AddFromSetup();
    }

    /// <summary>The system the serializers work for.</summary>
    public ExtendedActorSystem System { get; }

    /// <summary>Adds a serializer under a name.</summary>
    /// <exception cref="ArgumentException">Another serializer has its number.</exception>
    public void AddSerializer(string name, Serializer serializer)
    {
        var holder = _byIdentifier.GetOrAdd(serializer.Identifier, serializer);
        if (holder.GetType() != serializer.GetType())
        {
            throw new ArgumentException(
                $"Serializer '{name}' ({serializer.GetType()}) has the number {serializer.Identifier}, which {holder.GetType()} has already.",
                nameof(serializer));
        }

        _byIdentifier[serializer.Identifier] = serializer;
        _byName[name] = serializer;
    }

    /// <summary>Binds a type, its subclasses and implementors to a serializer.</summary>
    public void AddSerializationMap(Type type, Serializer serializer)
    {
        lock (_bindingLock)
        {
            var others = _bindings.Where(binding => binding.Key != type).ToList();
            // Most specific first: before everything that the new type is derived from.
            var place = others.FindIndex(binding => binding.Key.IsAssignableFrom(type));
            others.Insert(place < 0 ? others.Count : place, new(type, serializer));
            _bindings = others;
            _byType.Clear();
        }
    }

    /// <summary>The bytes of an object.</summary>
    /// <exception cref="SerializationException">Nothing is bound to its type.</exception>
    public byte[] Serialize(object o) => WithTransport(System, (Serialization: this, Message: o), static state =>
        state.Serialization.FindSerializerFor(state.Message).ToBinary(state.Message));

    /// <summary>The object of some bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="serializerId">The number of the serializer that wrote them.</param>
    /// <param name="type">The expected type; null if not known.</param>
    /// <exception cref="SerializationException">There is no such serializer, or it cannot read them.</exception>
    public object Deserialize(byte[] bytes, int serializerId, Type? type) =>
        WithTransport(System, (Serializer: SerializerOf(serializerId), bytes, type), static state =>
            state.Serializer.FromBinary(state.bytes, state.type));

    /// <summary>The object of some bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="serializerId">The number of the serializer that wrote them.</param>
    /// <param name="manifest">What it called them; empty if it does not use manifests.</param>
    /// <exception cref="SerializationException">There is no such serializer, or it cannot read them.</exception>
    public object Deserialize(byte[] bytes, int serializerId, string manifest)
    {
        var serializer = SerializerOf(serializerId);
        if (serializer is SerializerWithStringManifest named)
            return WithTransport(System, (named, bytes, manifest), static state => state.named.FromBinary(state.bytes, state.manifest));
        if (manifest.Length > 0)
        {
            throw new SerializationException(
                $"Serializer {serializerId} ({serializer.GetType().Name}) uses no manifest and '{Shown(manifest)}' came with the bytes; "
                + "types are never looked up by a name from the wire.");
        }

        return Deserialize(bytes, serializerId, (Type?)null);
    }

    /// <summary>The serializer for an object.</summary>
    /// <param name="obj">The object; null has a serializer too.</param>
    /// <param name="defaultSerializerName">Used if nothing is bound to the type; null for none.</param>
    /// <exception cref="SerializationException">Nothing is bound to its type.</exception>
    public Serializer FindSerializerFor(object? obj, string? defaultSerializerName = null) =>
        obj is null ? _null : FindSerializerForType(obj.GetType(), defaultSerializerName);

    /// <summary>The serializer for a type.</summary>
    /// <param name="objectType">The type.</param>
    /// <param name="defaultSerializerName">Used if nothing is bound to the type; null for none.</param>
    /// <exception cref="SerializationException">Nothing is bound to it.</exception>
    public Serializer FindSerializerForType(Type objectType, string? defaultSerializerName = null)
    {
        if (_byType.TryGetValue(objectType, out var known))
            return known;
        foreach (var (bound, serializer) in _bindings)
        {
            if (bound.IsAssignableFrom(objectType))
                return _byType[objectType] = serializer;
        }

        if (defaultSerializerName is not null && _byName.TryGetValue(defaultSerializerName, out var fallback))
            return fallback;
        throw new SerializationException(
            $"No serializer is bound to {objectType}, so it cannot leave this process. "
            + "Bind the type or a base of it under akka.actor.serialization-bindings.");
    }

    /// <summary>What a serializer calls a message; empty if it does not use manifests.</summary>
    /// <exception cref="SerializationException">The serializer would name a type.</exception>
    public static string ManifestFor(Serializer s, object msg)
    {
        if (s is SerializerWithStringManifest named)
            return named.Manifest(msg);
        if (!s.IncludeManifest)
            return "";
        throw new SerializationException(
            $"Serializer {s.GetType().Name} needs the type's name on the wire, which is never sent: derive it from SerializerWithStringManifest.");
    }

    private static string Shown(string manifest) => manifest.Length <= 64 ? manifest : manifest[..64] + "…";

    private Serializer SerializerOf(int identifier) =>
        _byIdentifier.TryGetValue(identifier, out var serializer)
            ? serializer
            : throw new SerializationException(
                $"Cannot find serializer with id [{identifier}]. Both sides need the same entries under akka.actor.serializers.");

    private void ReadSerializers()
    {
        foreach (var (name, value) in Section("akka.actor.serializers"))
        {
            var typeName = value.GetString() ?? "";
            var type = TypeCache.GetType(typeName)
                ?? throw new ConfigurationException($"akka.actor.serializers.{name} is '{typeName}': there is no such class.");
            AddSerializer(name, Create(name, type));
        }
    }

    private Serializer Create(string name, Type type)
    {
        var settings = System.Settings.Config.GetConfig($"akka.actor.serialization-settings.{name}") ?? Config.Empty;
        object?[][] choices = [[System, settings], [System], []];
        foreach (var arguments in choices)
        {
            var types = Array.ConvertAll(arguments, a => ReferenceEquals(a, System) ? typeof(ExtendedActorSystem) : typeof(Config));
            if (type.GetConstructor(types) is { } constructor && constructor.Invoke(arguments) is Serializer serializer)
                return serializer;
        }

        throw new ConfigurationException(
            $"akka.actor.serializers.{name}: {type} must derive from Serializer and have a public constructor taking (ExtendedActorSystem) "
            + "or (ExtendedActorSystem, Config).");
    }

    private void ReadBindings()
    {
        foreach (var (typeName, value) in Section("akka.actor.serialization-bindings"))
        {
            var name = value.GetString() ?? "";
            if (name is "" or "none")
                continue;
            var type = TypeCache.GetType(typeName)
                ?? throw new ConfigurationException($"akka.actor.serialization-bindings names {typeName}: there is no such type.");
            if (!_byName.TryGetValue(name, out var serializer))
                throw new ConfigurationException($"akka.actor.serialization-bindings binds {typeName} to '{name}', which is not under akka.actor.serializers.");
            AddSerializationMap(type, serializer);
        }
    }

    private IEnumerable<KeyValuePair<string, Akka.Configuration.Hocon.HoconValue>> Section(string path) =>
        System.Settings.Config.GetConfig(path)?.AsEnumerable() ?? [];

    private void AddFromSetup()
    {
        var setup = System.Settings.Setup.Get<SerializationSetup>();
        if (!setup.HasValue)
            return;
        foreach (var details in setup.Value.CreateSerializers(System))
        {
            AddSerializer(details.Alias, details.Serializer);
            foreach (var type in details.UseFor)
                AddSerializationMap(type, details.Serializer);
        }
    }
}
