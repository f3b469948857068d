// Settings given to ActorSystem.Create in code, by type, next to or in place of configuration files.
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Util;

namespace Akka.Actor.Setup
{
    /// <summary>Base of settings given in code.</summary>
    public abstract class Setup
    {
        /// <summary>This and another one together.</summary>
        public ActorSystemSetup And(Setup other) => ActorSystemSetup.Create(this, other);
    }

    /// <summary>Settings given in code, at most one of each type.</summary>
    public sealed class ActorSystemSetup
    {
        /// <summary>No settings.</summary>
        public static readonly ActorSystemSetup Empty = new([]);

        private readonly Setup[] _setups;

        private ActorSystemSetup(Setup[] setups) => _setups = setups;

        /// <summary>These settings; of two of one type the later one counts.</summary>
        public static ActorSystemSetup Create(params Setup[] setup)
        {
            var result = Empty;
            foreach (var one in setup)
                result = result.With(one);
            return result;
        }

        /// <summary>The settings of this type, if given.</summary>
        public Option<T> Get<T>()
            where T : Setup
        {
            foreach (var setup in _setups)
            {
                if (setup.GetType() == typeof(T))
                    return Option<T>.Create((T)setup);
            }

            return Option<T>.None;
        }

        /// <summary>With more settings, which replace those of the same type.</summary>
        public ActorSystemSetup WithSetup<T>(T setup)
            where T : Setup => With(setup);

        /// <summary>With more settings, which replace those of the same type.</summary>
        public ActorSystemSetup And<T>(T setup)
            where T : Setup => With(setup);

        /// <inheritdoc/>
        public override string ToString() => $"ActorSystemSetup({string.Join(", ", _setups.Select(s => s.GetType().Name))})";

        private ActorSystemSetup With(Setup setup) =>
            new([.. _setups.Where(s => s.GetType() != setup.GetType()), setup]);
    }
}

namespace Akka.Actor
{
    /// <summary>Which provider an actor system has.</summary>
    public abstract class ProviderSelection
    {
        private ProviderSelection(string identifier, string fqn, bool hasCluster)
        {
            Identifier = identifier;
            Fqn = fqn;
            HasCluster = hasCluster;
        }

        internal string Identifier { get; }

        internal string Fqn { get; }

        internal bool HasCluster { get; }

        internal static ProviderSelection GetProvider(string providerClass) => providerClass switch
        {
            "local" or Local.ClassName => Local.Instance,
            "remote" or Remote.ClassName or Remote.ClassName + ", Akka.Remote" => Remote.Instance,
            "cluster" or Cluster.ClassName or Cluster.ClassName + ", Akka.Cluster" => Cluster.Instance,
            _ => new Custom(providerClass),
        };

        /// <summary>Local actors only.</summary>
        public sealed class Local : ProviderSelection
        {
            internal const string ClassName = "Akka.Actor.LocalActorRefProvider";

            /// <summary>The one value.</summary>
            public static readonly Local Instance = new();

            private Local()
                : base("local", ClassName, false)
            {
            }
        }

        /// <summary>With remoting.</summary>
        public sealed class Remote : ProviderSelection
        {
            internal const string ClassName = "Akka.Remote.RemoteActorRefProvider";

            /// <summary>The one value.</summary>
            public static readonly Remote Instance = new();

            private Remote()
                : base("remote", ClassName + ", Akka.Remote", false)
            {
            }
        }

        /// <summary>With remoting and cluster membership.</summary>
        public sealed class Cluster : ProviderSelection
        {
            internal const string ClassName = "Akka.Cluster.ClusterActorRefProvider";

            /// <summary>The one value.</summary>
            public static readonly Cluster Instance = new();

            private Cluster()
                : base("cluster", ClassName + ", Akka.Cluster", true)
            {
            }
        }

        /// <summary>By class name.</summary>
        public sealed class Custom : ProviderSelection
        {
            /// <param name="fqn">Full name of a class that implements <see cref="IActorRefProvider"/>.</param>
            /// <param name="identifier">A short name.</param>
            /// <param name="hasCluster">True if it brings cluster membership.</param>
            public Custom(string fqn, string? identifier = null, bool hasCluster = false)
                : base(identifier ?? fqn, fqn, hasCluster)
            {
            }
        }
    }

    /// <summary>The settings every actor system starts from.</summary>
    public sealed class BootstrapSetup : Setup.Setup
    {
        private BootstrapSetup(Option<Config> config, Option<ProviderSelection> provider)
        {
            Config = config;
            ActorRefProvider = provider;
        }

        /// <summary>The configuration, if given; else the default one.</summary>
        public Option<Config> Config { get; }

        /// <summary>The provider, if given; else the configuration decides.</summary>
        public Option<ProviderSelection> ActorRefProvider { get; }

        /// <summary>Nothing given.</summary>
        public static BootstrapSetup Create() => new(Option<Config>.None, Option<ProviderSelection>.None);

        /// <summary>With a configuration, on top of the engine's defaults.</summary>
        public BootstrapSetup WithConfig(Config config) => new(Option<Config>.Create(config), ActorRefProvider);

        /// <summary>With more defaults below the configuration given so far.</summary>
        public BootstrapSetup WithConfigFallback(Config config) => new(
            Option<Config>.Create(Config.HasValue ? Config.Value.WithFallback(config) : config), ActorRefProvider);

        /// <summary>With a provider.</summary>
        public BootstrapSetup WithActorRefProvider(ProviderSelection name) => new(Config, Option<ProviderSelection>.Create(name));
    }
}
