/// A mail as a file, for the outbox: what a provider would have sent, in the form that every reader of mail opens (RFC 5322,
/// RFC 2045–2047). Lines end in CRLF and none is longer than 998 octets.
public struct MailFile: Sendable {
    // An encoded body never holds "=_", so a boundary that begins with it needs no check against the contents.
    private static let outerBoundary = "=_relance_mixed"
    private static let innerBoundary = "=_relance_alternative"

    /// Whom it is from.
    public var from: Mailbox
    /// Whom it is for.
    public var to: Mailbox
    /// Where answers go, when not to the sender.
    public var replyTo: Mailbox?
    /// What it says.
    public var mail: RenderedMail
    /// Unique, with or without its angle brackets.
    public var messageID: String
    /// As RFC 5322 §3.3 writes it: "Fri, 20 Nov 2026 14:30:00 +0000".
    public var date: String

    /// - Parameters: as the properties of the same names say.
    public init(from: Mailbox, to: Mailbox, replyTo: Mailbox? = nil, mail: RenderedMail, messageID: String, date: String) {
        self.from = from
        self.to = to
        self.replyTo = replyTo
        self.mail = mail
        self.messageID = messageID
        self.date = date
    }

    /// The file's bytes.
    ///
    /// - Throws: `invalidAddress` for an address that a header cannot carry.
    public func bytes() throws(ContentError) -> [UInt8] {
        var writer = MIMEWriter()
        writer.header("Date", MailHeader.token(date))
        writer.header("From", try MailHeader.mailbox(from, after: "From"))
        writer.header("To", try MailHeader.mailbox(to, after: "To"))
        if let replyTo { writer.header("Reply-To", try MailHeader.mailbox(replyTo, after: "Reply-To")) }
        writer.header("Subject", MailHeader.text(mail.subject, after: "Subject"))
        writer.header("Message-ID", "<" + MailHeader.token(messageID.filter { $0 != "<" && $0 != ">" }) + ">")
        for header in mail.headers { writer.header(MailHeader.name(header.name), MailHeader.token(header.value)) }
        writer.header("MIME-Version", "1.0")
        writer.header("Content-Type", "multipart/mixed; boundary=\"\(Self.outerBoundary)\"")
        writer.line("")
        writer.line("--" + Self.outerBoundary)
        writeAlternatives(to: &writer)
        for attachment in mail.attachments {
            writer.line("--" + Self.outerBoundary)
            write(attachment, to: &writer)
        }
        writer.line("--" + Self.outerBoundary + "--")
        return writer.bytes
    }

    /// The plainest first, as RFC 2046 §5.1.4 wants it.
    private func writeAlternatives(to writer: inout MIMEWriter) {
        writer.header("Content-Type", "multipart/alternative; boundary=\"\(Self.innerBoundary)\"")
        writer.line("")
        for (type, content) in [("text/plain", mail.text), ("text/html", mail.html)] {
            writer.line("--" + Self.innerBoundary)
            writer.header("Content-Type", type + "; charset=utf-8")
            writer.header("Content-Transfer-Encoding", "quoted-printable")
            writer.line("")
            writer.quotedPrintable(content)
        }
        writer.line("--" + Self.innerBoundary + "--")
    }

    private func write(_ attachment: Attachment, to writer: inout MIMEWriter) {
        let name = MailHeader.filename(attachment.filename)
        writer.header("Content-Type", MailHeader.token(attachment.contentType) + "; name=\"\(name)\"")
        writer.header("Content-Disposition", "attachment; filename=\"\(name)\"")
        writer.header("Content-Transfer-Encoding", "base64")
        writer.line("")
        writer.base64(attachment.bytes)
    }
}
