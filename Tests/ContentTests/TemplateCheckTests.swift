import Content
import Foundation
import Testing

/// What is found wrong with a template that somebody else wrote.
struct TemplateCheckTests {
    private static let text = "Subject: Hello {{RECIPIENT}}\n\nSee you {{RELATIVE}}.\n{{>DETAILS}}"

    private func faults(
        _ source: String, _ form: MessageForm = .mailHTML, _ messageClass: MessageClass = .transactional
    ) -> [String] {
        TemplateCheck.faults(in: Array(source.utf8), as: form, messageClass).map(\.description)
    }

    @Test func `every built-in message that may be replaced passes`() {
        // Recovery mails have words of their own, and no organisation's templates yet.
        for (name, bytes) in MailTemplates.files where !name.hasPrefix("form_abandoned_") {
            guard let form = MessageForm.allCases.first(where: { name.hasSuffix(".\($0.rawValue)") }) else { continue }
            #expect(TemplateCheck.faults(in: bytes, as: form) == [], "\(name)")
        }
    }

    @Test(
        arguments: [
            ("<p>\n{{NAME}}</p>", ["line 2: unknown variable {{NAME}}"]),
            ("{{recipient}}", ["line 1: unknown variable {{recipient}}"]),
            ("{{#VIP}}x{{/VIP}}", ["line 1: unknown section {{#VIP}}"]),
            ("{{#DATE}}x{{/DATE}}", ["line 1: unknown section {{#DATE}}"]),
            ("\n\n{{>HEADER}}", ["line 3: unknown include {{>HEADER}}"]),
            ("{{#LINK}}\nx", ["line 1: {{#LINK}} is never closed"]),
            ("x{{/LINK}}", ["line 1: {{/LINK}} closes nothing"]),
            (
                "{{#LINK}}\n{{#PLACE}}\n{{/LINK}}{{/PLACE}}",
                [
                    "line 2: {{#PLACE}} is not closed before {{/LINK}} in line 3", "line 3: {{/PLACE}} closes nothing",
                ]
            ),
            ("a\n{{LINK", ["line 2: {{ without }}"]),
            ("{{LINK:none}}", ["line 1: {{LINK:none}}: modifiers, pragmas and other delimiters are not allowed"]),
            (
                "{{%AUTOESCAPE context=\"NONE\"}}",
                [
                    "line 1: {{%AUTOESCAPE context=\"NONE\"}}: modifiers, pragmas and other delimiters are not allowed"
                ]
            ),
            ("{{=<% %>=}}", ["line 1: {{=<% %>=}}: modifiers, pragmas and other delimiters are not allowed"]),
            ("{{! a note }}<p>x</p>", []),
            ("<p>x</p>\n<script src=\"https://cdn.example/x.js\"></script>", ["line 2: <script> is not allowed in a mail"]),
            ("<SCRIPT>alert(1)</SCRIPT>", ["line 1: <script> is not allowed in a mail"]),
            ("<ifra\nme><iframe src=\"x\">", ["line 2: <iframe> is not allowed in a mail"]),
            ("<img src=\"https://x.example/a.png\"\nonerror=\"x()\" alt=\"\">", ["line 1: onerror=: a mail runs nothing"]),
            ("<img/onload=x() alt=x>", ["line 1: onload=: a mail runs nothing"]),
            ("<a href=\" java\nscript:x()\">x</a>", ["line 1: href=: a link to a script"]),
            ("<a href={{LINK}}>x</a>", ["line 1: href=: a variable must stand between quotes"]),
            ("<img src=\"https://x.example/a.png\">", ["line 1: <img> without alt: say what it shows, or alt=\"\""]),
            (
                "<img src=\"http://x.example/a.png\" alt=\"\">",
                ["line 1: src=: pictures come over https, or readers do not show them"]
            ),
            ("<style>\n@import url(https://x.example/a.css);</style>", ["line 2: @import: a mail fetches no styles"]),
            ("<meta http-equiv=\"refresh\" content=\"0\">", ["line 1: <meta http-equiv=\"refresh\"> is not allowed in a mail"]),
            ("<p\n<b>x</b>", ["line 1: a tag that is not closed before the next one"]),
            ("<!-- <script> --><p>x</p>", []),
            ("<p title=\"a > b <script>\">x</p>", []),
            ("  \n", ["line 1: the template is empty"]),
            ("a\u{0}b\n\u{7}", ["line 1: a control character (0)", "line 2: a control character (7)"]),
            (
                "<p {{LINK}}=\"x\">y</p>",
                [
                    "line 1: a variable stands where it cannot be escaped: quote every attribute, and keep variables out of styles"
                ]
            ),
        ] as [(String, [String])])
    func `a fault in HTML is named with its line`(source: String, expected: [String]) {
        #expect(faults(source) == expected)
    }

