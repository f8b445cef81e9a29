extension Shape where Value == String {
    /// A text of so many characters (Unicode scalars, as JSON Schema counts).
    public static func text(_ length: ClosedRange<Int>) -> Shape {
        Shape(schema: ["type": "string", "minLength": .int(length.lowerBound), "maxLength": .int(length.upperBound)]) {
            json, pointer, state in
            guard case .string(let text) = json else { return state.refuse(pointer, "a string is expected, not \(json.kind)") }
            guard isWithin(length, text) else {
                return state.refuse(pointer, "must have \(length.lowerBound) to \(length.upperBound) characters")
            }
            return text
        }
    }

    /// A text that is cut where it is longer than `length` characters; it may be empty. What is longer than `bound` is refused.
    public static func cutText(to length: Int, bound: Int) -> Shape {
        text(0...bound).map { text in
            // Most texts are short; counting bytes is cheaper than counting characters.
            text.utf8.count <= length ? text : String(text.prefix(length))
        }
    }

    /// A UUID in its usual form, read in lower case.
    public static var uuid: Shape {
        Shape(schema: ["type": "string", "format": "uuid"]) { json, pointer, state in
            guard case .string(let text) = json, isUUID(text) else { return state.refuse(pointer, "a UUID is expected") }
            return text.lowercased()
        }
    }

    private static func isWithin(_ length: ClosedRange<Int>, _ text: String) -> Bool {
        let bytes = text.utf8.count
        if bytes < length.lowerBound { return false }
        // Every character has at least one byte and at most four.
        if bytes <= length.upperBound, bytes / 4 >= length.lowerBound { return true }
        return length.contains(text.unicodeScalars.count)
    }

    private static func isUUID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count == 36
            && bytes.indices.allSatisfy { index in
                let byte = bytes[index]
                if [8, 13, 18, 23].contains(index) { return byte == UInt8(ascii: "-") }
                return (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
            }
    }
}

extension Shape where Value == Int {
    /// A whole number.
    public static func integer(_ range: ClosedRange<Int>) -> Shape {
        Shape(schema: ["type": "integer", "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)]) {
            json, pointer, state in
            let text: String
            switch json {
            case .number(let digits): text = digits
            case .string(let digits) where state.isText: text = digits
            default: return state.refuse(pointer, "a whole number is expected, not \(json.kind)")
            }
            guard let number = Int(text), range.contains(number) else {
                return state.refuse(pointer, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
    }
}

extension Shape where Value == Bool {
    /// True or false.
    public static var bool: Shape {
        Shape(schema: ["type": "boolean"]) { json, pointer, state in
            switch json {
            case .bool(let value): return value
            case .string("true") where state.isText: return true
            case .string("false") where state.isText: return false
            default: return state.refuse(pointer, "true or false is expected")
            }
        }
    }
}

extension Shape where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the words that the type has.
    public static var choice: Shape {
        let words = Value.allCases.map(\.rawValue)
        return Shape(schema: ["type": "string", "enum": .array(words.map { .string($0) })]) { json, pointer, state in
            guard case .string(let word) = json, let value = Value(rawValue: word) else {
                return state.refuse(pointer, "must be one of \(words.joined(separator: ", "))")
            }
            return value
        }
    }
}

extension Shape where Value == JSON {
    /// An object of any members.
    ///
    /// - Parameter bytes: how long its text may be.
    public static func freeObject(bytes: Int) -> Shape {
        Shape(schema: ["type": "object"]) { json, pointer, state in
            guard case .object = json else { return state.refuse(pointer, "an object is expected, not \(json.kind)") }
            guard json.bytes.count <= bytes else { return state.refuse(pointer, "longer than \(bytes) bytes") }
            return json
        }
    }
}
