/// What a provider says, later, about a message that it had been given: a callback, or one element of a callback's array.
///
/// Reports come at least once, in any order. What a report does to the ledger is Messaging's affair
/// (`MessageStatuses.record`); what a provider's words mean is decided here, once for all.
public struct StatusReport: Sendable, Equatable {
    /// What happened to the message, in the order in which it can happen. Engagement is beside it.
    public enum Status: String, Sendable, CaseIterable {
        /// The provider has it: proof that a request whose answer was lost had arrived.
        case accepted
        /// Handed to the recipient's network.
        case sent
        /// The receiving side put it off; the provider goes on trying.
        case deferred
        /// In the recipient's mailbox or on the handset.
        case delivered
        /// Seen (WhatsApp's receipts).
        case read
        /// Will not arrive.
        case failed
        /// Will not arrive: no such mailbox. The address is good for nothing any more.
        case bounced
        /// The recipient does not want any more from us: a reported or unsubscribed mail.
        case complained
        /// The recipient pressed the provider's or the mailbox's unsubscribe.
        case unsubscribed
        /// Will not arrive: the recipient has opted out with the carrier (21610).
        case optedOut = "opted_out"
        /// A mail's picture was loaded.
        case opened
        /// A mail's link was followed.
        case clicked
    }

    /// Who reports.
    public var provider: Provider
    /// The provider's id of the message; nil where it names none (SendGrid's asynchronous bounces).
    public var providerID: String?
    /// The attempt that we had put into the request, where the provider echoes it.
    public var attemptID: String?
    /// What happened.
    public var status: Status
    /// The provider's code or name for the cause, from a bounded set; nil where nothing failed.
    public var code: String?
    /// The provider's words without addresses and numbers, at most 200 characters.
    public var message: String?
    /// Seconds since 1970 by the provider's clock.
    public var occurredAt: Double

    /// A report.
    public init(
        provider: Provider, providerID: String? = nil, attemptID: String? = nil, status: Status, code: String? = nil,
        message: String? = nil, occurredAt: Double
    ) {
        self.provider = provider
        self.providerID = providerID
        self.attemptID = attemptID
        self.status = status
        self.code = code
        self.message = message
        self.occurredAt = occurredAt
    }
}
