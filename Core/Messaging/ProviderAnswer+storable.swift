import Providers

extension ProviderAnswer {
    /// The same answer in words that Postgres can keep: bounded, and without U+0000, which would end the drain with the answer
    /// unwritten, and end the next one as well.
    var storable: ProviderAnswer {
        switch self {
        case .accepted(let id): .accepted(providerID: Self.storable(id))
        case .refused(let refusal):
            .refused(Refusal(code: Self.storable(refusal.code), kind: refusal.kind, message: Self.storable(refusal.message)))
        case .unknown(let unknown):
            .unknown(
                Uncertainty(
                    code: Self.storable(unknown.code), reason: Self.storable(unknown.reason), replayIsSafe: unknown.replayIsSafe,
                    retryAfter: unknown.retryAfter))
        }
    }

    static func storable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.lazy.filter { $0.value != 0 }.prefix(500)))
    }
}
