/// A rendered text with a subject, taken apart.
struct TitledText {
    /// Longer subjects are cut by every reader of mail.
    private static let maximumSubjectLength = 200

    let head: String
    let body: String

    /// The first line of a text template is `Subject: …`; what follows the blank line after it is the body.
    init(parsing text: String) throws(ContentError) {
        let end = text.utf8.firstIndex(of: UInt8(ascii: "\n")) ?? text.endIndex
        head = CleanText.line(
            String(text[..<end].dropFirst(MailTemplates.subjectPrefix.count)), limit: Self.maximumSubjectLength)
        guard text.hasPrefix(MailTemplates.subjectPrefix), !head.isEmpty else { throw .empty }
        body = String(text[end...]).trimmed
    }
}

extension String {
    /// Without the line breaks at its ends.
    var trimmed: String {
        let start = unicodeScalars.firstIndex { $0 != "\n" } ?? endIndex
        let end = unicodeScalars.lastIndex { $0 != "\n" }.map(unicodeScalars.index(after:)) ?? start
        return String(self[start..<end])
    }
}
