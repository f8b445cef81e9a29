public import Content
private import Crypto
private import Primitives
public import Runtime

extension ReminderSource.Setting {
    /// Reads API_URL, LINK_SIGNING_KEYS, FRONTEND_URL and the LiveKit project; faults are collected in `environment`.
    public init(_ environment: inout Environment, sender: Mailbox) {
        self.init(
            sender: sender, apiURL: environment.url("API_URL", default: "http://localhost:8080"),
            linkKeys: Self.linkKeys(&environment),
            frontendURL: environment.url("FRONTEND_URL", default: "http://localhost:3000"),
            videoToken: VideoCalls.token(&environment))
    }

    private static func linkKeys(_ environment: inout Environment) -> SignedLinkKeys? {
        let keys = (environment.secret("LINK_SIGNING_KEYS")?.reveal() ?? "").split(separator: ",").map { Array($0.utf8) }
        if keys.isEmpty { return nil }
        do {
            return try SignedLinkKeys(newestFirst: keys)
        } catch {
            environment.fault("LINK_SIGNING_KEYS: \(error)")
            return nil
        }
    }
}
