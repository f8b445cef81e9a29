internal import Primitives

/// How far the instant of a signature may lie from now. It bounds how long a captured request can be played again.
struct SignatureWindow: Sendable {
    let past: Int64
    let future: Int64

    /// Five minutes both ways: Standard Webhooks, Stripe.
    static let fiveMinutes = SignatureWindow(past: 300, future: 300)
    /// SendGrid repeats for a day, and signs no window of its own; repetitions are known by their event ids.
    static let oneDay = SignatureWindow(past: 90_000, future: 300)

    /// Reads seconds since 1970 out of a header.
    func check(_ text: some StringProtocol, now: Timestamp) throws(WebhookError) {
        guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = Int64(text)
        else { throw .malformedHeader }
        let age = now.seconds - seconds
        if age > past { throw .tooOld }
        if age < -future { throw .fromTheFuture }
    }
}
