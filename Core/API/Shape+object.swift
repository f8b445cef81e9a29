/// A member of an object, a parameter of a query or a segment of a path.
public struct Field<Value: Sendable>: Sendable {
    /// Its name.
    public let name: String
    /// What it means, in a few words.
    public let meaning: String
    /// Whether it has to be there.
    public let isRequired: Bool
    let schema: JSON
    let read: @Sendable (JSON?, Pointer, inout Reading) -> Value?

    /// A field that has to be there.
    public static func required(_ name: String, _ shape: Shape<Value>, _ meaning: String) -> Field {
        Field(name: name, meaning: meaning, isRequired: true, schema: shape.schema) { json, pointer, state in
            guard let json else { return state.refuse(pointer, "is missing") }
            return shape.read(json, at: pointer, &state)
        }
    }

    /// A field that may be missing, or null.
    public static func optional<Wrapped>(_ name: String, _ shape: Shape<Wrapped>, _ meaning: String) -> Field
    where Value == Wrapped? {
        Field(name: name, meaning: meaning, isRequired: false, schema: nullable(shape.schema)) { json, pointer, state in
            guard let json, json != .null else { return .some(nil) }
            return shape.read(json, at: pointer, &state).map { .some($0) }
        }
    }

    /// A field that may be missing, or null, and then has a value all the same.
    public static func optional(_ name: String, _ shape: Shape<Value>, default standard: Value, _ meaning: String) -> Field {
        Field(name: name, meaning: meaning, isRequired: false, schema: nullable(shape.schema)) { json, pointer, state in
            guard let json, json != .null else { return standard }
            return shape.read(json, at: pointer, &state)
        }
    }

    private static func nullable(_ schema: JSON) -> JSON {
        guard case .object(var members) = schema else { return schema }
        for index in members.indices {
            switch (members[index].name, members[index].value) {
            case ("type", .string(let type)): members[index].value = [.string(type), "null"]
            case ("enum", .array(let words)): members[index].value = .array(words + [.null])
            default: break
            }
        }
        return .object(members)
    }
}

/// What OpenAPI is told of a field.
struct FieldDescription: Sendable {
    let name: String
    let meaning: String
    let isRequired: Bool
    let schema: JSON

    init<Value>(_ field: Field<Value>) {
        name = field.name
        meaning = field.meaning
        isRequired = field.isRequired
        schema = field.schema
    }

    /// The schema with its meaning.
    var described: JSON {
        guard case .object(let members) = schema, !meaning.isEmpty else { return schema }
        return .object(members + [JSON.Member("description", .string(meaning))])
    }
}

extension Shape {
    /// An object of these members and no others.
    public static func object<each Member>(_ fields: repeat Field<each Member>) -> Shape<(repeat each Member)>
    where Value == (repeat each Member) {
        var descriptions: [FieldDescription] = []
        repeat descriptions.append(FieldDescription(each fields))
        let names = descriptions.map(\.name)
        return Shape<(repeat each Member)>(schema: objectSchema(descriptions)) { json, pointer, state in
            guard case .object(let members) = json else {
                return state.refuse(pointer, "an object is expected, not \(json.kind)")
            }
            for member in members where !names.contains(member.name) {
                let _: Bool? = state.refuse(pointer.appending(member.name), "is not known here")
            }
            let before = state
            do {
                return (repeat try read(each fields, members, pointer, &state))
            } catch {
                // Something is wrong: every field is read then, so that every fault is found.
                state = before
                repeat _ = value(of: each fields, members, pointer, &state)
                return nil
            }
        }
    }

    private static func read<Member>(
        _ field: Field<Member>, _ members: [JSON.Member], _ pointer: Pointer, _ state: inout Reading
    ) throws(Missing) -> Member {
        guard let value = value(of: field, members, pointer, &state) else { throw Missing() }
        return value
    }

    private static func value<Member>(
        of field: Field<Member>, _ members: [JSON.Member], _ pointer: Pointer, _ state: inout Reading
    ) -> Member? {
        field.read(members.first { $0.name == field.name }?.value, pointer.appending(field.name), &state)
    }
}

/// A field has no value.
private struct Missing: Error {}

private func objectSchema(_ fields: [FieldDescription]) -> JSON {
    [
        "type": "object",
        "properties": .object(fields.map { JSON.Member($0.name, $0.described) }),
        "required": .array(fields.filter(\.isRequired).map { .string($0.name) }),
        "additionalProperties": false,
    ]
}
