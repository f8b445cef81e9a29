import Crypto
import Fleet
import HTTPServer
import Ingest
import Primitives
import Runtime
import Systemd

/// What ingest reads from its environment besides what the whole fleet does.
struct IngestConfiguration {
    /// Where it listens, and how much it takes.
    let server: HTTPServerConfiguration
    /// JWT_SECRET and JWT_PUBLIC_KEY.
    let tokens: UserTokens
    /// TRUSTED_PROXIES.
    let proxies: Proxies
    /// The origin of FRONTEND_URL.
    let frontendOrigin: String?
    /// How much is committed at once.
    let limits: GroupCommit.Limits
    /// LINK_SIGNING_KEYS, newest first; nil where it is not set: no link opens then.
    let links: SignedLinkKeys?
    /// How long requests under way may take when it stops.
    let grace: Duration

    /// Reads it; faults are collected in `environment`.
    init(_ environment: inout Environment) {
        var server = HTTPServerConfiguration(
            threads: environment.integer("INGEST_THREADS", default: 2, in: 2...64),
            maxConnections: environment.integer("INGEST_MAX_CONNECTIONS", default: 1024, in: 1...65_536),
            readTimeout: environment.duration("INGEST_READ_TIMEOUT", default: .seconds(20), in: .seconds(1) ... .seconds(300)))
        Self.listen(&server, &environment)
        self.server = server
        tokens = Self.tokens(&environment)
        proxies = Self.proxies(&environment)
        frontendOrigin = environment.text("FRONTEND_URL") == nil ? nil : Self.origin(environment.url("FRONTEND_URL", default: ""))
        links = Self.links(&environment)
        var limits = GroupCommit.Limits()
        limits.connections = environment.integer("INGEST_COMMITTERS", default: 2, in: 1...32)
        limits.waiting = environment.integer("INGEST_MAX_WAITING", default: limits.waiting, in: 1...1_000_000)
        self.limits = limits
        grace = environment.duration("INGEST_GRACE", default: .seconds(15), in: .seconds(1) ... .seconds(300))
    }

    /// A socket of systemd's comes first, then INGEST_LISTEN.
    private static func listen(_ server: inout HTTPServerConfiguration, _ environment: inout Environment) {
        let example = "127.0.0.1:8080, [::1]:8080 or unix:/run/relance/ingest.sock"
        let text = environment.text("INGEST_LISTEN") ?? "127.0.0.1:8080"
        if let inherited = InheritedSocket.all().first {
            server.socket = .inherited(descriptor: inherited.descriptor)
        } else if text.hasPrefix("unix:"), text.utf8.count > 5 {
            // For a proxy in the program's group.
            server.socket = .unix(path: String(text.dropFirst(5)), mode: 0o660)
        } else if let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) {
            server.address = text[..<colon].filter { $0 != "[" && $0 != "]" }
            server.port = port
        } else {
            environment.fault("INGEST_LISTEN must be an address such as \(example), not \(text.debugDescription)")
        }
    }

    private static func tokens(_ environment: inout Environment) -> UserTokens {
        let secrets = (environment.secret("JWT_SECRET")?.reveal() ?? "").split(separator: ",").map { Array($0.utf8) }
        if secrets.contains(where: { $0.count < 32 }) {
            environment.fault("JWT_SECRET must have 32 characters or more (RFC 7518 §3.2)")
        }
        var keys: [RSAPublicKey] = []
        if let text = environment.secret("JWT_PUBLIC_KEY")?.reveal() {
            do {
                keys = [try RSAPublicKey(text)]
            } catch {
                environment.fault("JWT_PUBLIC_KEY: \(error)")
            }
        }
        return UserTokens(secrets: secrets, publicKeys: keys)
    }

    private static func links(_ environment: inout Environment) -> SignedLinkKeys? {
        guard let text = environment.secret("LINK_SIGNING_KEYS")?.reveal() else { return nil }
        do {
            return try SignedLinkKeys(newestFirst: text.split(separator: ",").map { Array($0.utf8) })
        } catch {
            environment.fault("LINK_SIGNING_KEYS: \(error)")
            return nil
        }
    }

    private static func proxies(_ environment: inout Environment) -> Proxies {
        let list = environment.list("TRUSTED_PROXIES")
        if let proxies = Proxies(list) { return proxies }
        environment.fault("TRUSTED_PROXIES must be addresses or networks such as 127.0.0.1,10.0.0.0/8")
        return Proxies.none
    }

    /// Scheme, host and port of a URL.
    private static func origin(_ url: String) -> String? {
        let parts = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        return "\(parts[0])//\(parts[2].prefix { $0 != "/" })"
    }
}
