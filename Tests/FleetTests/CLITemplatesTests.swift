import Foundation
import Postgres
import TestSupport
import Testing

/// An organisation's own templates, as an operator looks after them.
@Suite struct CLITemplatesTests {
    private static let text = "Subject: Hello {{RECIPIENT}}\n\nSee you {{RELATIVE}}.\n"

    private func fixture() async throws -> CLIFixture {
        let fixture = try await CLIFixture.make()
        try await fixture.addOrganization(leads: ["l1", "l2"])
        try await fixture.database.execute(
            """
            insert into appointments (tenant_id, id, lead_id, closer_id, starts_at, video_url)
            values ('acme', 'a1', 'l1', 'closer', now() + interval '3 days', 'https://visio.example/1')
            """)
        return fixture
    }

    /// A file whose name says nothing of its form.
    private func set(
        _ fixture: CLIFixture, _ source: String, _ form: String, name: String = "day_before", _ more: [String] = []
    ) async throws -> CLIFixture.Outcome {
        try await fixture.relance(
            ["templates", "set", name, "--tenant", "acme", "--form", form, "--file", try fixture.file(source)] + more)
    }

    @Test func `a template is checked, saved, listed, shown, rendered and reset`() async throws {
        let fixture = try await fixture()
        let saved = try await set(fixture, Self.text, "mail.txt", ["--operator", "grace"])
        #expect(saved.exit == .status(0), "\(saved.errors)")
        #expect(saved.output.contains("relance templates render day_before --tenant acme"))
        #expect(
            try await fixture.database.rows("select operator, action, target from relance.operator_actions")
                == [["grace", "templates set", "template:acme/day_before.fr.mail.txt"]])

        let list = try await fixture.relance(["templates", "list", "--tenant", "acme", "--json"]).json()
        let own = (list["templates"] as? [[String: Any]] ?? []).filter { $0["own"] as? Bool == true }
        #expect(own.map { $0["template"] as? String } == ["day_before.fr.mail.txt"])
        #expect(own.first?["updated_by"] as? String == "grace")
        #expect(try await fixture.relance(["templates", "show", "day_before", "--tenant", "acme"]).output == Self.text)

        let rendered = try await fixture.relance(["templates", "render", "day_before", "--tenant", "acme", "--lead", "l1"])
        #expect(rendered.exit == .status(0), "\(rendered.errors)")
        #expect(rendered.output == "Subject: Hello l1\n\nSee you dans 3\u{A0}jours.\n")

