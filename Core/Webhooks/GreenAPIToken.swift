private import Crypto
public import Primitives

/// Green API signs nothing: a shared token in `Authorization`, and the number of an instance that must be ours.
public struct GreenAPIToken: Sendable {
    private let tokens: [Secret]
    private let instances: Set<String>

    /// - Parameters:
    ///   - tokens: `webhookUrlToken`, several during a rotation; empty ones are passed over.
    ///   - instances: `idInstance` of ours.
    public init(_ tokens: [Secret], instances: Set<String>) {
        self.tokens = tokens.filter { !Self.bare($0.reveal()).isEmpty }
        self.instances = instances
    }

    /// Throws unless the token and the instance are ours.
    public func verify(_ request: WebhookRequest) throws(WebhookError) {
        guard !tokens.isEmpty else { throw .noKey }
        guard let header = request.header("Authorization") else { throw .missingHeader }
        // Digests are compared, so that not even the token's length shows.
        let given = SHA256.digest(Self.bare(header))
        let matches = tokens.map { ConstantTime.areEqual(SHA256.digest(Self.bare($0.reveal())), given) }
        guard matches.contains(true) else { throw .badSignature }
        let instance = try JSONValue(request.body)["instanceData"]["idInstance"].text
        guard let instance, instances.contains(instance) else { throw .wrongAccount }
    }

    /// The token without its scheme, which Green API adds or the operator wrote.
    private static func bare(_ text: String) -> String {
        for scheme in ["bearer ", "basic "] where text.lowercased().hasPrefix(scheme) {
            return String(text.dropFirst(scheme.count).drop(while: \.isWhitespace))
        }
        return text
    }
}
