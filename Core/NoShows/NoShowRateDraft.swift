import Content
private import FoundationEssentials
import Messaging
import Postgres

/// The facts of one weekly rate.
struct NoShowRateDraft: MessageDraft {
    let deliveryID: Int64
    private let channel: MessageChannel?
    private let mailFrom: String?
    private let replyTo: String?
    private let message: NoShowRateMessage?

    /// A closer as `load_no_show_rates` writes one.
    private struct Row: Decodable {
        let name: String?
        let missed: Int
        let counted: Int
        let missed_before: Int
        let counted_before: Int
    }

    init(_ row: PostgresRow) throws(PostgresError) {
        deliveryID = try row.int("id")
        channel = MessageChannel(rawValue: try row.text("channel"))
        mailFrom = try row.optionalText("mail_from")
        replyTo = try row.optionalText("reply_to").flatMap { AddressBook.isMailAddress($0) ? $0 : nil }
        message = try Self.message(row)
    }

    func compose() -> Composition {
        guard let channel, let message else { return .skip(reason: "cannot_be_read") }
        // Late evidence may have taken away all that there was to count.
        if message.week.counted == 0 { return .skip(reason: "no_appointments") }
        do {
            switch channel {
            case .email:
                let address = message.recipient.address
                guard AddressBook.isMailAddress(address) else {
                    return .skip(reason: address.isEmpty ? "no_email" : "invalid_email")
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

    private static func message(_ row: PostgresRow) throws(PostgresError) -> NoShowRateMessage? {
        let json = Data(try row.text("closers").utf8)
        guard let first = try LocalTime(row, "first_day"), let last = try LocalTime(row, "last_day"),
            let closers = try? JSONDecoder().decode([Row].self, from: json)
        else { return nil }
        return NoShowRateMessage(
            language: Language(locale: try row.text("locale")), organisation: try row.text("organization_name"),
            recipient: Mailbox(name: try row.text("recipient_name"), address: try row.text("email")), firstDay: first,
            lastDay: last,
            week: .init(missed: Int(try row.int("missed")), counted: Int(try row.int("counted"))),
            before: .init(missed: Int(try row.int("missed_before")), counted: Int(try row.int("counted_before"))),
            closers: closers.map { closer in
                .init(
                    name: closer.name, week: .init(missed: closer.missed, counted: closer.counted),
                    before: .init(missed: closer.missed_before, counted: closer.counted_before))
            })
    }
}
