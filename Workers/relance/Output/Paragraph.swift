/// A text that is folded between its words where the terminal ends.
enum Paragraph {
    /// The lines, each with the indent before it.
    static func lines(_ text: String, indent: String, on terminal: Terminal) -> [String] {
        guard let width = terminal.width else { return [indent + text] }
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty && indent.count + line.count + 1 + word.count > width {
                lines.append(indent + line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return lines + [indent + line]
    }
}
