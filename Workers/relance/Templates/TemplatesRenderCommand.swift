import Content
import Glibc
import Reminders
import Runtime

/// `relance templates render`: a message as a real lead would get it now; nothing is sent and nothing is written.
enum TemplatesRenderCommand: Command {
    static let name = "templates render"
    static let summary = "show a message with a real lead's data; nothing is sent"
    static let operands = [TemplateFlags.name]
    static let flags = [TemplateFlags.tenant, lead, appointment, language, form, out, .json]
    static let notes = """
        Buttons and video links of a preview lead nowhere: a real link acts in the lead's name. Minutes and days are counted from now.
        """
    static let examples = [
        (line: "templates render day_before --tenant atlas --lead l1", purpose: "subject and text"),
        (line: "templates render day_before --tenant atlas --lead l1 --form mail.html --out mail.html", purpose: "for a browser"),
    ]

    private static let lead = Flag("--lead", "ID", "whose data")
    private static let appointment = Flag(
        "--appointment", "ID", "which appointment; the default is the lead's next one, or the last")
    private static let language = Flag("--language", "LANGUAGE", "fr or en; the default is the reader's")
    private static let form = Flag(
        "--form", "FORM", MessageForm.allCases.map(\.rawValue).joined(separator: ", ") + "; the default is the message's text")
    private static let out = Flag("--out", "FILE", "write it there, and not over anything")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let template = try TemplateFlags.template(arguments)
        let tenant = try TemplateFlags.requiredTenant(arguments)
        guard let lead = try arguments.text(lead) else { throw UsageError("--lead is missing: with whose data?") }
        let form = try TemplateFlags.form(arguments) ?? template.forms.first { $0 != .mailHTML } ?? .mailText
        try TemplateFlags.require(form, of: template)
        let appointment = try arguments.text(appointment)
        let request = MessagePreview.Request(
            tenantID: tenant, template: template, leadID: lead, appointmentID: appointment,
            language: try TemplateFlags.language(arguments))
        let connection = try await connectToSchema()
        _ = try await TemplateStore(connection, tenantID: tenant).language()
        guard let preview = try await MessagePreview.read(request, setting: setting, connection) else {
            throw CommandError(
                "\(tenant) has no appointment\(appointment.map { " \($0)" } ?? "") of a lead \(lead). `relance deliveries list --tenant \(tenant)` names appointments and leads."
            )
        }
        let (subject, body) = try text(preview.message, as: form)
        if let path = try arguments.text(out) {
            try write(body, to: path)
            print("Wrote \(path), about appointment \(preview.appointmentID).")
        } else if arguments.has(.json) {
            print(
                JSONValue.object([
                    ("template", .text(template.rawValue)), ("form", .text(form.rawValue)),
                    ("language", .text(preview.message.language.rawValue)), ("appointment", .text(preview.appointmentID)),
                    ("subject", .optional(subject)), ("body", .text(body)),
                ]).text)
        } else {
            if let subject, form != .mailHTML { print("Subject: \(subject)\n") }
            print(body)
        }
        return .ok
    }

    private static var setting: ReminderSource.Setting {
        ReminderSource.Setting(
            sender: Mailbox(name: "", address: "preview@localhost"), apiURL: "https://preview.invalid", linkKeys: nil,
            frontendURL: "https://preview.invalid", videoToken: { _, _, _, _, _ in "preview" },
            onTemplateFailure: { tenant, name, error in
                Log.standardError(
                    "relance: \(tenant)'s own \(name) cannot be used (\(error)): this is the built-in one. `relance templates check` says what is wrong."
                )
            })
    }

    private static func text(_ message: AppointmentMessage, as form: MessageForm) throws -> (subject: String?, body: String) {
        switch form {
        case .mailHTML, .mailText:
            let mail = try message.mail()
            return (mail.subject, form == .mailHTML ? mail.html : mail.text)
        case .short:
            return (nil, try message.template.channels.contains(.whatsApp) ? message.whatsApp().body : message.sms().body)
        case .notice:
            let notice = try message.notice()
            return (notice.title, notice.body)
        }
    }

    /// A real lead's data: readable by its owner alone.
    private static func write(_ text: String, to path: String) throws(CommandError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CommandError("\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR { throw CommandError("\(path): \(String(cString: strerror(errno)))") }
            written += max(0, count)
        }
    }
}
