import Foundation
import Testing

@testable import Content

struct MailTemplatesTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Core/Content/Mail").standardizedFileURL
    /// What `AppointmentWords.values` and `MailTemplates.render` set.
    private static let known = TemplateVocabulary.values.union(TemplateVocabulary.optionals).union(TemplateVocabulary.sections)
        .union(TemplateVocabulary.parts).union(TemplateVocabulary.recoveries).union(["CONTENT"])

    @Test func `every file in the folder is embedded under its name`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
        #expect(MailTemplates.files.map(\.name) == names)
        for (name, bytes) in MailTemplates.files {
            #expect(try Data(contentsOf: Self.folder.appendingPathComponent(name)) == Data(bytes), "\(name)")
        }
    }

    @Test func `every message has each of its forms in each language`() {
        let names = Set(MailTemplates.files.map(\.name))
        let forms: [ContentChannel: [String]] = [
            .mail: ["mail.html", "mail.txt"], .sms: ["short.txt"], .whatsApp: ["short.txt"], .notice: ["notice.txt"],
        ]
        var expected: Set<String> = ["layout.html"]
        for language in Language.allCases.map(\.rawValue) {
            expected.formUnion(["details.\(language).html", "details.\(language).txt"])
            expected.formUnion(["footer.\(language).html", "footer.\(language).txt"])
            expected.formUnion(["actions.\(language).html", "actions.\(language).txt"])
            for template in RecoveryTemplate.allCases {
                expected.formUnion([
                    "\(template.rawValue).\(language).mail.html", "\(template.rawValue).\(language).mail.txt",
                ])
            }
            for template in AppointmentTemplate.allCases {
                for form in template.channels.flatMap({ forms[$0] ?? [] }) {
                    expected.insert("\(template.rawValue).\(language).\(form)")
                }
            }
        }
        #expect(names == expected)
    }

    @Test func `templates use known names only, and plain spaces that an editor shows`() throws {
        for (name, bytes) in MailTemplates.files {
            let source = String(decoding: bytes, as: UTF8.self)
            for match in source.matches(of: /\{\{[#\/>]?([A-Z_]+)\}\}/) {
                #expect(Self.known.contains(String(match.1)), "\(name): \(match.1)")
            }
            #expect(!source.contains("\u{A0}") && !source.contains("\u{202F}"), "\(name)")
        }
    }

    @Test func `a text with a subject begins with it`() {
        for (name, bytes) in MailTemplates.files where name.hasSuffix("mail.txt") || name.hasSuffix("notice.txt") {
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines[0].hasPrefix("Subject: ") && lines[1].isEmpty, "\(name)")
        }
    }

    @Test func `both languages of a message have the same parts`() {
        let files = Dictionary(
            uniqueKeysWithValues: MailTemplates.files.map { ($0.name, String(decoding: $0.bytes, as: UTF8.self)) })
        for (name, french) in files where name.contains(".fr.") {
            let english = files[name.replacing(".fr.", with: ".en.")] ?? ""
            let names = { (source: String) in Set(source.matches(of: /\{\{[#\/>]?[A-Z_]+\}\}/).map { String($0.0) }) }
            #expect(names(french) == names(english), "\(name)")
        }
    }
}
