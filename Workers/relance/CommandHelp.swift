import Runtime

/// The help of one command, put together from what it declares.
struct CommandHelp {
    let command: any Command.Type

    /// Usage, flags, notes and examples.
    var text: String {
        var parts = ["relance \(command.name) — \(command.summary)", usage]
        if !flags.isEmpty { parts.append(Self.aligned(flags)) }
        if !command.notes.isEmpty { parts.append(command.notes) }
        let examples = command.examples.map { ("relance \($0.line)", $0.purpose) }
        parts.append("Examples:\n" + Self.aligned(examples))
        return parts.joined(separator: "\n\n")
    }

    private var usage: String {
        let operands = command.operands.map { " \($0.name)" }.joined()
        return "Usage: relance \(command.name)\(operands)\(command.flags.isEmpty ? "" : " [flags]")"
    }

    private var flags: [(String, String)] {
        command.flags.map { flag in (flag.value.map { "\(flag.name) \($0)" } ?? flag.name, flag.help) }
    }

    /// Two columns, indented.
    static func aligned(_ lines: [(String, String)]) -> String {
        let width = lines.map(\.0.count).max() ?? 0
        return lines.map { left, right in
            right.isEmpty ? "  \(left)" : "  \(left)\(String(repeating: " ", count: width - left.count))  \(right)"
        }.joined(separator: "\n")
    }
}
