// The system's extensions: each is made once, by whoever asks first; others wait for it.
using System.Collections.Concurrent;
using Akka.Configuration;
using Akka.Util.Reflection;

namespace Akka.Actor.Internal;

public partial class ActorSystemImpl
{
    private readonly ConcurrentDictionary<Type, Lazy<object>> _extensions = new();

    /// <inheritdoc/>
    public override object RegisterExtension(IExtensionId extension)
    {
        ArgumentNullException.ThrowIfNull(extension);
        var slot = _extensions.GetOrAdd(
            extension.ExtensionType,
            static (_, arg) => new Lazy<object>(() => arg.extension.CreateExtension(arg.system)),
            (extension, system: this));
        try
        {
            return slot.Value;
        }
        catch (Exception)
        {
            _extensions.TryRemove(new KeyValuePair<Type, Lazy<object>>(extension.ExtensionType, slot));
            throw;
        }
    }

    /// <inheritdoc/>
    public override object GetExtension(IExtensionId extensionId) => RegisterExtension(extensionId);

    /// <inheritdoc/>
    public override T GetExtension<T>() => TryGetExtension<T>(out var extension) ? extension : null!;

    /// <inheritdoc/>
    public override bool TryGetExtension(Type extensionType, out object extension)
    {
        var found = _extensions.TryGetValue(extensionType, out var slot);
        extension = found ? slot!.Value : null!;
        return found;
    }

    /// <inheritdoc/>
    public override bool TryGetExtension<T>(out T extension)
    {
        var found = TryGetExtension(typeof(T), out var untyped);
        extension = (T)untyped;
        return found;
    }

    /// <inheritdoc/>
    public override bool HasExtension(Type type) => typeof(IExtension).IsAssignableFrom(type) && _extensions.ContainsKey(type);

    /// <inheritdoc/>
    public override bool HasExtension<T>() => HasExtension(typeof(T));

    private void LoadExtensions()
    {
        foreach (var name in Settings.Config.GetStringList("akka.extensions", []))
        {
            var type = TypeCache.GetType(name);
            if (type is null || !typeof(IExtensionId).IsAssignableFrom(type) || type.IsAbstract)
                throw new ConfigurationException($"akka.extensions: [{name}] is no extension id.");
            RegisterExtension((IExtensionId)Activator.CreateInstance(type)!);
        }
    }
}
