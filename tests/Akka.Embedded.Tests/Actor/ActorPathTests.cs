using Akka.Actor;

namespace Akka.Embedded.Tests.Actor;

public class ActorPathTests
{
    private static readonly Address Local = new("akka", "sys");
    private static readonly Address Remote = new("akka.tcp", "sys", "host", 4);

    [Theory]
    [InlineData("akka://sys/", new string[0], 0)]
    [InlineData("akka://sys", new string[0], 0)]
    [InlineData("akka://sys/user", new[] { "user" }, 0)]
    [InlineData("akka://sys/user/a/b#17", new[] { "user", "a", "b" }, 17)]
    [InlineData("akka.tcp://sys@host:4/user/$a#2147483647", new[] { "user", "$a" }, int.MaxValue)]
    [InlineData("akka://sys//user//a/", new[] { "user", "a" }, 0)]
    public void Paths_are_read(string text, string[] elements, long uid)
    {
        var path = ActorPath.Parse(text);
        Assert.Equal(elements, path.Elements);
        Assert.Equal(uid, path.Uid);
        Assert.Equal(elements.Length, path.Depth);
        var again = ActorPath.Parse(path.ToSerializationFormat());
        Assert.Equal(path, again);
        Assert.Equal(path.Uid, again.Uid);
        Assert.Equal(path.GetHashCode(), again.GetHashCode());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/user/a")]
    [InlineData("akka:/sys/user")]
    [InlineData("http://sys/user")]
    [InlineData("akka://sys/user/a#x")]
    [InlineData("akka://sys/user/a#")]
    public void Other_texts_are_refused(string text)
    {
        Assert.False(ActorPath.TryParse(text, out _));
        Assert.Throws<UriFormatException>(() => ActorPath.Parse(text));
    }

    [Fact]
    public void A_path_has_several_texts()
    {
        var path = (new RootActorPath(Local) / "user" / "a").WithUid(9);
        Assert.Equal("akka://sys/user/a", path.ToString());
        Assert.Equal("/user/a", path.ToStringWithoutAddress());
        Assert.Equal("akka://sys/user/a#9", path.ToStringWithUid());
        Assert.Equal("akka.tcp://sys@host:4/user/a", path.ToStringWithAddress(Remote));
        Assert.Equal("akka.tcp://sys@host:4/user/a#9", path.ToSerializationFormatWithAddress(Remote));
        var remote = new RootActorPath(Remote) / "user";
        Assert.Equal("akka.tcp://sys@host:4/user", remote.ToStringWithAddress(Local));
        Assert.Equal("akka://sys/", new RootActorPath(Local).ToString());
    }

    [Fact]
    public void Equality_looks_at_address_and_names_only()
    {
        var path = new RootActorPath(Local) / "user" / "a";
        Assert.Equal(path, path.WithUid(3));
        Assert.Equal(path.GetHashCode(), path.WithUid(3).GetHashCode());
        Assert.NotEqual(path, new RootActorPath(Local) / "user" / "b");
        Assert.NotEqual(path, new RootActorPath(Remote) / "user" / "a");
        Assert.NotEqual(path, path.Parent);
    }

    [Fact]
    public void Ancestors_are_counted_from_the_root_or_from_the_end()
    {
        var path = new RootActorPath(Local) / "user" / "a" / "b";
        Assert.Equal("/user/a", path.Parent.ToStringWithoutAddress());
        Assert.Equal("/user", path.ParentOf(1).ToStringWithoutAddress());
        Assert.Equal("/user/a", path.ParentOf(-1).ToStringWithoutAddress());
        Assert.Equal("/", path.Root.ToStringWithoutAddress());
        Assert.Equal(path, new RootActorPath(Local) / ["user", "a", "b"]);
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("Abc-1_2.3*$+:@&=,!~';()", true)]
    [InlineData("%20", true)]
    [InlineData("", false)]
    [InlineData("$a", false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("a#1", false)]
    [InlineData("ä", false)]
    [InlineData("%2", false)]
    [InlineData("%zz", false)]
    public void Names_have_a_fixed_alphabet(string name, bool valid) => Assert.Equal(valid, ActorPath.IsValidPathElement(name));
}
