import Content
public import Crypto
import FoundationEssentials
public import Messaging
public import Postgres

/// Messages that somebody sends over an alert, as the deliverer sees them (M-18, D-90).
public struct AlertActionSource: MessageSource {
    /// What their mails need besides their facts: a way out for the reader (RFC 8058).
    public struct Setting: Sendable {
        let apiURL: String
        let linkKeys: SignedLinkKeys?
        let addresses: AddressBook

        /// - Parameters:
        ///   - apiURL: API_URL, where the links lead.
        ///   - linkKeys: LINK_SIGNING_KEYS; without them no mail is written.
        ///   - addresses: hashes the address that a link names.
        public init(apiURL: String, linkKeys: SignedLinkKeys?, addresses: AddressBook) {
            self.apiURL = apiURL
            self.linkKeys = linkKeys
            self.addresses = addresses
        }
    }

    private let setting: Setting

    /// The source for a deployment.
    public init(_ setting: Setting) { self.setting = setting }

    public var kind: String { "alert_action" }
    public var load: SQLStatement { .loadActions }
    public var eligibility: SQLStatement { .settleActions }

    public func draft(_ row: PostgresRow) throws(PostgresError) -> any MessageDraft { try AlertActionDraft(row, setting) }
}

/// The facts of one of them.
struct AlertActionDraft: MessageDraft {
    /// Whoever finds an old mail can still have no more of them.
    private static let linkLasts = 365.0 * 86_400

    let deliveryID: Int64
    private let setting: AlertActionSource.Setting
    private let tenantID: String
    private let channel: MessageChannel?
    private let occasion: FollowUp.Occasion?
    private let language: Language
    private let organisation: String
    private let reader: Mailbox
    private let phone: String
    private let region: String
    private let from: Mailbox?
    private let replyTo: String?
    private let now: Date

    init(_ row: PostgresRow, _ setting: AlertActionSource.Setting) throws(PostgresError) {
        self.setting = setting
        deliveryID = try row.int("id")
        tenantID = try row.text("tenant_id")
        channel = MessageChannel(rawValue: try row.text("channel"))
        occasion = FollowUp.Occasion(rawValue: try row.text("step"))
        language = Language(locale: try row.text("locale"))
        organisation = try row.text("organization_name")
        reader = Mailbox(name: try row.text("recipient_name"), address: try row.text("email"))
        phone = try row.text("phone")
        region = try row.text("region")
        from = try row.optionalText("mail_from").flatMap { Mailbox(parsing: $0) }
        replyTo = try row.optionalText("reply_to").flatMap { AddressBook.isMailAddress($0) ? $0 : nil }
        now = Date(timeIntervalSince1970: Double(try row.int("now")))
    }

    func compose() -> Composition {
        guard let channel, let occasion else { return .skip(reason: "unknown_step") }
        let message = FollowUp(occasion, in: language, organisation: organisation, recipient: reader.name)
        do {
            switch channel {
            case .email:
                guard AddressBook.isMailAddress(reader.address) else {
                    return .skip(reason: reader.address.isEmpty ? "no_email" : "invalid_email")
                }
                guard let unsubscribe else { return .skip(reason: "no_unsubscribe_link") }
                return .mail(try message.mail(unsubscribe), from: from, replyTo: replyTo, to: reader)
            case .sms, .whatsapp:
                guard !phone.isEmpty else { return .skip(reason: "no_phone") }
                guard let number = AddressBook.phoneNumber(phone, region: region) else { return .skip(reason: "invalid_phone") }
                return .text(channel == .sms ? try message.sms() : try message.whatsApp(), to: number)
            case .inApp: return .skip(reason: "unknown_step")
            }
        } catch {
            return .skip(reason: "cannot_be_composed")
        }
    }

    private var unsubscribe: Unsubscribe? {
        guard let keys = setting.linkKeys, tenantID.utf8.count <= 255 else { return nil }
        let subject = Unsubscription(
            tenantID: tenantID, channel: .email, addressHash: setting.addresses.hash(reader.address))
        let token = keys.token(for: subject.link(expiresAt: now.addingTimeInterval(Self.linkLasts)))
        return Unsubscribe(link: "\(setting.apiURL)/u/\(token)")
    }
}

extension SQLStatement {
    fileprivate static let loadActions = SQLStatement(embedded: PackageResources.load_alert_actions_sql)
    fileprivate static let settleActions = SQLStatement(embedded: PackageResources.settle_ineligible_alert_actions_sql)
}
