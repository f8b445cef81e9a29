/// What a provider's answer, or the lack of one, says about the one request that it answers.
///
/// After a replay, `refused` speaks for the replay only: the first try may have been accepted all the same. So a refusal lets
/// another provider take over only when no earlier try under the same key is open.
public enum ProviderAnswer: Sendable, Equatable {
    /// Taken in under the provider's id.
    case accepted(providerID: String)
    /// Definitely not taken in.
    case refused(Refusal)
    /// Perhaps taken in.
    case unknown(Uncertainty)
}

/// A definite no.
public struct Refusal: Sendable, Equatable {
    /// What follows from it.
    public enum Kind: Sendable, Equatable {
        /// This message to this recipient will never go.
        case permanent
        /// The account or the set-up is at fault: stop the channel and tell somebody.
        case configuration
        /// Later it may go; no sooner than `after`, where the provider says so.
        case retry(after: Duration?)
        /// The recipient has opted out: suppress the address.
        case optedOut
        /// WhatsApp's 24 hours are over: send an approved template instead.
        case needsTemplate
    }

    /// The provider's code or name for it, else `http_<status>` or the HTTP client's label; from a bounded set.
    public var code: String
    /// What follows from it.
    public var kind: Kind
    /// The provider's words without addresses and numbers, at most 200 characters; may be empty.
    public var message: String

    /// A refusal.
    public init(code: String, kind: Kind, message: String = "") {
        self.code = code
        self.kind = kind
        self.message = message
    }
}

/// An outcome that is not known; nothing may send the message again by itself, except a replay that is safe.
public struct Uncertainty: Sendable, Equatable {
    /// As in `Refusal.code`.
    public var code: String
    /// What happened, safe to log, at most 200 characters.
    public var reason: String
    /// True where the same bytes under the same idempotency key cannot send twice (Resend, within 24 hours of the first use).
    public var replayIsSafe: Bool
    /// How long the provider asks to wait before a replay.
    public var retryAfter: Duration?

    /// An unknown outcome.
    public init(code: String, reason: String, replayIsSafe: Bool, retryAfter: Duration? = nil) {
        self.code = code
        self.reason = reason
        self.replayIsSafe = replayIsSafe
        self.retryAfter = retryAfter
    }
}
