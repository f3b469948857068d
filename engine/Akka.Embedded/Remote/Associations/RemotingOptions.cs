// The limits and times of associations, from akka.remote and akka.embedded.remote.
using Akka.Configuration;

namespace Akka.Embedded.Remote;

internal sealed class RemotingOptions
{
    public RemotingOptions(Config config, Config transport)
    {
        MaxFrameBytes = Size(transport, "maximum-frame-size", 32_000, 1 << 30);
        var own = config.GetConfig("akka.embedded.remote")!;
        var highWater = transport.GetByteSize("write-buffer-high-water-mark") ?? 0;
        MaxPendingBytes = highWater > 0 ? (int)Math.Min(highWater, 1 << 30) : Size(own, "max-pending-bytes", 1024, 1 << 30);
        MaxPendingMessages = Math.Max(1, own.GetInt("max-pending-messages"));
        MaxUnknownLinks = Math.Max(1, own.GetInt("max-unknown-connections"));
        ForgetMillis = (long)own.GetTimeSpan("forget-idle-after").TotalMilliseconds;
        ConnectTimeout = transport.GetTimeSpan("connection-timeout");
        HandshakeMillis = (long)(config.GetTimeSpan("akka.remote.handshake-timeout") + ConnectTimeout).TotalMilliseconds;
        SilenceConfig = config.GetConfig("akka.remote.transport-failure-detector")!;
        SilenceClass = SilenceConfig.GetString("implementation-class")!;
        BeatMillis = (long)SilenceConfig.GetTimeSpan("heartbeat-interval").TotalMilliseconds;
        LogFrameSizeExceeding = config.GetString("akka.remote.log-frame-size-exceeding", "off")!.ToLowerInvariant() is "off" or "false" or "no"
            ? int.MaxValue
            : (int)(config.GetByteSize("akka.remote.log-frame-size-exceeding") ?? int.MaxValue);
    }

    public int MaxFrameBytes { get; }

    public int MaxPendingBytes { get; }

    public int MaxPendingMessages { get; }

    public int MaxUnknownLinks { get; }

    public long ForgetMillis { get; }

    public TimeSpan ConnectTimeout { get; }

    public long HandshakeMillis { get; }

    public long BeatMillis { get; }

    public Config SilenceConfig { get; }

    public string SilenceClass { get; }

    public int LogFrameSizeExceeding { get; }

    public TransportLimits TransportLimits => new(MaxFrameBytes, MaxPendingBytes, MaxPendingMessages, ConnectTimeout);

    private static int Size(Config config, string key, long least, long most)
    {
        var value = config.GetByteSize(key) ?? 0;
        return value >= least && value <= most
            ? (int)value
            : throw new ConfigurationException($"{key} is {value} bytes; it must be {least} to {most}.");
    }
}
