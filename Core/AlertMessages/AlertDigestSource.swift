import Content
public import Messaging
public import Postgres

/// The daily digest of alerts that nobody has dealt with, as the deliverer sees it (M-16, D-90).
public struct AlertDigestSource: MessageSource {
    /// The source.
    public init() {}

    public var kind: String { "alert_digest" }
    public var load: SQLStatement { .loadDigests }
    public var eligibility: SQLStatement { .settleDigests }

    public func draft(_ row: PostgresRow) throws(PostgresError) -> any MessageDraft { try AlertDigestDraft(row) }
}

/// The facts of one digest.
struct AlertDigestDraft: MessageDraft {
    let deliveryID: Int64
    private let channel: MessageChannel?
    private let reader: Mailbox
    private let from: Mailbox?
    private let replyTo: String?
    private let digest: AlertDigest

    init(_ row: PostgresRow) throws(PostgresError) {
        deliveryID = try row.int("id")
        channel = MessageChannel(rawValue: try row.text("channel"))
        reader = Mailbox(name: try row.text("recipient_name"), address: try row.optionalText("email") ?? "")
        from = try row.optionalText("mail_from").flatMap { Mailbox(parsing: $0) }
        replyTo = try row.optionalText("reply_to").flatMap { AddressBook.isMailAddress($0) ? $0 : nil }
        digest = AlertDigest(
            language: Language(locale: try row.text("locale")), organisation: try row.text("organization_name"),
            days: Int(try row.int("days")),
            counts: (Int(try row.int("high")), Int(try row.int("med")), Int(try row.int("low"))),
            lines: Self.lines(try row.optionalText("lines") ?? ""))
    }

    /// Records and their fields, apart by the characters that are made for it.
    private static func lines(_ text: String) -> [AlertDigest.Line] {
        text.split(separator: "\u{1E}").compactMap { record in
            let fields = record.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 3, let days = Int(fields[2]) else { return nil }
            return AlertDigest.Line(lead: fields[0], message: fields[1], days: days)
        }
    }

    func compose() -> Composition {
        do {
            switch channel {
            case .email:
                guard AddressBook.isMailAddress(reader.address) else {
                    return .skip(reason: reader.address.isEmpty ? "no_email" : "invalid_email")
                }
                return .mail(try digest.mail(), from: from, replyTo: replyTo, to: reader)
            case .inApp: return .notice(try digest.notice())
            default: return .skip(reason: "unknown_step")
            }
        } catch {
            return .skip(reason: "cannot_be_composed")
        }
    }
}

extension SQLStatement {
    fileprivate static let loadDigests = SQLStatement(embedded: PackageResources.load_alert_digests_sql)
    fileprivate static let settleDigests = SQLStatement(embedded: PackageResources.settle_ineligible_digests_sql)
}
