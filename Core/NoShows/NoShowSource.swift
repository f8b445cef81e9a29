public import Crypto
public import Messaging
public import Postgres

/// Messages about missed appointments as the deliverer sees them: how to load one, and when it must no longer go out (D-22).
public struct NoShowSource: MessageSource {
    /// What every such message needs besides its own facts.
    public struct Setting: Sendable {
        /// Base of signed links (`API_URL`).
        public var apiURL: String
        /// LINK_SIGNING_KEYS; without them marketing cannot say how to have no more of it, and is skipped.
        public var linkKeys: SignedLinkKeys?
        /// Base of the page on which a lead books anew (`FRONTEND_URL`).
        public var frontendURL: String
        /// Hashes the address that an unsubscription is about.
        public var addresses: AddressBook

        /// The settings of a deployment.
        public init(apiURL: String, linkKeys: SignedLinkKeys?, frontendURL: String, addresses: AddressBook) {
            self.apiURL = apiURL
            self.linkKeys = linkKeys
            self.frontendURL = frontendURL
            self.addresses = addresses
        }
    }

    private let setting: Setting

    /// The source for a deployment.
    public init(_ setting: Setting) { self.setting = setting }

    public var kind: String { "no_show" }
    public var load: SQLStatement { .loadNoShows }
    public var eligibility: SQLStatement { .settleIneligibleNoShows }

    public func draft(_ row: PostgresRow) throws(PostgresError) -> any MessageDraft { try NoShowDraft(row, setting: setting) }
}
