public import Crypto
public import Messaging
public import Postgres

/// Recovery mails as the deliverer sees them: how to load one, and when it must no longer go out.
public struct RecoverySource: MessageSource {
    /// What every recovery mail needs besides its own facts.
    public struct Setting: Sendable {
        /// Base of the link that unsubscribes (`API_URL`).
        public var apiURL: String
        /// Base of the public forms' pages (`FRONTEND_URL`).
        public var frontendURL: String
        /// LINK_SIGNING_KEYS; without them no marketing goes out, since it could not be unsubscribed from.
        public var linkKeys: SignedLinkKeys?
        /// Knows the hash under which an address unsubscribes (D-16).
        public var addresses: AddressBook

        /// The settings of a deployment.
        public init(apiURL: String, frontendURL: String, linkKeys: SignedLinkKeys?, addresses: AddressBook) {
            self.apiURL = apiURL
            self.frontendURL = frontendURL
            self.linkKeys = linkKeys
            self.addresses = addresses
        }
    }

    private let setting: Setting

    /// The source for a deployment.
    public init(_ setting: Setting) { self.setting = setting }

    public var kind: String { "recovery" }
    public var load: SQLStatement { .loadRecoveries }
    public var eligibility: SQLStatement { .settleIneligibleRecoveries }

    public func draft(_ row: PostgresRow) throws(PostgresError) -> any MessageDraft { try RecoveryDraft(row, setting: setting) }
}

extension SQLStatement {
    static let loadRecoveries = SQLStatement(embedded: PackageResources.load_recoveries_sql)
    static let settleIneligibleRecoveries = SQLStatement(embedded: PackageResources.settle_ineligible_recoveries_sql)
}
