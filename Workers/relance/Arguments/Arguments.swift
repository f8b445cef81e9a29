import Primitives
import Runtime

/// What stands after a command's name, checked against the flags and operands that the command declares.
///
/// `--flag value` and `--flag=value` are the same; flags and operands mix in any order.
struct Arguments: Sendable {
    /// As they were typed, to suggest the next command.
    let words: [String]
    /// In their order; as many as the command allows.
    let operands: [String]
    private let values: [String: String]

    /// Reads a command line.
    ///
    /// - Throws: `UsageError` with a sentence that names the word.
    init(_ words: [String], flags: [Flag], operands expected: [Operand]) throws(UsageError) {
        var reader = ArgumentReader(words)
        var values: [String: String] = [:]
        var operands: [String] = []
        while let word = reader.next() {
            if let flag = flags.first(where: { $0.name == word }) {
                guard values[word] == nil else { throw UsageError("\(word): given twice") }
                values[word] = flag.value == nil ? "" : try reader.value(of: word)
            } else if word.hasPrefix("-") && word.count > 1 {
                throw UsageError("\(word): unknown flag (this command takes \(flags.map(\.name).joined(separator: ", ")))")
            } else if operands.count == expected.reduce(0, { $0 + $1.count.upperBound }) {
                throw UsageError("\(word): not expected here")
            } else {
                operands.append(word)
            }
        }
        // Operands that may be missing or repeated come last.
        if let missing = expected.enumerated().first(where: {
            $0 + $1.count.lowerBound > operands.count && $1.count.lowerBound > 0
        }) {
            throw UsageError("\(missing.element.what) is missing")
        }
        self.words = words
        self.values = values
        self.operands = operands
    }

    /// Whether a switch was given.
    func has(_ flag: Flag) -> Bool { values[flag.name] != nil }

    /// The value of a flag.
    func text(_ flag: Flag) throws(UsageError) -> String? {
        guard let value = values[flag.name] else { return nil }
        if value.isEmpty { throw UsageError("\(flag.name): the value is empty") }
        return value
    }

    /// The value of a flag that must be given.
    func required(_ flag: Flag) throws(UsageError) -> String {
        guard let value = try text(flag) else { throw UsageError("\(flag.name) \(flag.value ?? "") is missing") }
        return value
    }

    /// A whole number within bounds.
    func number(_ flag: Flag, default standard: Int, in bounds: ClosedRange<Int>) throws(UsageError) -> Int {
        guard let value = try text(flag) else { return standard }
        guard let number = Int(value), bounds.contains(number) else {
            throw UsageError("\(flag.name) \(value): a number from \(bounds.lowerBound) to \(bounds.upperBound) is expected")
        }
        return number
    }

    /// One word of a set that must be given.
    func requiredChoice(_ flag: Flag, of words: [String]) throws(UsageError) -> String {
        guard let word = try choice(flag, of: words) else {
            throw UsageError("\(flag.name) is missing: one of \(words.joined(separator: ", ")) is expected")
        }
        return word
    }

    /// One word of a set.
    func choice(_ flag: Flag, of words: [String]) throws(UsageError) -> String? {
        guard let value = try text(flag) else { return nil }
        guard words.contains(value) else {
            throw UsageError("\(flag.name) \(value): one of \(words.joined(separator: ", ")) is expected")
        }
        return value
    }

    /// An instant, or a time before now such as `24h` or `7d`.
    func moment(_ flag: Flag) throws(UsageError) -> Timestamp? {
        guard let value = try text(flag) else { return nil }
        if let instant = Timestamp(value) { return instant }
        if let duration = Self.duration(value) { return Timestamp.now() + .zero - duration }
        throw UsageError(
            "\(flag.name) \(value): an instant such as 2026-11-20T08:15:00Z, or a time before now such as 24h or 7d, is expected")
    }

    private static func duration(_ text: String) -> Duration? {
        if text.hasSuffix("d"), let days = Int(text.dropLast()), (0...36_500).contains(days) { return .seconds(days * 86_400) }
        return Duration(text)
    }
}

extension Timestamp {
    /// The instant `duration` earlier.
    fileprivate static func - (left: Timestamp, right: Duration) -> Timestamp { left + (.zero - right) }
}
