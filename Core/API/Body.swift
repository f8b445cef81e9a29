/// What a route wants of a body.
public struct Body<Value: Sendable>: Sendable {
    /// Longest body in bytes; decided upon before it is read.
    let limit: Int
    /// What OpenAPI is told: content types and schema; nil without a body.
    let content: (types: [String], schema: JSON, isRequired: Bool)?
    let read: @Sendable (_ bytes: [UInt8], _ contentType: String?, _ faults: inout [Fault]) throws(Problem) -> Value?

    /// A JSON body.
    ///
    /// - Parameters:
    ///   - limit: in bytes.
    ///   - values: how many values it may hold, those within others counted too; more for batches.
    ///   - types: what it may be called besides application/json.
    public static func json(
        _ shape: Shape<Value>, upTo limit: Int = 64 << 10, values: Int = 10_000, alsoAs types: [String] = []
    ) -> Body {
        let names = ["application/json"] + types
        var limits = JSONReader.Limits()
        limits.values = values
        return Body(limit: limit, content: (names, shape.schema, true)) { [limits] bytes, type, faults throws(Problem) in
            try require(names, type)
            return parse(bytes, shape, limits, &faults)
        }
    }

    /// A JSON body that may be missing.
    public static func optionalJSON<Wrapped>(_ shape: Shape<Wrapped>, upTo limit: Int = 64 << 10) -> Body
    where Value == Wrapped? {
        Body(limit: limit, content: (["application/json"], shape.schema, false)) { bytes, type, faults throws(Problem) in
            if bytes.isEmpty { return .some(nil) }
            try require(["application/json"], type)
            return parse(bytes, shape, JSONReader.Limits(), &faults).map { .some($0) }
        }
    }

    private static func require(_ names: [String], _ type: String?) throws(Problem) {
        if let type, names.contains(type) { return }
        // Parameters are allowed; UTF-8 is the only encoding there is (RFC 8259 §8.1), and other bytes are refused by the reader.
        let name = type?.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        guard let name, names.contains(name) else {
            throw Problem(415, "unsupported_media_type", "The body must be \(names.joined(separator: " or ")).")
        }
    }

    private static func parse<Parsed>(
        _ bytes: [UInt8], _ shape: Shape<Parsed>, _ limits: JSONReader.Limits, _ faults: inout [Fault]
    ) -> Parsed? {
        do throws(Fault) {
            let json = try JSONReader.read(bytes, limits: limits)
            switch shape.read(json) {
            case .success(let value): return value
            case .failure(let found): faults += found.list
            }
        } catch {
            faults.append(error)
        }
        return nil
    }
}

extension Body where Value == Void {
    /// No body: one that comes is not looked at.
    public static var none: Body {
        Body(limit: 16 << 10, content: nil) { _, _, _ throws(Problem) in () }
    }
}

extension Body where Value == [UInt8] {
    /// The bytes as they came: for signatures, which are computed over them.
    ///
    /// - Parameter types: content types, for the documentation.
    public static func raw(_ types: [String], upTo limit: Int) -> Body {
        Body(limit: limit, content: (types, ["type": "string", "format": "binary"], true)) { bytes, _, _ throws(Problem) in bytes
        }
    }
}
