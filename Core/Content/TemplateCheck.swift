private import Templates

/// Finds what is wrong with a template that somebody else wrote, all of it at once, before a message depends on it.
public struct TemplateCheck {
    /// In bytes; the largest mail that readers show whole is 102 KB, names and links included.
    public static let maximumLength = 65_536
    /// In characters, without what is filled in: names, place and link take up to 1 250 of the 1 600 that an SMS may have.
    static let maximumShortLength = 350
    /// More say nothing new.
    private static let maximumFaults = 100

    private let source: [UInt8]
    private let form: MessageForm
    private let messageClass: MessageClass
    private var faults: [TemplateFault] = []

    /// What is wrong, in the order of lines; nothing when the template can be used.
    ///
    /// - Parameters:
    ///   - source: the template's bytes.
    ///   - form: what it is for.
    ///   - messageClass: a marketing mail must say how to have no more.
    public static func faults(
        in source: [UInt8], as form: MessageForm, _ messageClass: MessageClass = .transactional
    ) -> [TemplateFault] {
        var check = TemplateCheck(source: source, form: form, messageClass: messageClass)
        check.run()
        return Array(check.faults.sorted { $0.line < $1.line }.prefix(maximumFaults))
    }

    private init(source: [UInt8], form: MessageForm, messageClass: MessageClass) {
        self.source = source
        self.form = form
        self.messageClass = messageClass
    }

    private mutating func run() {
        guard source.count <= Self.maximumLength else {
            return note(1, "the template has \(source.count) bytes; \(Self.maximumLength) are the most")
        }
        guard let text = String(validating: source, as: UTF8.self) else { return note(1, "the template is not UTF-8") }
        guard text.contains(where: { !$0.isWhitespace }) else { return note(1, "the template is empty") }
        let marks = TemplateMark.all(in: source)
        checkCharacters()
        checkNames(marks)
        checkBalance(marks)
        switch form {
        case .mailHTML: faults += HTMLCheck.faults(in: source)
        case .mailText, .notice: checkSubject(text)
        case .short: checkShortness(text)
        }
        if messageClass == .marketing { checkUnsubscribing(marks, text) }
        if faults.isEmpty { parse() }
    }

    private mutating func note(_ line: Int, _ message: String) {
        faults.append(TemplateFault(line: line, message: message))
    }

    private mutating func checkCharacters() {
        var line = 1
        for byte in source {
            if byte == 10 { line += 1 }
            if byte < 32, ![9, 10, 13].contains(byte) { note(line, "a control character (\(byte))") }
        }
    }

    private mutating func checkNames(_ marks: [TemplateMark]) {
        for mark in marks {
            switch mark.kind {
            case .unclosed: note(mark.line, "{{ without }}")
            case .forbidden: note(mark.line, "{{\(shown(mark))}}: modifiers, pragmas and other delimiters are not allowed")
            case .value where !TemplateVocabulary.values.union(TemplateVocabulary.optionals).contains(mark.name):
                note(mark.line, "unknown variable {{\(shown(mark))}}")
            case .section where !TemplateVocabulary.sections.union(TemplateVocabulary.optionals).contains(mark.name):
                note(mark.line, "unknown section {{#\(shown(mark))}}")
            case .part where form != .mailHTML && form != .mailText:
                note(mark.line, "{{>\(shown(mark))}}: only mails have parts to include")
            case .part where !TemplateVocabulary.parts.contains(mark.name):
                note(mark.line, "unknown include {{>\(shown(mark))}}")
            case .value, .section, .part, .end, .comment: break
            }
        }
    }

    /// As much of a name as a message can hold.
    private func shown(_ mark: TemplateMark) -> String { CleanText.line(mark.name, limit: 40) }

    private mutating func checkBalance(_ marks: [TemplateMark]) {
        var open: [TemplateMark] = []
        for mark in marks {
            if mark.kind == .section { open.append(mark) }
            guard mark.kind == .end else { continue }
            guard let index = open.lastIndex(where: { $0.name == mark.name }) else {
                note(mark.line, "{{/\(shown(mark))}} closes nothing")
                continue
            }
            for inner in open[(index + 1)...] {
                note(inner.line, "{{#\(shown(inner))}} is not closed before {{/\(shown(mark))}} in line \(mark.line)")
            }
            open.removeSubrange(index...)
        }
        for mark in open { note(mark.line, "{{#\(shown(mark))}} is never closed") }
    }

    private mutating func checkSubject(_ text: String) {
        // A CRLF is one character of Swift's, and not "\n".
        let lines = text.replacing("\r\n", with: "\n").split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
        let subject = lines[0].hasPrefix(MailTemplates.subjectPrefix) ? lines[0].dropFirst(MailTemplates.subjectPrefix.count) : ""
        if !subject.contains(where: { !$0.isWhitespace }) { note(1, "the first line must be `Subject: …`") }
        if lines.count < 2 || !lines[1].isEmpty { note(2, "an empty line must follow the subject") }
        if lines.count < 3 || !lines[2].contains(where: { !$0.isWhitespace }) {
            note(min(3, lines.count), "there is no text after the subject")
        }
    }

    private mutating func checkShortness(_ text: String) {
        let length = text.replacing(/\{\{[^}]*\}\}/, with: "").unicodeScalars.count
        if length > Self.maximumShortLength {
            note(1, "the text has \(length) characters of its own; \(Self.maximumShortLength) are the most")
        }
    }

    /// HTML inside the common layout has the link in its footer; a document of its own, and a plain part, must bring it.
    private mutating func checkUnsubscribing(_ marks: [TemplateMark], _ text: String) {
        let isMail = form == .mailText || (form == .mailHTML && OwnTemplates.isDocument(text))
        let offers = marks.contains { mark in
            (mark.kind == .value && mark.name == "UNSUBSCRIBE") || (mark.kind == .part && mark.name == "FOOTER")
        }
        if isMail && !offers { note(1, "a marketing mail must offer {{UNSUBSCRIBE}}") }
    }

    /// The last word is ctemplate's: it knows where a value can be escaped.
    private mutating func parse() {
        do {
            _ = try TemplateSet([TemplateSource(name: "checked", mode: form == .mailHTML ? .html : .text, bytes: source)])
        } catch {
            note(1, "a variable stands where it cannot be escaped: quote every attribute, and keep variables out of styles")
        }
    }
}
