import Runtime

/// One page of a list: at most `limit` rows after a key (I9). Keys are the rows' ids, newest first.
struct Page: Sendable {
    let limit: Int
    /// The last id of the page before; nil for the first page.
    let cursor: Int64?

    /// Reads `--limit` and `--cursor`.
    init(_ arguments: Arguments) throws(UsageError) {
        limit = try arguments.number(.limit, default: 50, in: 1...1000)
        guard let text = try arguments.text(.cursor) else {
            cursor = nil
            return
        }
        guard let id = Int64(text), id > 0 else { throw UsageError("--cursor \(text): not a key that a page ended with") }
        cursor = id
    }
}
