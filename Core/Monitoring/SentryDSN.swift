internal import Primitives

/// Where a Sentry project takes envelopes, and the key under which: `{scheme}://{key}@{host}{path}/{project}`.
public struct SentryDSN: Sendable, Equatable {
    /// The address of the project's envelope endpoint; it holds no credential.
    let endpoint: String
    private let key: Secret

    /// Reads a DSN; nil for anything else. The secret half of an old `key:secret` is dropped, as Sentry asks for it no more.
    public init?(_ text: String) {
        guard let address = WebAddress(text), let user = address.user, let slash = address.path.lastIndex(of: "/") else {
            return nil
        }
        let key = user.prefix { $0 != ":" }
        let project = address.path[address.path.index(after: slash)...]
        let isWord: (Substring) -> Bool = { word in
            !word.isEmpty && word.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) }
        }
        guard isWord(key), isWord(project) else { return nil }
        self.key = Secret(String(key))
        endpoint = "\(address.scheme)://\(address.host)\(address.path[..<slash])/api/\(project)/envelope/"
    }

    /// The value of `X-Sentry-Auth`.
    func authorization(client: String) -> String {
        "Sentry sentry_version=7, sentry_client=\(client), sentry_key=\(key.reveal())"
    }
}
