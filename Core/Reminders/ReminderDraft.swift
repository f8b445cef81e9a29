import Content
private import Crypto
private import FoundationEssentials
import Messaging
import Postgres
private import Primitives

/// The facts of one reminder.
struct ReminderDraft: MessageDraft {
    let deliveryID: Int64
    private let step: String
    private let channel: MessageChannel?
    private let email: String
    private let phone: String
    private let region: String
    private let mailFrom: String?
    private let replyTo: String?
    private let organization: String
    private let tenantID: String
    private let appointmentID: String
    private let setting: ReminderSource.Setting
    let message: AppointmentMessage?

    init(_ row: PostgresRow, setting: ReminderSource.Setting) throws(PostgresError) {
        self.setting = setting
        deliveryID = try row.int("id")
        step = try row.text("step")
        channel = MessageChannel(rawValue: try row.text("channel"))
        email = try row.text("email")
        phone = try row.text("phone")
        region = try row.text("region")
        mailFrom = try row.optionalText("mail_from")
        replyTo = try Self.replyTo(row)
        organization = try row.text("organization_name")
        tenantID = try row.text("tenant_id")
        appointmentID = try row.text("appointment_id")
        message = try Self.message(row, setting: setting)
    }

    func compose() -> Composition {
        guard let channel, var message else { return .skip(reason: "unknown_step") }
        do {
            switch channel {
            case .email:
                guard AddressBook.isMailAddress(email) else { return .skip(reason: email.isEmpty ? "no_email" : "invalid_email") }
                message.actions = actions
                let from = mailFrom.flatMap { Mailbox(parsing: $0) }
                return .mail(try message.mail(), from: from, replyTo: replyTo, to: message.recipient)
            case .sms, .whatsapp:
                guard !phone.isEmpty else { return .skip(reason: "no_phone") }
                guard let number = AddressBook.phoneNumber(phone, region: region) else { return .skip(reason: "invalid_phone") }
                // An SMS that stands in for a WhatsApp message says the same.
                let isSMS = channel == .sms && message.template.channels.contains(.sms)
                return .text(try isSMS ? message.sms() : message.whatsApp(), to: number)
            case .inApp: return .notice(try message.notice())
            }
        } catch {
            return .skip(reason: "cannot_be_composed")
        }
    }

    /// Buttons of the J-1 mail (K-03), and of the other mails to the lead about what will take place.
    private var actions: AppointmentActions {
        let subjects = [tenantID, appointmentID]
        // A link holds no longer ids; a mail without buttons still says when and where.
        guard let keys = setting.linkKeys, let endsAt = message?.endsAt, Self.stepsWithActions.contains(step),
            subjects.allSatisfy({ $0.utf8.count <= 255 })
        else { return AppointmentActions() }
        // Good until the appointment is over for all purposes, however early the message goes out.
        let expiresAt = endsAt.addingTimeInterval(86_400)
        func link(_ purpose: LinkPurpose) -> String {
            let token = keys.token(for: SignedLink(purpose: purpose, subjects: subjects, expiresAt: expiresAt))
            return "\(setting.apiURL)/a/\(token)"
        }
        return AppointmentActions(
            confirm: link(.confirm), reschedule: link(.reschedule), cancel: link(.cancel))
    }

    private static func message(_ row: PostgresRow, setting: ReminderSource.Setting) throws(PostgresError) -> AppointmentMessage?
    {
        let step = try row.text("message_step")
        guard let template = AppointmentTemplate.allCases.first(where: { Self.step(of: $0) == step }),
            let start = try localTime(row, "local_start")
        else { return nil }
        let organization = try row.text("organization_name")
        let sender = try row.optionalText("mail_from").flatMap { Mailbox(parsing: $0) } ?? setting.sender
        var message = AppointmentMessage(
            template: template, language: Language(locale: try row.text("locale")), organisation: organization, sender: sender,
            replyAddress: try replyTo(row),
            recipient: Mailbox(name: try row.text("recipient_name"), address: try row.text("email")),
            leadName: try row.text("lead_name"), closerName: try row.optionalText("closer_name") ?? organization,
            closerPseudonym: try row.optionalText("closer_pseudonym"), localStart: start,
            toldStart: try localTime(row, "told_start"), isReinstated: try row.bool("is_reinstated"),
            minutesUntilStart: Int((Double(try row.int("seconds_until_start")) / 60).rounded()),
            durationMinutes: Int(try row.int("duration_min")), videoLink: try videoLink(row, setting: setting),
            place: try row.optionalText("location"), startsAt: try row.timestamp("starts_at").date,
            endsAt: try row.timestamp("ends_at").date,
            uid: "\(try row.text("appointment_id"))@\(try row.text("tenant_id")).relance", sequence: Int(try row.int("revision")),
            stampedAt: try row.timestamp("now").date)
        message.own = try ownTemplates(row, for: message, setting: setting)
        return message
    }

