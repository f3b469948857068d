// What a text defines, key by key, before substitution: for every field the list of its definitions, oldest first.
// A field is resolved at most once; while it is, a reference to it sees only the definitions before the one at work.
using Akka.Configuration.Hocon;

namespace Akka.Embedded.Configuration;

/// <summary>An object under construction; keys keep the order of their first definition.</summary>
internal sealed class MergedObject
{
    private readonly OrderedDictionary<string, MergedField> _fields = new(StringComparer.Ordinal);

    public IEnumerable<KeyValuePair<string, MergedField>> Fields => _fields;

    public MergedField? Find(string key) => _fields.GetValueOrDefault(key);

    public MergedField FieldFor(string key)
    {
        if (!_fields.TryGetValue(key, out var field))
            _fields.Add(key, field = new MergedField());
        return field;
    }

    /// <summary>Adds the entries of an object as later definitions.</summary>
    /// <param name="entries">Read from one text.</param>
    /// <param name="path">Where this object stands, from the root.</param>
    /// <param name="scope">The includes around the entries.</param>
    public void Add(IReadOnlyList<HoconEntry> entries, IReadOnlyList<string> path, IncludeScope? scope)
    {
        foreach (var entry in entries)
        {
            switch (entry)
            {
                case FieldEntry field:
                    AddField(field, path, scope);
                    break;
                case IncludeEntry include:
                    Add(include.Included.Entries, path, path.Count == 0 ? scope : new IncludeScope(path, scope));
                    break;
            }
        }
    }

    private void AddField(FieldEntry entry, IReadOnlyList<string> path, IncludeScope? scope)
    {
        var target = this;
        for (var i = 0; i < entry.Path.Count - 1; i++)
            target = target.FieldFor(entry.Path[i]).ObjectToMergeInto();
        var field = target.FieldFor(entry.Path[^1]);
        var fieldPath = new List<string>([.. path, .. entry.Path]);
        if (entry.Value.Pieces is [ObjectPiece only])
            field.ObjectToMergeInto().Add(only.Entries, fieldPath, scope);
        else
            field.Define(new ExpressionDefinition(entry.Value, fieldPath, scope));
    }
}

/// <summary>Where an included text was put: its substitutions are looked up there first, then further out, then at the root.</summary>
internal sealed record IncludeScope(IReadOnlyList<string> Prefix, IncludeScope? Outer);

/// <summary>One definition of a field.</summary>
internal abstract record FieldDefinition;

/// <summary>An object written in full, into which later objects merge.</summary>
internal sealed record ObjectDefinition(MergedObject Object) : FieldDefinition;

/// <summary>Anything else.</summary>
internal sealed record ExpressionDefinition(HoconExpression Expression, IReadOnlyList<string> Path, IncludeScope? Scope)
    : FieldDefinition;

/// <summary>A field and its definitions.</summary>
internal sealed class MergedField
{
    private readonly List<FieldDefinition> _definitions = [];

    public IReadOnlyList<FieldDefinition> Definitions => _definitions;

    /// <summary>The index of the definition being resolved; -1 when none is.</summary>
    public int Active { get; set; } = -1;

    public bool IsResolved { get; private set; }

    /// <summary>Null for a field that turned out undefined.</summary>
    public HoconValue? Value { get; private set; }

    public void Define(FieldDefinition definition)
    {
        if (definition is ExpressionDefinition { Expression.HasSubstitution: false })
            _definitions.Clear();
        _definitions.Add(definition);
    }

    public MergedObject ObjectToMergeInto()
    {
        if (_definitions.Count > 0 && _definitions[^1] is ObjectDefinition last)
            return last.Object;
        var fresh = new MergedObject();
        _definitions.Add(new ObjectDefinition(fresh));
        return fresh;
    }

    public void Resolved(HoconValue? value)
    {
        Value = value;
        IsResolved = true;
    }
}
