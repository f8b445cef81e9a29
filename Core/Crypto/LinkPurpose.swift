/// What the holder of a signed link may do. The number is part of the token and never changes its meaning.
public enum LinkPurpose: UInt8, Sendable, CaseIterable {
    /// Confirm an appointment.
    case confirm = 1
    /// Cancel an appointment.
    case cancel = 2
    /// Move an appointment.
    case reschedule = 3
    /// Stop marketing messages (RFC 8058).
    case unsubscribe = 4
    /// Go on with an abandoned form.
    case resume = 5
}
