// What akka.actor.deployment says about actors by path ("/parent/child", "*" for one element, "**" for the rest).
using Akka.Configuration;

namespace Akka.Actor;

/// <summary>Configured deployments by path.</summary>
public class Deployer
{
    /// <summary>What entries fall back on.</summary>
    protected readonly Config Default;

    private readonly List<(string[] Pattern, Deploy Deploy)> _entries = [];

    /// <param name="settings">The system's settings.</param>
    public Deployer(Settings settings)
    {
        var deployment = settings.Config.GetConfig("akka.actor.deployment") ?? ConfigurationFactory.Empty;
        Default = deployment.GetConfig("default") ?? ConfigurationFactory.Empty;
        foreach (var (key, value) in deployment.AsEnumerable())
        {
            var path = key.Trim('"');
            if (path == "default" || !value.IsObject())
                continue;
            if (ParseConfig(path, value.ToConfig().WithFallback(Default)) is { } deploy)
                SetDeploy(deploy);
        }
    }

    /// <summary>The entry for an actor; null if there is none.</summary>
    public Deploy? Lookup(ActorPath path)
    {
        if (_entries.Count == 0 || path.Elements.Count < 2 || path.Elements[0] != "user")
            return null;
        return Lookup(path.Elements.Skip(1));
    }

    /// <summary>The entry for names below "/user"; null if there is none.</summary>
    public Deploy? Lookup(IEnumerable<string> path)
    {
        var names = path.ToArray();
        foreach (var (pattern, deploy) in _entries)
        {
            if (Fits(pattern, names))
                return deploy;
        }

        return null;
    }

    /// <summary>Adds an entry; the last one for a path counts.</summary>
    public void SetDeploy(Deploy deploy)
    {
        var pattern = deploy.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        foreach (var element in pattern)
        {
            if (element is not ("*" or "**") && !ActorPath.IsValidPathElement(element))
                throw new IllegalActorNameException($"Illegal actor name [{element}] in deployment [{deploy.Path}].");
        }

        _entries.RemoveAll(e => e.Pattern.SequenceEqual(pattern));
        var wildcards = pattern.Count(p => p is "*" or "**");
        var at = _entries.FindIndex(e => e.Pattern.Count(p => p is "*" or "**") > wildcards);
        _entries.Insert(at < 0 ? _entries.Count : at, (pattern, deploy));
    }

    /// <summary>Reads an entry; null if it says nothing.</summary>
    public virtual Deploy? ParseConfig(string key, Config config) => new(
        key, config, Deploy.NoScopeGiven, config.GetString("dispatcher", string.Empty)!, config.GetString("mailbox", string.Empty)!,
        config.GetInt("stash-capacity", Deploy.NoStashSize));

    private static bool Fits(string[] pattern, string[] names)
    {
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == "**")
                return names.Length > i;
            if (i >= names.Length || (pattern[i] != "*" && pattern[i] != names[i]))
                return false;
        }

        return pattern.Length == names.Length;
    }
}
