private import Calendars
private import Templates

extension AppointmentMessage {
    /// The message as a mail; what changes the lead's calendar brings the invitation along (K-28, D-05).
    ///
    /// - Throws: `noSuchForm` for a message that is no mail; `template` and `calendar` when those fail.
    public func mail() throws(ContentError) -> RenderedMail {
        try requireForm(.mail)
        if template.messageClass == .marketing, unsubscribe == nil { throw .missingUnsubscribe }
        let words = AppointmentWords(self, nameLimit: 100)
        let letter = try letter(.mailText, words) { (text) throws(ContentError) in try requireUnsubscribe(text.contains) }
        let html = try write(.mailHTML, words, subject: letter.head) { (html) throws(ContentError) in
            try requireUnsubscribe { html.contains($0.replacing("&", with: "&amp;")) }
            return html
        }
        var mail = RenderedMail(subject: letter.head, html: html, text: letter.body, headers: unsubscribe?.headers ?? [])
        if let method = template.calendarMethod { mail.attachments = [try attachment(method)] }
        return mail
    }

    /// The message as an SMS: in the SMS alphabet where the names allow it, and short.
    ///
    /// - Throws: `noSuchForm` for a message that is no SMS; `template` when that fails.
    public func sms() throws(ContentError) -> RenderedText {
        try requireForm(.sms)
        var text = try shortText(AppointmentWords(self, nameLimit: 40, linkLimit: 120))
        text.body = GSM7.transliterated(text.body)
        return text
    }

    /// The message for WhatsApp: as free text, and as the variables of an approved template.
    ///
    /// - Throws: `noSuchForm` for a message that is none of WhatsApp's; `template` when that fails.
    public func whatsApp() throws(ContentError) -> RenderedText {
        try requireForm(.whatsApp)
        return try shortText(AppointmentWords(self, nameLimit: 40))
    }

    /// The message as a notice in the application.
    ///
    /// - Throws: `noSuchForm` for a message that is no notice; `template` when that fails.
    public func notice() throws(ContentError) -> RenderedNotice {
        try requireForm(.notice)
        let letter = try letter(.notice, AppointmentWords(self, nameLimit: 100))
        return RenderedNotice(title: letter.head, body: letter.body)
    }

    /// Whatever an organisation makes of its templates, the link is there.
    private func requireUnsubscribe(_ isThere: (String) -> Bool) throws(ContentError) {
        if let unsubscribe, !isThere(unsubscribe.link) { throw .missingUnsubscribe }
    }

    private func requireForm(_ channel: ContentChannel) throws(ContentError) {
        guard template.channels.contains(channel) else { throw .noSuchForm(template, channel) }
    }

    /// The bounds on names, places and links keep the longest text under Twilio's 1600, so no link is ever cut.
    private func shortText(_ words: AppointmentWords) throws(ContentError) -> RenderedText {
        let body = try write(.short, words) { (text) throws(ContentError) in
            let body = text.trimmed
            if body.isEmpty { throw .empty }
            if body.utf16.count > RenderedText.maximumLength { throw .tooLong }
            return body
        }
        return RenderedText(body: body, variables: words.variables, name: "\(template.rawValue).\(language.rawValue)")
    }

    private func letter(
        _ form: MessageForm, _ words: AppointmentWords, requiring: (String) throws(ContentError) -> Void = { _ in }
    ) throws(ContentError) -> (head: String, body: String) {
        try write(form, words) { (text) throws(ContentError) in
            let letter = try TitledText(parsing: text)
            try requiring(text)
            return (letter.head, letter.body)
        }
    }

    /// With the organisation's own template, or the built-in one where there is none or it fails.
    private func write<Value>(
        _ form: MessageForm, _ words: AppointmentWords, subject: String = "", read: (String) throws(ContentError) -> Value
    ) throws(ContentError) -> Value {
        let values = words.values(subject: subject)
        if let value = own?.use(form, values, in: language, read: read) { return value }
        let text: String
        do {
            text = try MailTemplates.shared.get().render(form, of: template.rawValue, in: language, values)
        } catch {
            throw .template(error)
        }
        return try read(text)
    }

    private func attachment(_ method: CalendarInvite.Method) throws(ContentError) -> Attachment {
        let invite = invite(method)
        do {
            return Attachment(filename: "invite.ics", contentType: invite.contentType, bytes: try invite.bytes())
        } catch {
            throw .calendar(error)
        }
    }
}
