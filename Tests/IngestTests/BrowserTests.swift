import Crypto
import Foundation
import Messaging
import Postgres
import TestSupport
import Testing

/// The pages of signed links as people meet them.
struct BrowserTests {
    @Test func `pages fit a telephone and a desk, by day and night, in both languages, without a complaint`() async throws {
        let scene = try await SchedulingScene.make()
        try await scene.database.execute(
            """
            insert into leads (tenant_id, id, name, email, locale)
            values ('acme', 'english', 'Sam', 'sam@example.com', 'en-GB')
            """)
        let long = String(repeating: "Donaudampfschifffahrtsgesellschaft", count: 3)
        try await scene.database.execute("update organizations set name = $1 where id = 'acme'", [.text(long)])
        let french = try await scene.book(more: #","location":"\#(long)""#).appointmentID
        let english = try await scene.book(SchedulingScene.at(4000), lead: "english").appointmentID
        let unsubscribe = try SchedulingScene.token(.unsubscribe, ["acme", "email", "abab"])
        let pages: [(name: String, path: String, controls: String)] = [
            ("confirm", "/a/" + (try SchedulingScene.token(.confirm, ["acme", french])), "BUTTON"),
            ("cancel", "/a/" + (try SchedulingScene.token(.cancel, ["acme", english])), "BUTTON"),
            ("reschedule", "/a/" + (try SchedulingScene.token(.reschedule, ["acme", french])), "A"),
            ("unsubscribe", "/u/\(unsubscribe)", "BUTTON"),
        ]
        let browser = try await Browser.start()
        for (width, isDark) in [(360, false), (360, true), (1280, false), (1280, true)] {
            try await browser.look(width: width, isDark: isDark)
            for page in pages {
                let name = "\(page.name)-\(width)-\(isDark ? "dark" : "light")"
                try await browser.open("http://127.0.0.1:\(scene.ingest.port)\(page.path)")
                #expect(try await browser.value("document.documentElement.scrollWidth <= innerWidth") == "true", "\(name)")
                #expect(try await browser.value("document.querySelectorAll('h1').length") == "1", "\(name)")
                // The policy lets its own style sheet in.
                #expect(try await browser.value("getComputedStyle(document.body).display") == "flex", "\(name)")
                #expect(try await browser.value("matchMedia('(prefers-color-scheme: dark)').matches") == "\(isDark)")
                // The one control is the first thing that the keyboard reaches, is shown to be, and is large enough to touch.
                try await browser.press("Tab")
                #expect(try await browser.value("document.activeElement.tagName") == page.controls, "\(name)")
                #expect(try await browser.value("getComputedStyle(document.activeElement).outlineStyle") == "solid", "\(name)")
                #expect(
                    try await browser.value("document.activeElement.getBoundingClientRect().height >= 44") == "true", "\(name)")
                try await browser.keepPicture(name)
            }
        }
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
        #expect(try await scene.status(french) == "SCHEDULED")
        // What would be heard if there were something to hear.
        try await browser.open("data:text/html,<p style='color: red'>x<script>console.error('heard')</script>")
        #expect(browser.complaints.contains { $0.contains("heard") })
    }

    @Test func `the keyboard alone confirms, cancels and unsubscribes`() async throws {
        let scene = try await SchedulingScene.make()
        let id = try await scene.book().appointmentID
        let browser = try await Browser.start()
        try await browser.look(width: 360, isDark: false)
        for (purpose, status, heading) in [
            (LinkPurpose.confirm, "CONFIRMED", "Votre rendez-vous est confirmé"),
            (.cancel, "CANCELLED", "Votre rendez-vous est annulé"),
        ] {
            try await browser.open(
                "http://127.0.0.1:\(scene.ingest.port)/a/" + (try SchedulingScene.token(purpose, ["acme", id])))
            try await browser.press("Tab")
            try await browser.pressAndLoad("Enter")
            #expect(try await browser.value("document.querySelector('h1').textContent") == heading)
            #expect(try await scene.status(id) == status)
            try await browser.keepPicture("done-\(status)")
        }
        let hash = String(repeating: "cd", count: 32)
        try await browser.open(
            "http://127.0.0.1:\(scene.ingest.port)/u/" + (try SchedulingScene.token(.unsubscribe, ["acme", "email", hash])))
        try await browser.press("Tab")
        try await browser.pressAndLoad("Enter")
        #expect(try await browser.value("document.querySelectorAll('form').length") == "0")
        #expect(try await scene.database.count("select count(*) from relance.suppressions") == 1)
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }
}
