import Content
private import Crypto
private import FoundationEssentials
import Messaging
import Postgres
private import Primitives

/// The facts of one message about a missed appointment.
struct NoShowDraft: MessageDraft {
    /// Long after the mail has been forgotten: whoever finds it again may still have no more of them (RFC 8058).
    private static let unsubscriptionLasts = 400 * 86_400.0

    let deliveryID: Int64
    private let channel: MessageChannel?
    private let mailFrom: String?
    private let replyTo: String?
    private let message: NoShowMessage?
    private let unsubscribe: Unsubscribe?

    init(_ row: PostgresRow, setting: NoShowSource.Setting) throws(PostgresError) {
        deliveryID = try row.int("id")
        channel = MessageChannel(rawValue: try row.text("channel"))
        mailFrom = try row.optionalText("mail_from")
        replyTo = try row.optionalText("reply_to").flatMap { AddressBook.isMailAddress($0) ? $0 : nil }
        message = try Self.message(row, setting: setting)
        unsubscribe = try Self.unsubscribe(row, setting: setting)
    }

    func compose() -> Composition {
        guard let channel, var message else { return .skip(reason: "unknown_step") }
        do {
            switch channel {
            case .email:
                let address = message.recipient.address
                guard AddressBook.isMailAddress(address) else {
                    return .skip(reason: address.isEmpty ? "no_email" : "invalid_email")
                }
                if message.messageClass == .marketing {
                    guard let unsubscribe else { return .skip(reason: "no_unsubscribe_link") }
                    message.unsubscribe = unsubscribe
                }
                let from = mailFrom.flatMap { Mailbox(parsing: $0) }
                return .mail(try message.mail(), from: from, replyTo: replyTo, to: message.recipient)
            case .inApp: return .notice(try message.notice())
            case .sms, .whatsapp: return .skip(reason: "unknown_step")
            }
        } catch {
            return .skip(reason: "cannot_be_composed")
        }
    }

    private static func message(_ row: PostgresRow, setting: NoShowSource.Setting) throws(PostgresError) -> NoShowMessage? {
        guard let template = try template(row.text("step")), let start = try LocalTime(row, "local_start") else { return nil }
        let isForLead = template != .hostAbsent
        return NoShowMessage(
            template: template, language: Language(locale: try row.text("locale")),
            organisation: try row.text("organization_name"),
            recipient: Mailbox(name: try row.text("recipient_name"), address: try row.text("email")),
            leadName: try row.text("lead_name"), closerName: try row.optionalText("closer_name"),
            closerPseudonym: try row.optionalText("closer_pseudonym"), localStart: start,
            bookingLink: isForLead ? "\(setting.frontendURL)/book/\(escaped(try row.text("lead_id")))" : nil)
    }

    private static func template(_ step: String) -> NoShowMessage.Template? {
        switch step {
        case "J+0": .today
        case "J+2": .later
        case "host": .hostAbsent
        default: nil
        }
    }

    private static func unsubscribe(_ row: PostgresRow, setting: NoShowSource.Setting) throws(PostgresError) -> Unsubscribe? {
        let (tenantID, address) = (try row.text("tenant_id"), try row.text("email"))
        // A link holds no longer ids.
        guard let keys = setting.linkKeys, tenantID.utf8.count <= 255, !address.isEmpty else { return nil }
        let now = Date(timeIntervalSince1970: Double(try row.timestamp("now").seconds))
        let link = Unsubscription(tenantID: tenantID, channel: .email, addressHash: setting.addresses.hash(address))
            .link(expiresAt: now.addingTimeInterval(unsubscriptionLasts))
        return Unsubscribe(link: "\(setting.apiURL)/u/\(keys.token(for: link))")
    }

    /// Everything but RFC 3986's unreserved characters as percent signs and hex.
    private static func escaped(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            let scalar = Unicode.Scalar(byte)
            if byte < 0x80, scalar.properties.isAlphabetic || "0123456789-._~".unicodeScalars.contains(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                result += byte < 16 ? "%0" : "%"
                result += String(byte, radix: 16, uppercase: true)
            }
        }
    }
}
