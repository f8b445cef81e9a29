/// The mails that ask a visitor to go on with a form, in their order (D-50).
public enum RecoveryTemplate: String, Sendable, CaseIterable {
    /// An hour after the last activity.
    case first = "form_abandoned_first"
    /// A day after it.
    case second = "form_abandoned_second"
    /// Three days after it; it says that it is the last.
    case last = "form_abandoned_last"

    /// The message of a step; nil for a step that is none of a recovery's.
    ///
    /// - Parameter step: as in the ledger.
    public init?(step: String) {
        switch step {
        case "+1h": self = .first
        case "+24h": self = .second
        case "+72h": self = .last
        default: return nil
        }
    }
}
