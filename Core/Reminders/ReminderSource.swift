public import Content
public import Crypto
public import FoundationEssentials
public import Messaging
public import Postgres

/// Appointment reminders as the deliverer sees them: how to load one, and when it must no longer go out.
public struct ReminderSource: MessageSource {
    /// Makes an access token for a call, of characters that a URL can carry; nil where it cannot.
    public typealias VideoToken =
        @Sendable (_ room: String, _ identity: String, _ name: String, _ notBefore: Date, _ expiresAt: Date) -> String?

    /// What every reminder needs besides its own facts.
    public struct Setting: Sendable {
        /// Sender of organisations without an address of their own.
        public var sender: Mailbox
        /// Base of signed links (`API_URL`); without keys the mails have no buttons.
        public var apiURL: String
        /// LINK_SIGNING_KEYS.
        public var linkKeys: SignedLinkKeys?
        /// Base of the pages that leads and closers join a call on (`FRONTEND_URL`).
        public var frontendURL: String
        /// The access token to a LiveKit room; without it calls of our own have no link, and their messages say nothing of one.
        public var videoToken: VideoToken?
        /// Hears, once for each version of it, of an organisation's own template that could not be used: tenant, name, why. The
        /// built-in one has taken its place.
        public var onTemplateFailure: (@Sendable (_ tenantID: String, _ name: String, _ error: ContentError) -> Void)?
        let ownTemplates = OwnTemplateCache()

        /// The settings of a deployment.
        public init(
            sender: Mailbox, apiURL: String, linkKeys: SignedLinkKeys?, frontendURL: String = "http://localhost:3000",
            videoToken: VideoToken? = nil,
            onTemplateFailure: (@Sendable (_ tenantID: String, _ name: String, _ error: ContentError) -> Void)? = nil
        ) {
            self.sender = sender
            self.apiURL = apiURL
            self.linkKeys = linkKeys
            self.frontendURL = frontendURL
            self.videoToken = videoToken
            self.onTemplateFailure = onTemplateFailure
        }
    }

    private let setting: Setting

    /// The source for a deployment.
    public init(_ setting: Setting) { self.setting = setting }

    public var kind: String { "reminder" }
    public var load: SQLStatement { .loadReminders }
    public var eligibility: SQLStatement { .settleIneligibleReminders }

    public func draft(_ row: PostgresRow) throws(PostgresError) -> any MessageDraft { try ReminderDraft(row, setting: setting) }
}

extension SQLStatement {
    // What is asked about is one half, how it is read the other: a preview shares the second.
    static let loadReminders = SQLStatement(
        embedded: PackageResources.load_reminders_sql + PackageResources.reminder_facts_sql)
    static let settleIneligibleReminders = SQLStatement(embedded: PackageResources.settle_ineligible_reminders_sql)
    static let pickDueAppointments = SQLStatement(embedded: PackageResources.pick_due_appointments_sql)
    static let planReminders = SQLStatement(embedded: PackageResources.plan_reminders_sql)
    static let previewReminders = SQLStatement(embedded: PackageResources.preview_reminders_sql)
    static let nextReminderDue = SQLStatement(embedded: PackageResources.next_reminder_due_sql)
    static let provePointers = SQLStatement(embedded: PackageResources.prove_pointers_sql)
    static let repairPointers = SQLStatement(embedded: PackageResources.repair_pointers_sql)
}
