internal import Templates

/// The templates in `Letters/`: messages that are about no appointment. Mails share the layout and the footer of `Mail/`.
package struct LetterTemplates: Sendable {
    /// The set, parsed at first use. A failure is one of the build, which the tests would have shown.
    static let shared = Result { () throws(TemplateError) in try LetterTemplates() }

    /// Every file by its name: what is embedded has no list of its own, so this one is compared with the folder by a test.
    package static var files: [(name: String, bytes: [UInt8])] {
        [
            ("alert_digest.en.mail.html", PackageResources.alert_digest_en_mail_html),
            ("alert_digest.en.mail.txt", PackageResources.alert_digest_en_mail_txt),
            ("alert_digest.en.notice.txt", PackageResources.alert_digest_en_notice_txt),
            ("alert_digest.fr.mail.html", PackageResources.alert_digest_fr_mail_html),
            ("alert_digest.fr.mail.txt", PackageResources.alert_digest_fr_mail_txt),
            ("alert_digest.fr.notice.txt", PackageResources.alert_digest_fr_notice_txt),
            ("follow_up.en.mail.html", PackageResources.follow_up_en_mail_html),
            ("follow_up.en.mail.txt", PackageResources.follow_up_en_mail_txt),
            ("follow_up.en.short.txt", PackageResources.follow_up_en_short_txt),
            ("follow_up.fr.mail.html", PackageResources.follow_up_fr_mail_html),
            ("follow_up.fr.mail.txt", PackageResources.follow_up_fr_mail_txt),
            ("follow_up.fr.short.txt", PackageResources.follow_up_fr_short_txt),
        ]
    }

    private let templates: TemplateSet

    private init() throws(TemplateError) {
        let shared = MailTemplates.files.filter { name, _ in
            ["layout.", "footer.", "details.", "actions."].contains { name.hasPrefix($0) }
        }
        templates = try TemplateSet((shared + Self.files).map { name, bytes in MailTemplates.source(name, bytes) })
    }

    /// - Parameter rows: sections that are shown once for each. In a mail's HTML they belong to the letter within the layout: only
    ///   values of the top are seen there.
    func render(
        _ form: MessageForm, of message: String, in language: Language, _ values: TemplateValues,
        rows: [(section: String, values: TemplateValues)]
    ) throws(TemplateError) -> String {
        let name = "\(message).\(language.rawValue).\(form.rawValue)"
        var values = values
        var letter = TemplateValues()
        if form == .mailHTML {
            for row in rows { letter.add(row.section, row.values) }
            values.include("FOOTER", template: "footer.\(language.rawValue).html")
            values.include("CONTENT", template: name, letter)
            return try templates.render(MailTemplates.layout, values)
        }
        for row in rows { values.add(row.section, row.values) }
        if form == .mailText { values.include("FOOTER", template: "footer.\(language.rawValue).txt") }
        return try templates.render(name, values)
    }
}