        let reset = try await fixture.relance(["templates", "reset", "day_before", "--tenant", "acme"])
        #expect(reset.output == "Reset day_before.fr.mail.txt.\n")
        #expect(try await fixture.database.count("select count(*) from message_templates") == 0)
        let built = try await fixture.relance(["templates", "show", "day_before", "--tenant", "acme"]).output
        #expect(built.hasPrefix("Subject: Rappel"))
        #expect(
            try await fixture.relance(["templates", "reset", "day_before", "--tenant", "acme"]).output.contains("no template"))
    }

    @Test func `every fault is listed with its line, and nothing is saved`() async throws {
        let fixture = try await fixture()
        let source = "Hello\n\n{{NAME}}\n{{#LINK}}"
        let outcome = try await set(fixture, source, "mail.txt")
        #expect(outcome.exit == .status(65))
        for fault in [":1: the first line must be", ":3: unknown variable {{NAME}}", ":4: {{#LINK}} is never closed"] {
            #expect(outcome.errors.contains(fault), "\(outcome.errors)")
        }
        #expect(outcome.errors.contains("nothing was saved"))
        let json = try await set(fixture, source, "mail.txt", ["--json"]).json()
        #expect(json["saved"] as? Bool == false && (json["faults"] as? [Any])?.count == 3)
        #expect(try await fixture.database.count("select count(*) from message_templates") == 0)
        #expect(try await fixture.database.count("select count(*) from relance.operator_actions") == 0)
    }

    @Test func `a mail's HTML waits for its plain part, and goes with it`() async throws {
        let fixture = try await fixture()
        let early = try await set(fixture, "<p>x</p>", "mail.html")
        #expect(early.exit == .status(65))
        #expect(early.errors.contains("relance templates set day_before --tenant acme --language fr --form mail.txt"))
        #expect(try await set(fixture, Self.text, "mail.txt").exit == .status(0))
        #expect(try await set(fixture, "<p>{{LEAD}}</p>", "mail.html").exit == .status(0))
        // Another language has a plain part of its own.
        #expect(try await set(fixture, "<p>x</p>", "mail.html", ["--language", "en"]).exit == .status(65))
        _ = try await fixture.relance(["templates", "reset", "day_before", "--tenant", "acme", "--form", "mail.txt"])
        #expect(try await fixture.database.count("select count(*) from message_templates") == 0)
    }

    @Test func `a preview names the appointment, writes a file for its owner alone, and nothing else`() async throws {
        let fixture = try await fixture()
        let path = "\(TestServers.directory)/\(UUID().uuidString).html"
        let words = [
            "templates", "render", "day_before", "--tenant", "acme", "--lead", "l1", "--form", "mail.html", "--out", path,
        ]
        let outcome = try await fixture.relance(words)
        #expect(outcome.output == "Wrote \(path), about appointment a1.\n", "\(outcome.errors)")
        #expect(try String(contentsOfFile: path, encoding: .utf8).contains("https://preview.invalid/a/preview-confirm"))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try await fixture.relance(words).errors.contains("File exists"))
        #expect(try await fixture.database.count("select count(*) from relance.deliveries") == 0)
        let json = try await fixture.relance(
            [
                "templates", "render", "hour_before", "--tenant", "acme", "--lead", "l1", "--form", "short.txt", "--language",
                "en", "--json",
            ]
        ).json()
        #expect((json["body"] as? String)?.hasPrefix("Acme: your appointment with Zo") == true)
        #expect(json["appointment"] as? String == "a1" && json["subject"] is NSNull)
    }

    @Test func `a saved template that cannot be used is said to be replaced`() async throws {
        let fixture = try await fixture()
        try await fixture.database.execute(
            "insert into message_templates values ('acme', 'day_before', 'fr', 'mail.txt', '{{#LINK}}', now(), 'x')")
        let outcome = try await fixture.relance(["templates", "render", "day_before", "--tenant", "acme", "--lead", "l1"])
        #expect(outcome.output.hasPrefix("Subject: Rappel"))
        #expect(outcome.errors.contains("acme's own day_before.fr.mail.txt cannot be used"))
    }

    @Test(
        arguments: [
            (["show", "day_after"], 65, "relance templates list"),
            (["show", "day_before", "--form", "short.txt"], 65, "it has mail.html, mail.txt"),
            (["show", "day_before", "--tenant", "nobody"], 65, "relance import organizations"),
            (["list", "--tenant", "nobody"], 65, "relance import organizations"),
            (["set", "day_before", "--file", "x.mail.txt"], 64, "--tenant is missing"),
            (["set", "day_before", "--tenant", "acme", "--file", "x"], 64, "--form is missing"),
            (["set", "day_before", "--tenant", "acme", "--file", "/nowhere/x.mail.txt"], 65, "No such file"),
            (["render", "day_before", "--tenant", "acme"], 64, "--lead is missing"),
            (["render", "day_before", "--tenant", "acme", "--lead", "l2"], 65, "no appointment of a lead l2"),
            (["render", "day_before", "--tenant", "acme", "--lead", "l1", "--appointment", "a9"], 65, "no appointment a9"),
            (["check", "x"], 64, "--form is missing"), (["check"], 64, "the template's file is missing"),
        ] as [([String], Int32, String)])
    func `what cannot be done says why and what to type next`(words: [String], status: Int32, phrase: String) async throws {
        let outcome = try await fixture().relance(["templates"] + words)
        #expect(outcome.exit == .status(status))
        #expect(outcome.errors.contains(phrase), "\(outcome.errors)")
    }

    @Test func `a file of a megabyte is refused, and a check needs no database`() async throws {
        let fixture = try await fixture()
        let huge = try fixture.file(String(repeating: "x", count: 1 << 20))
        let outcome = try await fixture.relance(["templates", "check", huge, "--form", "mail.html"])
        #expect(outcome.exit == .status(65) && outcome.output.contains("65536 are the most"))
        let clean = try await fixture.relance(
            ["templates", "check", "-", "--form", "short.txt"], input: ["{{LEAD}} !"],
            environment: ["DATABASE_URL": "postgresql:///nowhere?host=/nowhere"])
        #expect(clean.exit == .status(0) && clean.output.contains("relance templates set"))
    }
}
