/// One record of a CSV file, or what is wrong with its form.
struct CSVRecord: Sendable {
    /// Line on which it begins, from 1.
    let line: Int
    /// The bytes of its fields, quotes undone; not yet known to be UTF-8.
    let fields: [[UInt8]]
    /// Why it could not be read.
    let fault: String?
}
