/// What the database knew of an event before its commit: whose it is, and of which lead.
struct Circumstances: Sendable, Equatable {
    /// How a sender became a lead (D-41).
    enum Match: String, Sendable {
        case matched
        /// Several leads have the address: the latest active one has it.
        case ambiguous
        /// None, or nobody's: kept, to be matched later.
        case unmatched
    }

    /// Whether it was stored before: nothing is evaluated again.
    var isStored = false
    /// Nil while nobody knows whose it is.
    var tenantID: String?
    /// Of a message: how its sender became a lead.
    var match: Match?
    /// The lead.
    var leadID: String?
    /// The senders of ours whose tenants a STOP is meant for.
    var senders: [String] = []
    /// The account under which conversations with the sender are kept.
    var conversationAccount = WebhookAccount.standard
    /// Of a room: the appointment that it is for.
    var appointmentID: String?
}
