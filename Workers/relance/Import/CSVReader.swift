/// Reads RFC 4180: quoted fields with commas, doubled quotes and line ends in them, CRLF or LF, a byte order mark, no
/// line end after the last record.
///
/// A record whose form is wrong costs that record only: reading goes on at the next line, also after a quote that is
/// never closed.
struct CSVReader {
    /// More than any field of ours; an unclosed quote cannot swallow the memory.
    private static let longestRecord = 65_536

    private let source: any CSVSource
    private var buffer: [UInt8] = []
    private var position = 0
    private var line = 1
    private var sourceHasEnded = false

    /// - Parameter source: the file's bytes.
    init(_ source: any CSVSource) throws {
        self.source = source
        if try byte(at: 2) != nil, Array(buffer[0..<3]) == [0xEF, 0xBB, 0xBF] { position = 3 }
    }

    /// The next record that is not an empty line; nil at the end.
    mutating func next() throws -> CSVRecord? {
        while true {
            forgetWhatIsRead()
            guard let first = try byte(at: position) else { return nil }
            if first == .lineFeed {
                (position, line) = (position + 1, line + 1)
            } else if first == .carriageReturn, try byte(at: position + 1) == .lineFeed {
                (position, line) = (position + 2, line + 1)
            } else {
                return try record()
            }
        }
    }

    private mutating func record() throws -> CSVRecord {
        let (start, startLine) = (position, line)
        var fields: [[UInt8]] = []
        while true {
            let end: FieldEnd
            do {
                let field: [UInt8]
                (field, end) = try self.field(within: start + Self.longestRecord)
                fields.append(field)
            } catch let fault as Fault {
                try skipLine(from: start, startLine)
                return CSVRecord(line: startLine, fields: [], fault: fault.text)
            }
            if end == .record { return CSVRecord(line: startLine, fields: fields, fault: nil) }
        }
    }

    private enum FieldEnd { case field, record }

    private struct Fault: Error { let text: String }

    private mutating func field(within limit: Int) throws -> ([UInt8], FieldEnd) {
        if try byte(at: position) == .quote {
            position += 1
            return try quotedField(within: limit)
        }
        var value: [UInt8] = []
        while true {
            if let end = try fieldEnd() { return (value, end) }
            guard let next = try byte(at: position), position < limit else { throw Fault(text: "the row is longer than 64 KiB") }
            if next == .quote { throw Fault(text: "a quote in a field that does not begin with one") }
            value.append(next)
            position += 1
        }
    }

    private mutating func quotedField(within limit: Int) throws -> ([UInt8], FieldEnd) {
        var value: [UInt8] = []
        while position < limit, let next = try byte(at: position) {
            position += 1
            if next == .quote {
                guard try byte(at: position) == .quote else {
                    if let end = try fieldEnd() { return (value, end) }
                    throw Fault(text: "text after a closing quote")
                }
                position += 1
            }
            if next == .lineFeed { line += 1 }
            value.append(next)
        }
        throw Fault(text: "a quote is opened and not closed")
    }

    /// Steps over a comma or a line's end, if one stands here.
    private mutating func fieldEnd() throws -> FieldEnd? {
        switch try byte(at: position) {
        case nil: return .record
        case .comma:
            position += 1
            return .field
        case .lineFeed:
            (position, line) = (position + 1, line + 1)
            return .record
        case .carriageReturn:
            guard try byte(at: position + 1) == .lineFeed else { return nil }
            (position, line) = (position + 2, line + 1)
            return .record
        default: return nil
        }
    }

    private mutating func skipLine(from start: Int, _ startLine: Int) throws {
        position = start
        while let next = try byte(at: position), next != .lineFeed { position += 1 }
        if try byte(at: position) != nil { position += 1 }
        line = startLine + 1
    }

    private mutating func byte(at index: Int) throws -> UInt8? {
        while index >= buffer.count, !sourceHasEnded { sourceHasEnded = try !source.read(into: &buffer) }
        return index < buffer.count ? buffer[index] : nil
    }

    private mutating func forgetWhatIsRead() {
        guard position > Self.longestRecord else { return }
        buffer.removeFirst(position)
        position = 0
    }
}

extension UInt8 {
    fileprivate static let quote = UInt8(ascii: "\"")
    fileprivate static let comma = UInt8(ascii: ",")
    fileprivate static let lineFeed = UInt8(ascii: "\n")
    fileprivate static let carriageReturn = UInt8(ascii: "\r")
}
