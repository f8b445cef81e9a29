/// The rows of a file, in batches; those that cannot be read go into the report.
///
/// Only the keys are kept, to tell a duplicate: about 100 bytes a row.
struct ImportFile<Row: ImportRow> {
    private var rows: CSVRows
    private var lines: [String: Int] = [:]

    /// - Throws: `CommandError` when the file cannot be read or lacks a column.
    init(_ path: String) throws { rows = try CSVRows(path, required: Row.required) }

    /// The next rows, at most `count`; nil at the end.
    mutating func next(_ count: Int, into report: inout ImportReport) throws -> [Row]? {
        var batch: [Row] = []
        while batch.count < count {
            guard var raw = try rows.next() else { return batch.isEmpty ? nil : batch }
            report.count("rows")
            // A record whose form is wrong has no columns to look at.
            if !raw.faults.isEmpty {
                report.refuse(raw.line, raw.faults.joined(separator: "; "))
                continue
            }
            let row = Row(&raw)
            if raw.faults.isEmpty, let repeated = repetition(of: row, line: raw.line) { raw.note(repeated) }
            if raw.faults.isEmpty { batch.append(row) } else { report.refuse(raw.line, raw.faults.joined(separator: "; ")) }
        }
        return batch
    }

    private mutating func repetition(of row: Row, line: Int) -> String? {
        guard let key = row.key else { return nil }
        // Identifiers hold no blanks, so that one tells the two apart.
        let name = "\(key.tenantID) \(key.id)"
        if let first = lines[name] { return "\(key.column): a duplicate of line \(first)" }
        lines[name] = line
        return nil
    }
}
