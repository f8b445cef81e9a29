import Content
import Messaging
import Postgres
import Primitives
import Reminders
import Synchronization
import TestSupport
import Testing

/// An organisation's own templates on their way from the database into its messages (K-24).
@Suite(.serialized)
struct OwnTemplateTests {
    private static let booked: Timestamp = "2026-06-01T12:00:00Z"
    private static let start: Timestamp = "2026-06-10T12:00:00Z"

    private func save(
        _ agenda: Agenda, _ file: String, _ source: String, organization: String = "acme"
    ) async throws {
        let parts = file.split(separator: ".", maxSplits: 2).map(String.init)
        try await agenda.database.execute(
            """
            insert into message_templates (tenant_id, name, language, form, source, updated_by) values ($1, $2, $3, $4, $5, 'ada')
            on conflict (tenant_id, name, language, form) do update set source = excluded.source
            """, [.text(organization), .text(parts[0]), .text(parts[1]), .text(parts[2]), .text(source)])
    }

    /// Carries T+0 out for one more appointment; the text that left.
    private func confirm(
        _ agenda: Agenda, _ mailroom: Mailroom, _ id: String, organization: String = "acme"
    ) async throws -> String {
        try await agenda.book(id, at: Self.booked, start: Self.start, organization: organization)
        try await agenda.plan(at: Self.booked)
        try await mailroom.deliver(agenda, at: Self.booked)
        return mailroom.texts.last ?? ""
    }

    @Test func `every message is written with the organisation's own template, and with nobody else's`() async throws {
        let agenda = try await Agenda(["acme", "zeta"])
        try await agenda.write(at: Self.booked, "update closer_settings set whatsapp_opt_in = true")
        for template in AppointmentTemplate.allCases {
            for form in template.forms {
                let source = form.hasSubject ? "Subject: own \(template.rawValue)\n\nx" : "own \(template.rawValue)"
                try await save(agenda, "\(template.rawValue).fr.\(form.rawValue)", source)
            }
        }
        let mailroom = Mailroom()
        for organization in ["acme", "zeta"] {
            try await agenda.book(at: Self.booked, start: Self.start, organization: organization)
        }
        func tick(_ instant: Timestamp) async throws {
            try await agenda.plan(at: instant)
            try await mailroom.deliver(agenda, at: instant)
        }
        for instant in [Self.booked.minutes(10), "2026-06-09T12:00:00Z", "2026-06-10T11:00:00Z", Self.start] {
            try await tick(instant)
        }
        try await agenda.move(at: Self.start, to: "2026-06-20T12:00:00Z")
        try await tick(Self.start.minutes(1))
        try await agenda.set(at: Self.start.minutes(2), status: "CANCELLED")
        try await tick(Self.start.minutes(3))
        let own = Set(mailroom.texts.compactMap { $0.split(separator: "\n").first }.filter { $0.hasPrefix("own ") })
        #expect(own == Set(AppointmentTemplate.allCases.map { "own \($0.rawValue)"[...] }))
        #expect(mailroom.texts.count { $0.hasPrefix("own ") } == 7)
        #expect(mailroom.texts.count { !$0.hasPrefix("own ") } == 5)
        #expect(try await agenda.database.value("select title from notifications where tenant_id = 'acme'") == "own starting_now")
    }

    @Test(
        arguments: [
            ("en", "Own"), ("en-CA", "Own"), ("EN_gb.UTF-8", "Own"), ("english", "Votre"), ("de", "Votre"), ("", "Votre"),
        ])
    func `the template is that of the reader's language`(locale: String, word: String) async throws {
        let agenda = try await Agenda()
        try await save(agenda, "booking_confirmation.en.mail.txt", "Subject: Own\n\nx")
        try await agenda.write(at: Self.booked, "update leads set locale = $1", [.text(locale)])
        #expect(try await confirm(agenda, Mailroom(), "a1").hasPrefix(word))
    }

