/// The rows of a CSV file under the names of its first line.
struct CSVRows {
    /// The file's name, as it was given.
    let path: String
    private var reader: CSVReader
    private let columns: [String: Int]
    private let width: Int

    /// Opens a file and reads its header.
    ///
    /// - Parameter required: columns without which nothing can be loaded; others may be missing.
    /// - Throws: `CommandError` when the file cannot be read or is no such file.
    init(_ path: String, required: [String]) throws {
        self.path = path
        reader = try CSVReader(try CSVFile(path))
        guard let header = try reader.next() else {
            throw CommandError("\(path): the file is empty; its first line names the columns \(required.joined(separator: ","))")
        }
        if let fault = header.fault { throw CommandError("\(path): line \(header.line): \(fault)") }
        let names = header.fields.map { String(decoding: $0, as: UTF8.self) }
        columns = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
        width = names.count
        let missing = required.filter { columns[$0] == nil }
        guard missing.isEmpty else {
            throw CommandError(
                "\(path): line \(header.line): missing column \(missing.joined(separator: ", ")); the first line must name the columns \(required.joined(separator: ","))"
            )
        }
    }

    /// The next row; nil at the end.
    mutating func next() throws -> CSVRow? {
        guard let record = try reader.next() else { return nil }
        if let fault = record.fault { return CSVRow(line: record.line, fault: fault) }
        guard record.fields.count == width else {
            return CSVRow(line: record.line, fault: "\(record.fields.count) fields where the header names \(width)")
        }
        return CSVRow(line: record.line, columns: columns, fields: record.fields)
    }
}
