extension Shape where Value == String {
    /// An instant as RFC 3339 has it, such as `2026-11-20T08:15:00Z`: with its offset, never guessed. What it means is for
    /// ``converted(_:_:)`` to find out.
    public static var rfc3339: Shape {
        let shape = text(16...40)
        return Shape(schema: ["type": "string", "format": "date-time"]) { json, pointer, state in
            shape.read(json, at: pointer, &state)
        }
    }
}

extension Shape where Value == String? {
    /// A mail address in lower case; nil for an empty text, which is what browsers send of an empty field.
    ///
    /// What providers accept everywhere: ASCII, one `@`, a domain of several labels, at most 254 bytes (RFC 5321 §4.5.3.1.3).
    public static var mailAddress: Shape {
        Shape(schema: ["type": "string", "maxLength": 254, "pattern": .string(pattern)]) {
            json, pointer, state in
            guard case .string(let text) = json else { return state.refuse(pointer, "a string is expected, not \(json.kind)") }
            let address = trimmed(text)
            if address.isEmpty { return .some(nil) }
            guard text.utf8.count <= 254, isMailAddress(address) else {
                return state.refuse(pointer, "a mail address is expected")
            }
            return .some(address.lowercased())
        }
    }

    private static var pattern: String {
        let label = "[-0-9A-Za-z]+"
        return "^ *([-!#$%&'*+./0-9=?A-Z^_`a-z{|}~]+@\(label)([.]\(label))+)? *$"
    }

    private static func trimmed(_ text: String) -> Substring {
        let start = text.drop { $0 == " " }
        return start[..<(start.lastIndex { $0 != " " }.map { start.index(after: $0) } ?? start.startIndex)]
    }

    private static func isMailAddress(_ text: Substring) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.allSatisfy(isLocal) else { return false }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        return labels.count > 1 && labels.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isLabel) }
    }

    private static func isLabel(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func isLocal(_ byte: UInt8) -> Bool {
        isLabel(byte) || "!#$%&'*+./=?^_`{|}~".utf8.contains(byte)
    }
}
