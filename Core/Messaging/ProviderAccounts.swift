import Postgres
private import Synchronization

/// Accounts of tenants that do not send by the environment's own (D-43), read from the database at most once a minute.
public final class ProviderAccounts: Sendable {
    /// A row of `relance.provider_accounts`.
    public struct Account: Sendable, Hashable {
        /// Whose it is.
        public let tenantID: String
        /// What it sends.
        public let channel: MessageChannel
        /// At which provider, in the ledger's word.
        public let provider: String
        /// The provider's name for it.
        public let name: String
        /// The sender of its messages.
        public let sender: String
        /// The environment variable (or, with `_FILE`, the file) that holds its secret.
        public let secretReference: String
    }

    /// An account without which its tenant's messages wait: its secret is missing, or this build cannot use it.
    struct Unusable: Sendable, Equatable {
        let account: Account
        let reason: String
    }

    private struct State {
        var readAt: ContinuousClock.Instant?
        /// By row: a carrier stays as long as its row does.
        var made: [Account: any Carrier] = [:]
        var carriers: [String: [MessageChannel: [any Carrier]]] = [:]
        var unusable: [Unusable] = []
    }

    private let state = Mutex(State())
    private let make: @Sendable (Account) -> Result<any Carrier, UnusableAccount>

    /// - Parameter make: opens an account, or says in a few words why it cannot be used.
    public init(make: @escaping @Sendable (Account) -> Result<any Carrier, UnusableAccount>) { self.make = make }

    /// Reads the accounts unless they were read within the last minute. Carriers whose rows are as before stay, with what
    /// their gates have learnt. Nobody goes on before a reading has ended: without it, all would send by the environment's.
    ///
    /// - Returns: whether they were read.
    func refresh(over connection: PostgresConnection, now: ContinuousClock.Instant = .now) async throws -> Bool {
        if let readAt = state.withLock({ $0.readAt }), now - readAt < .seconds(60) { return false }
        let rows = try await connection.query(.loadProviderAccounts) { row throws(PostgresError) in
            Account(
                tenantID: try row.text("tenant_id"),
                channel: MessageChannel(rawValue: try row.text("channel")) ?? .email, provider: try row.text("provider"),
                name: try row.text("account"), sender: try row.text("sender"), secretReference: try row.text("secret_ref"))
        }
        take(rows, at: now)
        return true
    }

    private func take(_ rows: [Account], at now: ContinuousClock.Instant) {
        state.withLock { state in
            var next = State(readAt: now)
            for row in rows {
                switch state.made[row].map({ .success($0) }) ?? make(row) {
                case .success(let carrier):
                    next.made[row] = carrier
                    next.carriers[row.tenantID, default: [:]][row.channel, default: []].append(carrier)
                case .failure(let error):
                    next.unusable.append(Unusable(account: row, reason: error.reason))
                    // The environment's account is no stand-in for a tenant's own: its messages wait.
                    next.carriers[row.tenantID, default: [:]][row.channel, default: []] += []
                }
            }
            state = next
        }
    }

    /// A tenant's carriers of a channel; nil where it has no accounts of its own there.
    func carriers(_ channel: MessageChannel, of tenant: String) -> [any Carrier]? {
        state.withLock { $0.carriers[tenant]?[channel] }
    }

    /// Accounts that cannot be used, for alerts.
    var unusable: [Unusable] { state.withLock { $0.unusable } }
}

/// Why an account cannot be used.
public struct UnusableAccount: Error, Sendable {
    /// A few words, without the secret.
    public let reason: String

    /// A reason.
    public init(reason: String) { self.reason = reason }
}
