import Primitives

/// A page of rows as a command prints it: a table and how to go on, or JSON with the key of the next page.
struct Listing<Row> {
    /// Name of the rows, in the JSON and in "no jobs".
    let noun: String
    let table: Table<Row>
    let json: (Row) -> JSONValue
    let key: (Row) -> String

    /// - Parameter rows: one more than the page holds, where there are more.
    func print(_ rows: [Row], page: Page, command: any Command.Type, arguments: Arguments) {
        let shown = Array(rows.prefix(page.limit))
        let next = rows.count > page.limit ? shown.last.map(key) : nil
        if arguments.has(.json) {
            Swift.print(
                JSONValue.object([(noun, .array(shown.map(json))), ("next_cursor", .optional(next))]).text)
            return
        }
        let words = noun.replacing("_", with: "-")
        if shown.isEmpty { return Swift.print(page.cursor == nil ? "No \(words) match." : "No more \(words).") }
        table.lines(shown, on: .output).forEach { Swift.print($0) }
        if let next { Swift.print("More: relance \(command.name) \(Self.repeated(arguments.words))--cursor \(next)") }
    }

    /// The words as typed, without an earlier cursor.
    private static func repeated(_ words: [String]) -> String {
        var kept: [String] = []
        var skipsValue = false
        for word in words {
            if skipsValue {
                skipsValue = false
            } else if word == Flag.cursor.name {
                skipsValue = true
            } else if !word.hasPrefix(Flag.cursor.name + "=") {
                kept.append(word)
            }
        }
        return kept.map { $0 + " " }.joined()
    }
}
