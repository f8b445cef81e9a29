internal import API
public import Crypto
private import FoundationEssentials

/// The tokens of users of dashboards (D-47): JWTs with `sub`, `tenant`, `role` and `exp`.
public struct UserTokens: Sendable {
    private struct Claims: Decodable, Sendable {
        let sub: String
        let tenant: String
        let role: String
    }

    private let secrets: [[UInt8]]
    private let publicKeys: [RSAPublicKey]

    /// - Parameters:
    ///   - secrets: JWT_SECRET, for HS256.
    ///   - publicKeys: JWT_PUBLIC_KEY, for RS256.
    public init(secrets: [[UInt8]], publicKeys: [RSAPublicKey]) {
        self.secrets = secrets
        self.publicKeys = publicKeys
    }

    /// Who a token is; nil for one that is not genuine or not in force.
    func verify(_ token: String) -> Caller? {
        let now = Date()
        let claims =
            (secrets.isEmpty ? nil : try? JWT.verify(token, as: Claims.self, keys: secrets, now: now))
            ?? (publicKeys.isEmpty ? nil : try? JWT.verify(token, as: Claims.self, publicKeys: publicKeys, now: now))
        guard let claims, !claims.sub.isEmpty, !claims.tenant.isEmpty, let scopes = Self.scopes[claims.role] else { return nil }
        return Caller(tenantID: claims.tenant, name: "user:" + claims.sub, scopes: scopes)
    }

    /// What roles may do; a role that is not known may nothing.
    private static let scopes: [String: Set<Scope>] = [
        "SUPER_ADMIN": [.ingest, .read, .admin, .public], "ADMIN": [.ingest, .read, .admin, .public],
        "MANAGER": [.ingest, .read, .public], "CLOSER": [.ingest, .read, .public], "SETTER": [.ingest, .read, .public],
    ]
}
