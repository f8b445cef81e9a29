private import Glibc
private import Primitives

/// A value as `PQsendQueryParams` takes it, in memory of its own.
///
/// Arrays go in binary: the server then copies their elements instead of parsing one long text, which for a batch of
/// requests costs it more than storing them. Such an array names its type, and a statement's own cast (`$1::uuid[]`)
/// applies to that. Everything else goes as text of a type that the statement decides.
final class WireValue {
    /// OID of the type, or 0 where the statement decides.
    let type: UInt32
    /// 1 for binary, 0 for text.
    let format: Int32
    /// Null for SQL null. A text ends in a zero that `count` does not include.
    let start: UnsafeMutablePointer<CChar>?
    let count: Int

    private init(type: UInt32 = 0, format: Int32 = 0, memory bytes: UnsafeMutableRawBufferPointer?, count: Int? = nil) {
        self.type = type
        self.format = format
        start = bytes?.baseAddress?.assumingMemoryBound(to: CChar.self)
        self.count = count ?? bytes?.count ?? 0
    }

    deinit { start.map { free($0) } }

    convenience init(_ value: PostgresValue) {
        switch value {
        case .null: self.init(memory: nil)
        case .text(let text): self.init(text: text)
        case .int(let number): self.init(text: String(number))
        case .bool(let flag): self.init(text: flag ? "t" : "f")
        case .timestamp(let instant): self.init(text: instant.description)
        case .bytes(let bytes):
            // At least one byte, as no memory at all would mean null.
            let memory = Self.allocate(max(1, bytes.count))
            memory.copyBytes(from: bytes)
            self.init(format: 1, memory: memory, count: bytes.count)
        case .texts(let texts):
            self.init(texts, type: 1009, elements: 25, size: { $0.map { $0.utf8.count } }) { $0.put($1 ?? "") }
        case .byteStrings(let values):
            self.init(values, type: 1001, elements: 17, size: { $0.count }) { $0.put($1) }
        case .ints(let numbers): self.init(numbers, type: 1016, elements: 20, size: { _ in 8 }) { $0.put($1) }
        case .bools(let flags): self.init(flags, type: 1000, elements: 16, size: { _ in 1 }) { $0.put($1 ? 1 as UInt8 : 0) }
        case .timestamps(let instants):
            self.init(instants, type: 1185, elements: 1184, size: { $0.map { _ in 8 } }) { $0.put(Self.microseconds($1)) }
        }
    }

    private convenience init(text: String) {
        let memory = Self.allocate(text.utf8.count + 1)
        var writer = Writer(memory)
        writer.put(text)
        writer.put(0 as UInt8)
        self.init(memory: memory, count: memory.count - 1)
    }

    /// The form of `array_send`: dimensions, whether there are nulls, type of the elements, length and lower bound; then
    /// each element behind its size, -1 for null.
    private convenience init<Element>(
        _ values: [Element], type: UInt32, elements: UInt32, size: (Element) -> Int?, put: (inout Writer, Element) -> Void
    ) {
        let header = values.isEmpty ? 12 : 20
        let memory = Self.allocate(values.reduce(header) { $0 + 4 + (size($1) ?? 0) })
        var writer = Writer(memory)
        writer.put(values.isEmpty ? 0 as Int32 : 1)
        writer.put(1 as Int32)
        writer.put(elements)
        if !values.isEmpty {
            writer.put(Int32(values.count))
            writer.put(1 as Int32)
        }
        for value in values {
            let size = size(value)
            writer.put(Int32(size ?? -1))
            if size != nil { put(&writer, value) }
        }
        self.init(type: type, format: 1, memory: memory)
    }

    private static func allocate(_ count: Int) -> UnsafeMutableRawBufferPointer {
        guard let memory = malloc(count) else { preconditionFailure("No memory for a value of \(count) bytes.") }
        return UnsafeMutableRawBufferPointer(start: memory, count: count)
    }

    /// Microseconds since 2000-01-01. What cannot be told is made what the server refuses; the lowest number would mean
    /// infinity.
    private static func microseconds(_ instant: Timestamp?) -> Int64 {
        let (value, overflows) = (instant?.microseconds ?? 0).subtractingReportingOverflow(946_684_800_000_000)
        return overflows ? .min + 1 : max(value, .min + 1)
    }
}

/// Fills memory from front to back.
private struct Writer {
    private var rest: UnsafeMutableRawBufferPointer

    init(_ memory: UnsafeMutableRawBufferPointer) { rest = memory }

    mutating func put(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { put($0) }
    }

    mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { put(UnsafeRawBufferPointer($0)) }
    }

    mutating func put(_ bytes: [UInt8]) { bytes.withUnsafeBytes { put($0) } }

    private mutating func put(_ bytes: UnsafeRawBufferPointer) {
        rest.copyMemory(from: bytes)
        rest = UnsafeMutableRawBufferPointer(rebasing: rest[bytes.count...])
    }
}
