/// A row of a file that can be imported.
protocol ImportRow: Sendable {
    /// Columns without which a row says nothing.
    static var required: [String] { get }

    /// Reads a row; what is wrong with it is noted there.
    init(_ row: inout CSVRow)

    /// What may stand in a file only once, and the column to blame; nil where rows may repeat.
    var key: (column: String, tenantID: String, id: String)? { get }
}
