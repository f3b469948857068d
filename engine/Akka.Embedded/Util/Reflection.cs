// Finds types by the names that configuration files use. The names of Akka.NET's own assemblies mean this one (and the
// test kit's means ours), so that one configuration file serves both engines.
using System.Collections.Concurrent;
using System.Reflection;

namespace Akka.Util.Reflection;

/// <summary>Types by name.</summary>
public static class TypeCache
{
    private static readonly ConcurrentDictionary<string, Type> Types = new();

    /// <summary>The type of this name, which may carry an assembly name; null if there is none.</summary>
    public static Type? GetType(string typeName)
    {
        if (Types.TryGetValue(typeName, out var known))
            return known;
        var found = Type.GetType(typeName, ResolveAssembly, ResolveType, throwOnError: false);
        if (found is not null)
            Types.TryAdd(typeName, found);
        return found;
    }

    private static Assembly? ResolveAssembly(AssemblyName name)
    {
        switch (name.Name)
        {
            case "Akka" or "Akka.Remote" or "Akka.Cluster" or "Akka.Cluster.Tools":
                return typeof(TypeCache).Assembly;
            case "Akka.TestKit" or "Akka.TestKit.Xunit2":
                name = new AssemblyName("Akka.Embedded.TestKit");
                break;
        }

        foreach (var loaded in AppDomain.CurrentDomain.GetAssemblies())
        {
            if (loaded.GetName().Name == name.Name)
                return loaded;
        }

        try
        {
            return Assembly.Load(name);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static Type? ResolveType(Assembly? assembly, string name, bool ignoreCase)
    {
        if (assembly is not null)
            return assembly.GetType(name, throwOnError: false, ignoreCase);
        var found = typeof(TypeCache).Assembly.GetType(name, false, ignoreCase) ?? Type.GetType(name, false, ignoreCase);
        if (found is not null)
            return found;
        foreach (var loaded in AppDomain.CurrentDomain.GetAssemblies())
        {
            found = loaded.GetType(name, false, ignoreCase);
            if (found is not null)
                return found;
        }

        return null;
    }
}
