import Runtime

/// One page of a list: at most `limit` rows after a key (I9), newest first. Most keys are the rows' ids.
struct Page: Sendable {
    let limit: Int
    /// The last key of the page before; nil for the first page.
    let cursor: String?

    /// Reads `--limit` and `--cursor`.
    ///
    /// - Parameters:
    ///   - isNumbered: whether keys are ids; else digits, hyphens and letters as a page ended with.
    ///   - keyLength: such keys are shorter.
    init(_ arguments: Arguments, isNumbered: Bool = true, keyLength: Int = 64) throws(UsageError) {
        limit = try arguments.number(.limit, default: 50, in: 1...1000)
        cursor = try arguments.text(.cursor)
        guard let cursor else { return }
        let isKey = isNumbered ? (Int64(cursor) ?? 0) > 0 : cursor.utf8.count < keyLength && cursor.first?.isNumber == true
        if !isKey { throw UsageError("--cursor \(cursor): not a key that a page ended with") }
    }

    /// The last id of the page before, or one above all.
    var idBound: Int64 { cursor.flatMap { Int64($0) } ?? .max }
}
