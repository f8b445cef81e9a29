/// Reads JSON that a stranger sent: strict where RFC 8259 leaves a choice, bounded in every direction, one pass over the bytes.
///
/// Refused besides what is no JSON: names that come twice in one object, U+0000 (Postgres cannot store it), what is not UTF-8,
/// halves of surrogate pairs, and whatever is past the limits.
public struct JSONReader {
    /// How much a body may hold.
    public struct Limits: Sendable {
        /// Objects and arrays within each other.
        public var depth = 32
        /// Values in all.
        public var values = 10_000
        /// Bytes of a number's text.
        public var numberBytes = 40
        /// The limits of an ordinary request.
        public init() {}
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private let limits: Limits
    private var index = 0
    private var values = 0
    private var path: [String] = []

    /// Reads a whole text.
    ///
    /// - Throws: the first fault, with a pointer to the value it is in.
    public static func read(_ bytes: [UInt8], limits: Limits = Limits()) throws(Fault) -> JSON {
        // The closure of an array's buffer takes no typed throws.
        let outcome = bytes.withUnsafeBufferPointer { buffer -> Result<JSON, Fault> in
            var reader = JSONReader(bytes: buffer, limits: limits)
            do throws(Fault) {
                return .success(try reader.whole())
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, limits: Limits) {
        self.bytes = bytes
        self.limits = limits
    }

    private mutating func whole() throws(Fault) -> JSON {
        skipSpace()
        let value = try self.value()
        skipSpace()
        guard index == bytes.count else { throw fault("more text follows the value") }
        return value
    }

    private func fault(_ detail: String) -> Fault { Fault(Pointer(path), "\(detail) (at byte \(index))") }

    private mutating func value() throws(Fault) -> JSON {
        values += 1
        guard values <= limits.values else { throw fault("more than \(limits.values) values") }
        guard index < bytes.count else { throw fault("the text ends where a value is expected") }
        switch bytes[index] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw fault("no JSON value begins so")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(Fault) -> JSON {
        let length = word.utf8CodeUnitCount
        guard index + length <= bytes.count, (0..<length).allSatisfy({ bytes[index + $0] == word.utf8Start[$0] }) else {
            throw fault("no JSON value begins so")
        }
        index += length
        return value
    }

    private mutating func object() throws(Fault) -> JSON {
        try descend()
        var members: [JSON.Member] = []
        var names: Set<String> = []
        if !take(UInt8(ascii: "}")) {
            repeat {
                skipSpace()
                guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw fault("a member's name is expected") }
                let name = try string()
                path.append(name)
                // A few names are compared at once; a set pays only for many.
                let isNew = members.count < 12 ? !members.contains { $0.name == name } : isNew(name, &names, members)
                guard isNew else { throw fault("the name comes twice") }
                skipSpace()
                guard take(UInt8(ascii: ":")) else { throw fault("a colon is expected") }
                skipSpace()
                members.append(JSON.Member(name, try value()))
                path.removeLast()
                skipSpace()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { throw fault("a comma or the object's end is expected") }
        }
        depth -= 1
        return .object(members)
    }

    private func isNew(_ name: String, _ names: inout Set<String>, _ members: [JSON.Member]) -> Bool {
        if names.isEmpty { names = Set(members.map(\.name)) }
        return names.insert(name).inserted
    }

    private mutating func array() throws(Fault) -> JSON {
        try descend()
        var elements: [JSON] = []
        if !take(UInt8(ascii: "]")) {
            repeat {
                skipSpace()
                path.append(String(elements.count))
                elements.append(try value())
                path.removeLast()
                skipSpace()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "]")) else { throw fault("a comma or the array's end is expected") }
        }
        depth -= 1
        return .array(elements)
    }

    private var depth = 0

    private mutating func descend() throws(Fault) {
        depth += 1
        guard depth <= limits.depth else { throw fault("nested deeper than \(limits.depth)") }
        index += 1
        skipSpace()
    }

    private mutating func number() throws(Fault) -> JSON {
        let start = index
        _ = take(UInt8(ascii: "-"))
        let whole = digits()
        var isSound = whole > 0 && (whole == 1 || bytes[index - whole] != UInt8(ascii: "0"))
        if take(UInt8(ascii: ".")) { isSound = digits() > 0 && isSound }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            let exponent = digits()
            // Postgres keeps numbers digit by digit: an exponent of five digits would become a text of as many bytes.
            isSound = (1...3).contains(exponent) && isSound
        }
        guard isSound, index - start <= limits.numberBytes else { throw fault("no number, or one that is too long") }
        return .number(String(decoding: bytes[start..<index], as: UTF8.self))
    }

    private mutating func digits() -> Int {
        let start = index
        while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 }
        return index - start
    }

    private mutating func string() throws(Fault) -> String {
        index += 1
        let start = index
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                guard let text = String(validating: bytes[start..<index], as: UTF8.self) else { throw fault("not UTF-8") }
                index += 1
                return text
            case UInt8(ascii: "\\"): return try escapedString(from: start)
            case 0..<0x20: throw fault("a control character in a text must be escaped")
            default: index += 1
            }
        }
        throw fault("the text ends within a string")
    }

    private mutating func escapedString(from start: Int) throws(Fault) -> String {
        var decoded = Array(bytes[start..<index])
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: decoded, as: UTF8.self) else { throw fault("not UTF-8") }
                return text
            case UInt8(ascii: "\\"): try escape(into: &decoded)
            case 0..<0x20: throw fault("a control character in a text must be escaped")
            default: decoded.append(byte)
            }
        }
        throw fault("the text ends within a string")
    }

    private mutating func escape(into decoded: inout [UInt8]) throws(Fault) {
        guard index < bytes.count else { throw fault("the text ends within a string") }
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(byte)
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0C)
        case UInt8(ascii: "n"): decoded.append(0x0A)
        case UInt8(ascii: "r"): decoded.append(0x0D)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"): decoded.append(contentsOf: String(try scalar()).utf8)
        default: throw fault("no such escape")
        }
    }

    private mutating func scalar() throws(Fault) -> Unicode.Scalar {
        let first = try codeUnit()
        var value = first
        if (0xD800..<0xDC00).contains(first), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
            let second = try codeUnit()
            guard (0xDC00..<0xE000).contains(second) else { throw fault("half a surrogate pair") }
            value = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
        }
        guard value != 0 else { throw fault("U+0000 in a text") }
        guard let scalar = Unicode.Scalar(value) else { throw fault("half a surrogate pair") }
        return scalar
    }

    private mutating func codeUnit() throws(Fault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard index < bytes.count else { throw fault("the text ends within a string") }
            switch bytes[index] {
            case let digit where (0x30...0x39).contains(digit): value = value << 4 | UInt32(digit - 0x30)
            case let digit where (0x41...0x46).contains(digit): value = value << 4 | UInt32(digit - 0x37)
            case let digit where (0x61...0x66).contains(digit): value = value << 4 | UInt32(digit - 0x57)
            default: throw fault("four hexadecimal digits are expected")
            }
            index += 1
        }
        return value
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func skipSpace() {
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x0A || bytes[index] == 0x0D || bytes[index] == 0x09 {
            index += 1
        }
    }
}