    @Test func `a change, a second form and a removal are seen by the next message`() async throws {
        let agenda = try await Agenda()
        let mailroom = Mailroom()
        #expect(try await confirm(agenda, mailroom, "a1").hasPrefix("Votre"))
        try await save(agenda, "booking_confirmation.fr.mail.txt", "Subject: one\n\nx")
        #expect(try await confirm(agenda, mailroom, "a2").hasPrefix("one"))
        try await save(agenda, "booking_confirmation.fr.mail.txt", "Subject: two\n\nx")
        #expect(try await confirm(agenda, mailroom, "a3").hasPrefix("two"))
        // The newest of the rows is not the one that goes.
        try await save(agenda, "booking_confirmation.fr.mail.html", "<p>x</p>")
        try await agenda.database.execute("delete from message_templates where form = 'mail.txt'")
        #expect(try await confirm(agenda, mailroom, "a4").hasPrefix("Votre"))
    }

    @Test func `a template that fails delays nothing, and is reported once for each version`() async throws {
        let agenda = try await Agenda()
        let heard = Mutex<[String]>([])
        let mailroom = Mailroom(onTemplateFailure: { tenant, name, error in
            heard.withLock { $0.append("\(tenant) \(name) \(error.label)") }
        })
        try await save(agenda, "booking_confirmation.fr.mail.txt", "Subject: {{#LINK}}\n\nx")
        for id in ["a1", "a2"] { #expect(try await confirm(agenda, mailroom, id).hasPrefix("Votre")) }
        #expect(heard.withLock { $0 } == ["acme booking_confirmation.fr.mail.txt template_malformed"])
        try await save(agenda, "booking_confirmation.fr.mail.txt", "nothing")
        #expect(try await confirm(agenda, mailroom, "a3").hasPrefix("Votre"))
        #expect(heard.withLock { $0.last } == "acme booking_confirmation.fr.mail.txt content_empty")
        #expect(try await agenda.ledger().allSatisfy { $0 == "T+0 email l1 sent" })
    }

    @Test(arguments: [
        "insert into message_templates values ('acme', 'x', 'fr', 'mail.txt', repeat('x', 1048576), now(), 'ada')",
        "insert into message_templates values ('acme', 'x', 'fr', 'mail.txt', '', now(), 'ada')",
        "insert into message_templates values ('acme', 'x', 'de', 'mail.txt', 'x', now(), 'ada')",
        "insert into message_templates values ('acme', 'x', 'fr', 'mail.pdf', 'x', now(), 'ada')",
        "insert into message_templates values ('acme', '../x', 'fr', 'mail.txt', 'x', now(), 'ada')",
        "insert into message_templates values ('acme', 'x', 'fr', 'mail.txt', 'x', now(), '')",
    ])
    func `the table refuses what no template is`(sql: String) async throws {
        let agenda = try await Agenda()
        let error = await #expect(throws: PostgresError.self) { try await agenda.database.execute(sql) }
        #expect(error?.sqlState == "23514")
    }

    @Test func `a preview shows what would go out, and writes nothing`() async throws {
        let agenda = try await Agenda()
        try await save(agenda, "day_before.fr.mail.txt", "Subject: own {{LEAD}}\n\n{{CONFIRM}}")
        try await agenda.book("past", at: Self.booked, start: "2000-06-10T12:00:00Z")
        try await agenda.book("next", at: Self.booked, start: "2099-06-10T12:00:00Z")
        let setting = ReminderSource.Setting(
            sender: Mailbox(name: "", address: "x@example.com"), apiURL: "https://api.example.com", linkKeys: nil)
        func read(_ template: AppointmentTemplate, lead: String = "l1", _ appointment: String? = nil, _ language: Language? = nil)
            async throws -> MessagePreview?
        {
            try await MessagePreview.read(
                .init(tenantID: "acme", template: template, leadID: lead, appointmentID: appointment, language: language),
                setting: setting, agenda.worker)
        }
        let next = try #require(try await read(.dayBefore))
        #expect(next.appointmentID == "next")
        let mail = try next.message.mail()
        #expect(mail.subject == "own Luc" && mail.text == "https://api.example.com/a/preview-confirm")
        #expect(try await read(.dayBefore, "past")?.appointmentID == "past")
        #expect(try await read(.dayBefore, nil, .english)?.message.mail().subject.hasPrefix("Reminder") == true)
        #expect(try await read(.closerBooked)?.message.recipient.name == "Claire")
        #expect(try await read(.moved)?.message.mail().subject.contains("2099") == false)
        #expect(try await read(.dayBefore, lead: "nobody") == nil)
        #expect(try await agenda.database.count("select count(*) from relance.deliveries") == 0)
    }
}
