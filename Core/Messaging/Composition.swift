public import Content

/// A message ready to be handed to a carrier, or the reason why there is none.
public enum Composition: Sendable, Equatable {
    /// - Parameters:
    ///   - from: sender; nil is the configured `MAIL_FROM`.
    ///   - replyTo: where answers go.
    case mail(RenderedMail, from: Mailbox?, replyTo: String?, to: Mailbox)
    /// - Parameter to: E.164.
    case text(RenderedText, to: String)
    /// Stays inside the application.
    case notice(RenderedNotice)
    /// Ends the delivery as skipped.
    case skip(reason: String)
}

/// The facts of one message, decoded from its row; composing needs no database.
public protocol MessageDraft: Sendable {
    /// The ledger row.
    var deliveryID: Int64 { get }

    /// Renders the message. A failure to render is a `skip` with its reason: the same facts would fail again.
    func compose() -> Composition
}
