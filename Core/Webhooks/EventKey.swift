private import Crypto

/// Keys under which events are known again.
enum EventKey {
    private static let longest = 200

    /// The parts, joined; the hash of the body where one is missing or blank: a repetition has the same bytes.
    static func of(_ parts: String?..., else body: [UInt8]) -> String {
        of(parts, else: hash(of: body))
    }

    /// The same with the fallback at hand.
    static func of(_ parts: [String?], else fallback: @autoclosure () -> String) -> String {
        let known = parts.compactMap { $0.flatMap { $0.isEmpty ? nil : $0 } }
        guard known.count == parts.count else { return fallback() }
        let key = known.joined(separator: ":")
        // Whatever would not fit an index or a log is known by its hash.
        return key.utf8.count <= longest && key.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? key : "sha256:\(SHA256.hex(key))"
    }

    /// The key of a body that names none.
    static func hash(of body: [UInt8]) -> String { "sha256:\(SHA256.hex(body))" }
}
