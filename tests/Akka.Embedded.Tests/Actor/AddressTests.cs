using Akka.Actor;

namespace Akka.Embedded.Tests.Actor;

public class AddressTests
{
    [Theory]
    [InlineData("akka://sys", "akka", "sys", null, null, "/")]
    [InlineData("akka.tcp://sys@host:25", "akka.tcp", "sys", "host", 25, "/")]
    [InlineData("akka.tcp://sys@HOST:0/user/a", "akka.tcp", "sys", "host", 0, "/user/a")]
    [InlineData("akka.tcp://sys@[::1]:65535/", "akka.tcp", "sys", "::1", 65535, "/")]
    [InlineData("akka.trttl.tcp://a-b_c@127.0.0.1:1", "akka.trttl.tcp", "a-b_c", "127.0.0.1", 1, "/")]
    [InlineData("akka://sys/user/x@y:1", "akka", "sys", null, null, "/user/x@y:1")]
    public void Addresses_are_read(string text, string protocol, string system, string? host, int? port, string rest)
    {
        Assert.True(Address.TryParse(text, out var address, out var found));
        Assert.Equal(new Address(protocol, system, host, port), address);
        Assert.Equal(rest, found);
        Assert.Equal(host is null, address.HasLocalScope);
        Assert.Equal(host is not null, address.HasGlobalScope);
        Assert.Equal(address, Address.Parse(address.ToString()));
        Assert.Equal(address.GetHashCode(), Address.Parse(address.ToString()).GetHashCode());
    }

    [Theory]
    [InlineData("")]
    [InlineData("sys")]
    [InlineData("akka://")]
    [InlineData("http://sys@host:80")]
    [InlineData("akka.tcp://sys@host")]
    [InlineData("akka.tcp://sys@host:")]
    [InlineData("akka.tcp://sys@host:65536")]
    [InlineData("akka.tcp://sys@host:-1")]
    [InlineData("akka.tcp://sys@host:1x")]
    [InlineData("akka.tcp://@host:1")]
    [InlineData("akka.tcp://sys@:1")]
    [InlineData("akka.tcp://sys:1")]
    [InlineData("akka.tcp://sys@[::1:1")]
    public void Other_texts_are_refused(string text)
    {
        Assert.False(Address.TryParse(text, out Address? _));
        Assert.Throws<UriFormatException>(() => Address.Parse(text));
    }

    [Fact]
    public void Addresses_are_ordered_by_protocol_system_host_and_port()
    {
        Address[] sorted =
        [
            new("akka", "b"), new("akka.tcp", "a", "a", 2), new("akka.tcp", "a", "b", 1), new("akka.tcp", "a", "b", 2), new("akka.tcp", "b", "a", 1),
        ];
        Assert.Equal(sorted, sorted.Reverse().Order());
        Assert.Equal(sorted, sorted.Reverse().Order(Address.Comparer));
    }

    [Fact]
    public void Parts_can_be_replaced()
    {
        var address = new Address("akka", "sys");
        Assert.Equal("akka.tcp://other@host:7", address.WithProtocol("akka.tcp").WithSystem("other").WithHost("host").WithPort(7).ToString());
        Assert.Equal("sys", address.HostPort());
        Assert.Equal("sys@host:7", new Address("akka.tcp", "sys", "host", 7).HostPort());
    }
}
