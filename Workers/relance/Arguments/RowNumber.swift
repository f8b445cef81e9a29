import Runtime

/// A row's number as an operator types it.
enum RowNumber {
    /// Reads one.
    ///
    /// - Parameter what: what it numbers, for the error.
    static func read(_ text: String, of what: String) throws(UsageError) -> Int64 {
        guard let number = Int64(text), number > 0 else { throw UsageError("\(text): not the number of a \(what)") }
        return number
    }
}
