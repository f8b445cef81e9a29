import Content
private import Crypto
private import FoundationEssentials
import Messaging
import Postgres
private import Primitives

/// The facts of one recovery mail.
struct RecoveryDraft: MessageDraft {
    /// How long a mail's link unsubscribes: longer than anybody keeps a mail before pressing the button.
    private static let unsubscribable = 2 * 365 * 86_400.0
    /// How long a visit can be gone on with after its last activity: what was typed is purged a month after the end (D-74).
    private static let resumable = 30 * 86_400.0

    let deliveryID: Int64
    private let step: String
    private let tenantID: String
    private let formID: String
    private let abandonID: String
    private let slug: String
    private let formName: String
    private let organization: String
    private let locale: String
    private let email: String
    private let name: String
    private let mailFrom: String?
    private let replyTo: String?
    private let lastActivityAt: Timestamp
    private let now: Timestamp
    private let setting: RecoverySource.Setting

    init(_ row: PostgresRow, setting: RecoverySource.Setting) throws(PostgresError) {
        self.setting = setting
        deliveryID = try row.int("id")
        step = try row.text("step")
        tenantID = try row.text("tenant_id")
        formID = try row.text("form_id")
        abandonID = try row.text("abandon_id")
        slug = try row.text("slug")
        formName = try row.text("form_name")
        organization = try row.text("organization_name")
        locale = try row.text("locale")
        email = try row.text("email")
        name = try row.text("recipient_name")
        mailFrom = try row.optionalText("mail_from")
        // A setting that is no address is passed over, or every mail of the organisation would be refused.
        replyTo = try row.optionalText("reply_to").flatMap { AddressBook.isMailAddress($0) ? $0 : nil }
        lastActivityAt = try row.timestamp("last_activity_at")
        now = try row.timestamp("now")
    }

    func compose() -> Composition {
        guard let template = RecoveryTemplate(step: step) else { return .skip(reason: "unknown_step") }
        guard AddressBook.isMailAddress(email) else { return .skip(reason: email.isEmpty ? "no_email" : "invalid_email") }
        guard let keys = setting.linkKeys else { return .skip(reason: "no_link_keys") }
        let subjects = [tenantID, formID, abandonID]
        guard subjects.allSatisfy({ $0.utf8.count <= 255 }) else { return .skip(reason: "cannot_be_composed") }
        let leave = Unsubscription(tenantID: tenantID, channel: .email, addressHash: setting.addresses.hash(email))
            .link(expiresAt: now.date.addingTimeInterval(Self.unsubscribable))
        guard let unsubscribe = Unsubscribe(link: "\(setting.apiURL)/u/\(keys.token(for: leave))") else {
            return .skip(reason: "cannot_be_composed")
        }
        let resume = SignedLink(
            purpose: .resume, subjects: subjects, expiresAt: lastActivityAt.date.addingTimeInterval(Self.resumable))
        let message = RecoveryMessage(
            template: template, language: Language(locale: locale), organisation: organization, form: formName,
            recipientName: name,
            resumeLink: "\(setting.frontendURL)/pages/public/\(Self.pathSegment(slug))?resume=\(keys.token(for: resume))",
            unsubscribe: unsubscribe)
        do {
            return .mail(
                try message.mail(), from: mailFrom.flatMap { Mailbox(parsing: $0) }, replyTo: replyTo,
                to: Mailbox(name: name, address: email))
        } catch {
            return .skip(reason: "cannot_be_composed")
        }
    }

    /// Percent-encoded, all but what RFC 3986 leaves unreserved.
    private static func pathSegment(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Timestamp {
    fileprivate var date: Date { Date(timeIntervalSince1970: secondsSinceEpoch) }
}
