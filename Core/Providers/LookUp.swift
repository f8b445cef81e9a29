public import HTTPClient

/// What a provider's records say about a message whose answer was lost.
public enum LookUpAnswer: Sendable, Equatable {
    /// It has the message. A code means that the message failed for good.
    case found(providerID: String, failureCode: String?)
    /// Its records do not show the message, which is no proof: nothing may be sent again because of it.
    case notFound
    /// Its records could not be read; the reason is safe to log.
    case unavailable(reason: String)
}

/// A request whose answer was lost, as its row tells it.
public struct LostRequest: Sendable {
    /// What was sent.
    public var prepared: PreparedRequest
    /// When it was sent, in Unix time.
    public var sentAt: Int
    /// The provider's ids of messages that are known already: an equal text of a moment ago must not be taken for the lost one.
    public var knownIDs: Set<String>

    /// A lost request.
    public init(_ prepared: PreparedRequest, sentAt: Int, knownIDs: Set<String> = []) {
        self.prepared = prepared
        self.sentAt = sentAt
        self.knownIDs = knownIDs
    }
}

extension TextProvider {
    /// Looks a message up whose answer was lost.
    public func lookUp(_ lost: LostRequest, over client: HTTPClient) async -> LookUpAnswer { .unavailable(reason: "") }
}