    @Test(
        arguments: [
            (text, []), (text.replacing("\n", with: "\r\n"), []),
            ("Hello\n\nx", ["line 1: the first line must be `Subject: …`"]),
            ("Subject:  \n\nx", ["line 1: the first line must be `Subject: …`"]),
            ("Subject: x\ny\nz", ["line 2: an empty line must follow the subject"]),
            ("Subject: x", ["line 1: there is no text after the subject", "line 2: an empty line must follow the subject"]),
            ("Subject: x\n\n  \n", ["line 3: there is no text after the subject"]),
            ("Subject: x\n\n{{>FOOTER}}", []), ("Subject: x\n\n{{>LAYOUT}}", ["line 3: unknown include {{>LAYOUT}}"]),
        ] as [(String, [String])])
    func `a text needs its subject, an empty line and a body`(source: String, expected: [String]) {
        #expect(faults(source, .mailText) == expected)
    }

    @Test func `all faults are listed at once, in the order of lines`() {
        let source = "{{A}}\n{{#LINK}}\n{{>B}}\n<script>\n{{/PLACE}}"
        #expect(faults(source).map { $0.prefix(6) } == ["line 1", "line 2", "line 3", "line 4", "line 5"])
    }

    @Test func `a short message is short and includes nothing`() {
        let long = String(repeating: "é", count: 351)
        #expect(faults(long, .short) == ["line 1: the text has 351 characters of its own; 350 are the most"])
        #expect(faults(String(long.dropLast()) + "{{LINK}}", .short) == [])
        #expect(faults("{{>DETAILS}}", .short) == ["line 1: {{>DETAILS}}: only mails have parts to include"])
    }

    @Test func `a marketing mail must say how to have no more of them`() {
        let fault = "line 1: a marketing mail must offer {{UNSUBSCRIBE}}"
        #expect(faults(Self.text, .mailText, .marketing) == [fault])
        #expect(faults(Self.text + "{{UNSUBSCRIBE}}", .mailText, .marketing) == [])
        #expect(faults(Self.text + "{{>FOOTER}}", .mailText, .marketing) == [])
        #expect(faults("<!doctype html><p>x</p>", .mailHTML, .marketing) == [fault])
        #expect(faults("<html><p><a href=\"{{UNSUBSCRIBE}}\">x</a></p>", .mailHTML, .marketing) == [])
        // The common layout has it in its footer.
        #expect(faults("<p>x</p>", .mailHTML, .marketing) == [])
    }

    @Test func `a template of a megabyte, one of other bytes and one of marks alone are refused at once`() {
        #expect(faults(String(repeating: "x", count: 1 << 20)) == ["line 1: the template has 1048576 bytes; 65536 are the most"])
        #expect(
            TemplateCheck.faults(in: [0x3C, 0xFF, 0xFE], as: .mailHTML).map(\.description) == [
                "line 1: the template is not UTF-8"
            ])
        let clock = ContinuousClock()
        let took = clock.measure {
            for unit in ["{{#LINK}}", "{{/LINK}}", "{{", "<a ", "<!--", "<a b='", "{{X}}\n"] {
                let source = String(repeating: unit, count: 65_536 / unit.utf8.count)
                let found = faults(source)
                #expect(!found.isEmpty || unit.hasPrefix("<"))
                #expect(found.count <= 100)
            }
        }
        #expect(took < .seconds(20))
    }
}
