/// How a state of a job or a delivery looks in a table.
enum StateStyle {
    /// States that somebody has to look at stand out.
    static func style(of state: String) -> Style {
        switch state {
        case "dead", "failed", "critical": .bad
        case "uncertain", "missed", "retryable", "warning": .warning
        case "sent", "delivered", "completed": .good
        case "skipped", "cancelled": .faint
        default: .plain
        }
    }
}
