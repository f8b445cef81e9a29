/// How much a text asks for attention.
enum Style: Sendable {
    case plain
    /// What is there for completeness.
    case faint
    case strong
    case good
    case warning
    case bad

    /// The text with its colour, where the terminal has any.
    func applied(to text: String, on terminal: Terminal) -> String {
        guard terminal.hasColour, let code else { return text }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }

    private var code: Int? {
        switch self {
        case .plain: nil
        case .faint: 2
        case .strong: 1
        case .good: 32
        case .warning: 33
        case .bad: 31
        }
    }
}