    private static func ownTemplates(
        _ row: PostgresRow, for message: AppointmentMessage, setting: ReminderSource.Setting
    ) throws(PostgresError) -> OwnTemplates? {
        guard let version = try row.optionalText("own_version") else { return nil }
        let (tenantID, name, language) = (try row.text("tenant_id"), message.template.rawValue, message.language)
        let key = OwnTemplateCache.Key(tenantID: tenantID, name: name, language: language)
        return try setting.ownTemplates.templates(key, version: version) { () throws(PostgresError) in
            // Decoded once a version, not once a message: they may be large.
            let columns: [(MessageForm, String)] = [
                (.mailHTML, "own_html"), (.mailText, "own_text"), (.short, "own_short"), (.notice, "own_notice"),
            ]
            var sources: [MessageForm: String] = [:]
            for (form, column) in columns { sources[form] = try row.optionalText(column) }
            return OwnTemplates(sources, language: language) { form, error in
                setting.onTemplateFailure?(tenantID, "\(name).\(language.rawValue).\(form.rawValue)", error)
            }
        }
    }

    /// The messages with buttons: those to the lead about what will take place.
    static let stepsWithActions: Set = ["T+0", "J-1", "H-1", "moved"]

    /// The step that sends a message.
    static func step(of template: AppointmentTemplate) -> String {
        switch template {
        case .bookingConfirmation: "T+0"
        case .closerBooked: "T+10"
        case .dayBefore: "J-1"
        case .hourBefore: "H-1"
        case .startingNow: "T-0"
        case .moved: "moved"
        case .cancelled: "cancelled"
        }
    }

    /// The address that the appointment was given, else that of a call of our own.
    private static func videoLink(_ row: PostgresRow, setting: ReminderSource.Setting) throws(PostgresError) -> String? {
        if let address = try row.optionalText("video_url"), !address.isEmpty { return address }
        guard try row.text("video") == "livekit" else { return nil }
        let link = VideoLink(
            tenantID: try row.text("tenant_id"), appointmentID: try row.text("appointment_id"),
            identity: "\(try row.text("recipient_type")):\(try row.text("recipient_id"))", name: try row.text("recipient_name"),
            startsAt: try row.timestamp("starts_at").date, endsAt: try row.timestamp("ends_at").date)
        return link.address(setting)
    }

    /// Where answers go; a setting that is no address is passed over, or every mail of the organisation would be refused.
    private static func replyTo(_ row: PostgresRow) throws(PostgresError) -> String? {
        try row.optionalText("reply_to").flatMap { AddressBook.isMailAddress($0) ? $0 : nil }
    }

    /// Year, month, day, weekday, hour and minute, as `to_char` writes them.
    private static func localTime(_ row: PostgresRow, _ column: String) throws(PostgresError) -> LocalTime? {
        let parts = (try row.optionalText(column) ?? "").split(separator: " ").compactMap { Int($0) }
        let zone = try row.text("timezone")
        guard parts.count == 6 else { return nil }
        return try? LocalTime(
            year: parts[0], month: parts[1], day: parts[2], weekday: parts[3], hour: parts[4], minute: parts[5], zone: zone)
    }
}

extension Timestamp {
    fileprivate var date: Date { Date(timeIntervalSince1970: secondsSinceEpoch) }
}
