import Runtime

/// The help of one command, put together from what it declares.
struct CommandHelp {
    let command: any Command.Type

    /// Usage, flags, notes and examples.
    var text: String {
        var parts = ["relance \(command.name) — \(command.summary)", usage]
        if !flags.isEmpty { parts.append(Self.aligned(flags)) }
        if !command.notes.isEmpty { parts.append(Self.refolded(command.notes)) }
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

    /// A note's lines as the terminal has room for them; indented ones stand as they are.
    private static func refolded(_ notes: String) -> String {
        guard Terminal.output.width != nil else { return notes }
        var lines: [String] = []
        for line in notes.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if let last = lines.last, !last.isEmpty, !line.isEmpty, !line.hasPrefix(" "), !last.hasPrefix(" ") {
                lines[lines.count - 1] += " " + line
            } else {
                lines.append(line)
            }
        }
        return lines.flatMap { line in
            line.isEmpty || line.hasPrefix(" ") ? [line] : Paragraph.lines(line, indent: "", on: .output)
        }.joined(separator: "\n")
    }

    /// Two columns, indented; on a terminal the right one is folded where the line ends.
    static func aligned(_ lines: [(String, String)], on terminal: Terminal = .output) -> String {
        let width = lines.map(\.0.count).max() ?? 0
        let margin = width + 4
        return lines.flatMap { left, right -> [String] in
            if right.isEmpty { return ["  \(left)"] }
            let room = String(repeating: " ", count: width - left.count)
            guard let limit = terminal.width, margin + right.count > limit else { return ["  \(left)\(room)  \(right)"] }
            // Too narrow a column is worse than a line of its own.
            if limit - margin < 30 { return ["  \(left)"] + Paragraph.lines(right, indent: "      ", on: terminal) }
            let folded = Paragraph.lines(right, indent: String(repeating: " ", count: margin), on: terminal)
            return ["  \(left)\(room)  \(folded[0].dropFirst(margin))"] + folded.dropFirst()
        }.joined(separator: "\n")
    }
}
