public import Primitives

private import CPostgres

/// The answer to one statement. Text format; columns by position or name.
///
/// Lives on its session's thread and is decoded there: values leave, the rows do not.
public final class PostgresRows {
    private let result: OpaquePointer
    private let statement: String

    /// Number of rows.
    public let count: Int
    /// Rows affected, for statements that return none.
    public let affected: Int

    init(adopting result: OpaquePointer, statement: String) {
        self.result = result
        self.statement = statement
        count = Int(PQntuples(result))
        affected = Int(String(cString: PQcmdTuples(result))) ?? 0
    }

    deinit { PQclear(result) }

    /// The row at `index`, below `count`.
    public subscript(index: Int) -> PostgresRow {
        precondition(index < count, "Row \(index) of \(count) in \(statement).")
        return PostgresRow(rows: self, index: Int32(index))
    }

    /// Decodes every row.
    public func map<Value>(_ decode: (PostgresRow) throws(PostgresError) -> Value) throws(PostgresError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(count)
        for index in 0..<count { values.append(try decode(self[index])) }
        return values
    }

    /// The only row; none or several are an error.
    public func single() throws(PostgresError) -> PostgresRow {
        guard count == 1 else { throw .data(statement: statement, "\(count) rows where one is expected") }
        return self[0]
    }

    /// The first row, if any.
    public var first: PostgresRow? { count > 0 ? self[0] : nil }

    /// Names of the columns, in order.
    public var columns: [String] { (0..<PQnfields(result)).map { String(cString: PQfname(result, $0)) } }

    fileprivate func column(_ name: String) throws(PostgresError) -> Int32 {
        let number = PQfnumber(result, name)
        guard number >= 0 else { throw .data(statement: statement, "no column \(name)") }
        return number
    }

    fileprivate func bytes(_ row: Int32, _ column: Int32) -> UnsafeBufferPointer<UInt8>? {
        guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else { return nil }
        let length = Int(PQgetlength(result, row, column))
        return start.withMemoryRebound(to: UInt8.self, capacity: length) { UnsafeBufferPointer(start: $0, count: length) }
    }

    fileprivate func mismatch(_ column: Int32, _ type: String) -> PostgresError {
        guard let name = PQfname(result, column) else { return .data(statement: statement, "no column \(column)") }
        return .data(statement: statement, "column \(String(cString: name)) is not \(type)")
    }
}

/// One row of an answer.
public struct PostgresRow {
    fileprivate let rows: PostgresRows
    fileprivate let index: Int32

    /// Text at a position, or nil for null.
    public func optionalText(_ column: Int) -> String? {
        rows.bytes(index, Int32(column)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Text of a named column, or nil for null.
    public func optionalText(_ name: String) throws(PostgresError) -> String? { optionalText(Int(try rows.column(name))) }

    /// Text at a position.
    public func text(_ column: Int) throws(PostgresError) -> String {
        guard let value = optionalText(column) else { throw rows.mismatch(Int32(column), "a text (null)") }
        return value
    }

    /// Text of a named column.
    public func text(_ name: String) throws(PostgresError) -> String { try text(Int(try rows.column(name))) }

    /// Integer at a position, or nil for null.
    public func optionalInt(_ column: Int) throws(PostgresError) -> Int64? {
        guard let bytes = rows.bytes(index, Int32(column)) else { return nil }
        guard let value = parseInt(bytes) else { throw rows.mismatch(Int32(column), "an integer") }
        return value
    }

    /// Integer of a named column, or nil for null.
    public func optionalInt(_ name: String) throws(PostgresError) -> Int64? { try optionalInt(Int(try rows.column(name))) }

    /// Integer at a position.
    public func int(_ column: Int) throws(PostgresError) -> Int64 {
        guard let value = try optionalInt(column) else { throw rows.mismatch(Int32(column), "an integer (null)") }
        return value
    }

    /// Integer of a named column.
    public func int(_ name: String) throws(PostgresError) -> Int64 { try int(Int(try rows.column(name))) }

    /// Boolean at a position; null counts as false.
    public func bool(_ column: Int) -> Bool { rows.bytes(index, Int32(column))?.first == UInt8(ascii: "t") }

    /// Boolean of a named column; null counts as false.
    public func bool(_ name: String) throws(PostgresError) -> Bool { bool(Int(try rows.column(name))) }

    /// Number with decimals, of a named column, or nil for null.
    public func optionalDouble(_ name: String) throws(PostgresError) -> Double? {
        guard let text = try optionalText(name) else { return nil }
        guard let value = Double(text) else { throw rows.mismatch(try rows.column(name), "a number") }
        return value
    }

    /// Instant of a named column, or nil for null.
    public func optionalTimestamp(_ name: String) throws(PostgresError) -> Timestamp? {
        guard let text = try optionalText(name) else { return nil }
        guard let value = Timestamp(text) else { throw rows.mismatch(try rows.column(name), "an instant") }
        return value
    }

    /// Instant of a named column.
    public func timestamp(_ name: String) throws(PostgresError) -> Timestamp {
        guard let value = try optionalTimestamp(name) else { throw rows.mismatch(try rows.column(name), "an instant (null)") }
        return value
    }

    private func parseInt(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        var value: Int64 = 0
        var digits = bytes[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        guard !digits.isEmpty else { return nil }
        for byte in digits {
            guard (48...57).contains(byte) else { return nil }
            let (scaled, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = scaled.subtractingReportingOverflow(Int64(byte - 48))
            guard !tooLarge, !overflows else { return nil }
            value = sum
        }
        return isNegative ? value : (value == .min ? nil : -value)
    }
}
