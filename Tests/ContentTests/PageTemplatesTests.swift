import Foundation
import Testing

@testable import Content

struct PageTemplatesTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Core/Content/Pages").standardizedFileURL

    @Test func `every page in the folder is embedded under its name`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
        #expect(PageTemplates.files.map(\.name) == names)
        for (name, bytes) in PageTemplates.files {
            #expect(try Data(contentsOf: Self.folder.appendingPathComponent(name)) == Data(bytes), "\(name)")
        }
    }

    @Test func `the two languages have the same marks`() throws {
        let files = Dictionary(
            uniqueKeysWithValues: PageTemplates.files.map { ($0.name, String(decoding: $0.bytes, as: UTF8.self)) })
        for (name, french) in files where name.contains(".fr.") {
            let english = try #require(files[name.replacing(".fr.", with: ".en.")])
            let marks = [french, english].map { text in text.matches(of: /{{[^}]+}}/).map { String($0.0) } }
            #expect(marks[0] == marks[1], "\(name)")
        }
    }

    @Test(arguments: Language.allCases, AppointmentPage.State.allCases)
    func `a page has one heading, a title, and a form only where it asks`(
        language: Language, state: AppointmentPage.State
    ) throws {
        var message = try AppointmentMessage.sample(.bookingConfirmation, language)
        message.videoLink = "https://app.example/call/1?token=secret"
        message.sequence = 3
        let page = try AppointmentPage(message: message, state: state, bookingLink: "https://app.example/book/1?a=b&c=d").html()
        #expect(page.matches(of: /<h1>/).count == 1 && !page.contains("<title> ·"))
        let asks = [.confirm, .cancel, .movedBeforeConfirming, .movedBeforeCancelling].contains(state)
        #expect(page.contains("<form") == asks && page.contains(#"value="3""#) == asks)
        #expect(page.contains("href=\"https://app.example/book/1?a=b&amp;c=d\"") == (state == .reschedule))
        #expect(!page.contains("secret"), "no way into the call")
        #expect(!page.contains("{{"))
    }

    @Test(arguments: ["javascript:alert(1)", "https://x.example/\"><script>", nil])
    func `a booking page that is no web address is left out`(link: String?) throws {
        let message = try AppointmentMessage.sample(.bookingConfirmation, .french)
        let page = try AppointmentPage(message: message, state: .reschedule, bookingLink: link).html()
        #expect(!page.contains("href=\"j") && !page.contains("<a ") && page.contains("Répondez au message"))
    }

    @Test(arguments: Language.allCases)
    func `a notice has one heading in its language`(language: Language) throws {
        let name = "A <b>&"
        for page: NoticePage in [
            .unsubscribe(organisation: name), .unsubscribed(organisation: name), .expired, .invalid, .busy, .away, .failed,
        ] {
            let html = try page.html(in: language)
            #expect(html.matches(of: /<h1>/).count == 1 && html.contains("lang=\"\(language.rawValue)\""), "\(page)")
            #expect(!html.contains("<title></title>") && !html.contains("<b>"), "\(page)")
        }
    }
}
