private import Crypto
public import Primitives

/// `X-Twilio-Signature`: over the public URL and the sorted parameters of a form, or over a URL that holds the body's hash.
public struct TwilioSignature: Sendable {
    /// What an account signs with. The request never chooses: an account that has shared keys is not believed by its token.
    public enum Keys: Sendable {
        /// HMAC-SHA1 under the account's auth token; two during a rotation.
        case authTokens([Secret])
        /// HMAC-SHA256 under a shared key (`X-Twilio-Webhooks-Signature-Settings`).
        case sharedKeys([Secret])
    }

    private let keys: Keys

    /// - Parameter keys: empty ones are passed over.
    public init(_ keys: Keys) { self.keys = keys }

    /// Throws unless the request is genuine.
    public func verify(_ request: WebhookRequest) throws(WebhookError) {
        let (secrets, algorithm) = try secretsAndAlgorithm(request)
        guard !secrets.isEmpty else { throw .noKey }
        guard let header = request.header("X-Twilio-Signature") else { throw .missingHeader }
        guard let code = Base64.decode(header) else { throw .malformedHeader }
        let parameters = try Self.parameters(request)
        // Every candidate is tried, so that the time taken does not tell which one matched.
        let matches = Self.urls(request.url).flatMap { url in
            secrets.map { secret in
                let signed = Array(url.utf8) + parameters
                let key = secret.reveal().utf8
                return ConstantTime.areEqual(
                    algorithm == .sha256 ? HMAC.sha256(signed, key: key) : HMAC.sha1(signed, key: key), code)
            }
        }
        guard matches.contains(true) else { throw .badSignature }
    }

    private enum Algorithm { case sha1, sha256 }

    private func secretsAndAlgorithm(_ request: WebhookRequest) throws(WebhookError) -> ([Secret], Algorithm) {
        let isNamed = request.headers.contains { $0.name.lowercased() == Self.settings.lowercased() }
        let named = request.header(Self.settings).flatMap(Self.algorithm)
        switch keys {
        case .authTokens(let tokens):
            guard !isNamed || named == "HMAC_SHA1" else { throw .malformedHeader }
            return (tokens.filter { !$0.reveal().isEmpty }, .sha1)
        case .sharedKeys(let secrets):
            guard isNamed else { throw .missingHeader }
            guard named == "HMAC_SHA256" else { throw .malformedHeader }
            return (secrets.filter { !$0.reveal().isEmpty }, .sha256)
        }
    }

    private static let settings = "X-Twilio-Webhooks-Signature-Settings"

    /// The algorithm in `key=webhooks_sharedkey_…,algorithm=HMAC_SHA256`; nil where it is named twice or not at all.
    private static func algorithm(_ header: String) -> String? {
        let named = header.filter { !$0.isWhitespace }.split(separator: ",").filter { $0.hasPrefix("algorithm=") }
        return named.count == 1 ? String(named[0].dropFirst("algorithm=".count)) : nil
    }

    /// What is signed behind the URL. A body that is no form is covered by its hash in the URL, or by nothing.
    private static func parameters(_ request: WebhookRequest) throws(WebhookError) -> [UInt8] {
        if request.method == "GET" || request.body.isEmpty { return [] }
        if request.isForm {
            guard let form = FormBody(request.body) else { throw .unreadable }
            return form.signedText
        }
        guard let query = FormBody(Array(request.query.utf8)) else { throw .unreadable }
        let hashes = query.values("bodySHA256")
        guard hashes.count == 1, ConstantTime.areEqual(SHA256.hex(request.body), hashes[0]) else { throw .badSignature }
        return []
    }

    /// The URL without a fragment, without its port and with one: Twilio's services differ in which they sign.
    private static func urls(_ url: String) -> [String] {
        let url = url.prefix { $0 != "#" }
        guard let scheme = url.firstRange(of: "://") else { return [String(url)] }
        let afterScheme = url[scheme.upperBound...]
        let authority = afterScheme.prefix { $0 != "/" && $0 != "?" }
        let rest = url[authority.endIndex...]
        let digits = authority.reversed().prefix { $0.isASCII && $0.isNumber }
        let hasPort = !digits.isEmpty && authority.dropLast(digits.count).last == ":"
        let host = hasPort ? authority.dropLast(digits.count + 1) : authority
        let port = hasPort ? authority.suffix(digits.count) : url.hasPrefix("https:") ? "443" : "80"
        let head = url[..<scheme.upperBound]
        return ["\(head)\(host)\(rest)", "\(head)\(host):\(port)\(rest)"]
    }
}
