/// The headers of a message, in order, with names that compare without regard to case.
///
/// The order and the spelling are kept, since providers sign and log what they get; a name may come more than once.
public struct HTTPHeaders: Sendable, Equatable {
    /// One header line.
    public struct Field: Sendable, Equatable {
        /// The name, spelled as given.
        public var name: String
        /// The value, without the white space around it.
        public var value: String

        /// A header line.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The lines, in order.
    public var fields: [Field]

    /// Headers out of their lines.
    public init(_ fields: [Field] = []) {
        self.fields = fields
    }

    /// The first value under a name, or nil; setting replaces every line of that name.
    public subscript(name: String) -> String? {
        get { fields.first { HTTPHeaders.isSameName($0.name, name) }?.value }
        set {
            fields.removeAll { HTTPHeaders.isSameName($0.name, name) }
            if let newValue { fields.append(Field(name, newValue)) }
        }
    }

    /// Adds a line at the end, keeping any other of the same name.
    public mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name, value))
    }

    /// Names are ASCII (RFC 9110 §5.1), so folding bytes is enough.
    static func isSameName(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && zip(left.utf8, right.utf8).allSatisfy { lowercase($0) == lowercase($1) }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}

extension HTTPHeaders: ExpressibleByDictionaryLiteral {
    /// Headers as a literal: `["Accept": "application/json"]`.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements.map { Field($0.0, $0.1) })
    }
}
