import Messaging
import Primitives

/// One row, read column by column; collects everything that is wrong with it.
///
/// A reader that meets a fault notes it and returns a stand-in: the row is refused as a whole at the end. Faults quote
/// instants, zones and words of our own, never names, addresses or numbers (I8).
struct CSVRow {
    /// Line of the file, from 1.
    let line: Int
    /// What is wrong, one sentence each.
    private(set) var faults: [String]
    private let columns: [String: Int]
    private let fields: [[UInt8]]

    init(line: Int, columns: [String: Int], fields: [[UInt8]]) {
        (self.line, self.columns, self.fields, faults) = (line, columns, fields, [])
    }

    /// A row that could not be read at all.
    init(line: Int, fault: String) {
        (self.line, columns, fields, faults) = (line, [:], [], [fault])
    }

    /// A text that may be empty or whose column may be missing.
    mutating func optionalText(_ column: String, longest: Int) -> String? {
        guard let index = columns[column], !fields[index].isEmpty else { return nil }
        guard let text = String(validating: fields[index], as: UTF8.self) else { return fault("\(column): invalid UTF-8") }
        // U+0000 cannot be stored; the other controls have no business in a name, a line's end apart.
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F || "\n\r\t".unicodeScalars.contains($0) })
        else {
            return fault("\(column): a control character")
        }
        guard text.unicodeScalars.count <= longest else { return fault("\(column): longer than \(longest) characters") }
        return text
    }

    /// A text that must be there.
    mutating func text(_ column: String, longest: Int) -> String {
        let count = faults.count
        guard let text = optionalText(column, longest: longest) else {
            if faults.count == count { note("\(column): empty") }
            return ""
        }
        return text
    }

    /// An identifier: no blanks, at most 100 characters.
    mutating func identifier(_ column: String) -> String {
        let text = text(column, longest: 100)
        if text.contains(where: \.isWhitespace) { note("\(column): a blank in an identifier") }
        return text
    }

    /// An instant with its offset.
    mutating func optionalInstant(_ column: String) -> Timestamp? {
        guard let text = optionalText(column, longest: 64) else { return nil }
        guard let instant = Timestamp(text) else {
            return fault("\(column): \(text.debugDescription) is not an instant such as 2026-11-20T08:15:00Z")
        }
        return instant
    }

    /// An instant that must be there.
    mutating func instant(_ column: String) -> Timestamp {
        let count = faults.count
        guard let instant = optionalInstant(column) else {
            if faults.count == count { note("\(column): empty") }
            return Timestamp(microseconds: 0)
        }
        return instant
    }

    /// A whole number within bounds.
    mutating func number(_ column: String, in bounds: ClosedRange<Int>) -> Int {
        let text = text(column, longest: 20)
        if let number = Int(text), bounds.contains(number) { return number }
        if !text.isEmpty {
            note("\(column): \(text.debugDescription) is not a number from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return bounds.lowerBound
    }

    /// One word of a set; empty is the first of them.
    mutating func choice(_ column: String, of words: [String]) -> String {
        guard let text = optionalText(column, longest: 40) else { return words[0] }
        if !words.contains(text) { note("\(column): \(text.debugDescription) is not one of \(words.joined(separator: ", "))") }
        return text
    }

    /// A mail address, if there is one.
    mutating func optionalMailAddress(_ column: String) -> String? {
        guard let text = optionalText(column, longest: 254) else { return nil }
        if !AddressBook.isMailAddress(text) { note("\(column): not a mail address") }
        return text
    }

    /// Notes a fault.
    mutating func note(_ fault: String) { faults.append(fault) }

    private mutating func fault<Value>(_ text: String) -> Value? {
        note(text)
        return nil
    }
}
