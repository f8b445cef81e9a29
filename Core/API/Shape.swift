/// What a value of a request must look like: reads it into a Swift value, and tells OpenAPI the same.
///
/// Both stand in one place, so that the documentation cannot say anything else than what is checked.
public struct Shape<Value: Sendable>: Sendable {
    /// The JSON Schema (2020-12) of the shape.
    public let schema: JSON
    private let reading: @Sendable (JSON, Pointer, inout Reading) -> Value?

    /// A shape with its schema and its reader, which reports at least one fault where it returns nil.
    init(schema: JSON, _ reading: @escaping @Sendable (JSON, Pointer, inout Reading) -> Value?) {
        self.schema = schema
        self.reading = reading
    }

    /// Reads a value, noting every fault.
    func read(_ json: JSON, at pointer: Pointer, _ state: inout Reading) -> Value? { reading(json, pointer, &state) }

    /// Reads a value.
    ///
    /// - Returns: the value, or every fault there is (32 at most).
    public func read(_ json: JSON) -> Result<Value, Faults> {
        var state = Reading()
        if let value = read(json, at: Pointer(), &state), state.faults.isEmpty { return .success(value) }
        return .failure(Faults(list: state.faults))
    }

    /// The same shape read as another type.
    public func map<Other>(_ make: @escaping @Sendable (Value) -> Other) -> Shape<Other> {
        Shape<Other>(schema: schema) { json, pointer, state in read(json, at: pointer, &state).map(make) }
    }

    /// The same shape read as another type, where it can be.
    ///
    /// - Parameter detail: what is wrong where it cannot.
    public func converted<Other>(_ detail: String, _ make: @escaping @Sendable (Value) -> Other?) -> Shape<Other> {
        Shape<Other>(schema: schema) { json, pointer, state in
            guard let value = read(json, at: pointer, &state) else { return nil }
            return make(value) ?? state.refuse(pointer, detail)
        }
    }
}

/// Everything that is wrong with a value.
public struct Faults: Error, Sendable, Equatable {
    /// At least one.
    public let list: [Fault]
}

/// What reading has come to.
struct Reading {
    /// Where values come as text: in paths and queries.
    var isText = false
    private(set) var faults: [Fault] = []

    init(isText: Bool = false) { self.isText = isText }

    /// Notes a fault; past 32 nobody reads them.
    mutating func refuse<Value>(_ pointer: Pointer, _ detail: String) -> Value? {
        if faults.count < 32 { faults.append(Fault(pointer, detail)) }
        return nil
    }
}
