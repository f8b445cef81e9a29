import Content
import Foundation
import Testing

struct AppointmentMailTests {
    private static let mails: [AppointmentTemplate] = [.bookingConfirmation, .dayBefore, .hourBefore, .startingNow, .moved]
    /// What the templates themselves use; anything else came from outside.
    private static let tags: Set<String> = [
        "html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "p", "h1", "dl", "dt", "dd", "br", "strong",
        "span", "bdi", "a",
    ]
    private static let attributes: Set<String> = [
        "lang", "charset", "name", "content", "class", "style", "href", "role", "width", "align", "cellpadding", "cellspacing",
        "border",
    ]

    private static let markup = [
        "\"><img src=x onerror=alert(1)>", "' onmouseover='x", "</style></title><script>", "{{SUBJECT}}",
    ]

    @Test(arguments: mails, Language.allCases)
    func `a mail says when, where, how long and with whom, in both its parts`(template: AppointmentTemplate, language: Language)
        throws
    {
        let mail = try AppointmentMessage.sample(template, language).mail()
        let page = try ReadPage(mail.html)
        #expect(page.mistakes.isEmpty)
        #expect(page.language == language.rawValue)
        #expect(page.title == mail.subject)
        let date = language == .french ? "vendredi 20\u{A0}novembre\u{A0}2026" : "Friday, November\u{A0}20, 2026"
        let clock = language == .french ? "14\u{A0}h\u{A0}30" : "2:30\u{A0}PM"
        let other = template == .startingNow ? "Léa Noël" : "Claire Martin (Clairette)"
        for text in [page.text, mail.text] {
            for part in [
                date, clock, "45\u{A0}min", "Europe/Paris", "12, rue des Lilas", "https://visio.example/r/1?a=b&c=d", other,
            ] {
                #expect(text.contains(part), "\(part)")
            }
        }
        #expect(!mail.text.contains("{{") && !mail.html.contains("{{") && !mail.text.contains("\n\n\n"))
        #expect(page.links.contains("https://visio.example/r/1?a=b&c=d"))
    }

    @Test(arguments: mails, Language.allCases)
    func `no text from outside adds an element, an attribute or a link of another scheme`(
        template: AppointmentTemplate, language: Language
    ) throws {
        let texts = CalendarInviteTests.hostileTexts + Self.markup
        let mails = try texts.map { try AppointmentMessage.hostile(template, language, $0).mail() }
        for (mail, page) in zip(mails, try ReadPage.all(mails.map { Array($0.html.utf8) })) {
            #expect(page.mistakes.isEmpty)
            #expect(page.tags.isSubset(of: Self.tags), "\(page.tags.subtracting(Self.tags))")
            #expect(page.attributes.isSubset(of: Self.attributes))
            #expect(page.links.allSatisfy { $0?.hasPrefix("https://") == true })
            #expect(mail.html.utf8.count < 20_000 && mail.text.utf8.count < 10_000)
            for part in [mail.subject, mail.text, mail.html] {
                #expect(part.unicodeScalars.allSatisfy { !(0x202A...0x202E ~= $0.value) && ($0.value >= 32 || $0 == "\n") })
            }
            #expect(!mail.subject.contains { $0.isNewline } && mail.subject.unicodeScalars.count <= 201)
        }
    }

    @Test(arguments: Language.allCases)
    func `a button without its link is not there`(language: Language) throws {
        var message = try AppointmentMessage.sample(.dayBefore, language)
        #expect(try ReadPage(message.mail().html).links.count == 4)
        message.actions = AppointmentActions(cancel: "https://app.example/a/cancel")
        #expect(try ReadPage(message.mail().html).links == ["https://visio.example/r/1?a=b&c=d", "https://app.example/a/cancel"])
        message.actions = AppointmentActions()
        message.videoLink = nil
        let mail = try message.mail()
        #expect(try ReadPage(mail.html).links.isEmpty)
        #expect(!mail.text.contains("http"))
    }

    @Test(arguments: [
        (AppointmentTemplate.bookingConfirmation, 5000, "Votre rendez-vous du vendredi 20 novembre 2026 à 14 h 30"),
        (.dayBefore, 1440, "Rappel : rendez-vous demain, vendredi 20 novembre à 14 h 30"),
        (.dayBefore, 305, "Rappel : rendez-vous dans 5 h 05, vendredi 20 novembre à 14 h 30"),
        (.hourBefore, 38, "Votre rendez-vous commence dans 38 minutes"),
        (.startingNow, 0, "Votre rendez-vous avec Léa Noël commence maintenant"),
        (.startingNow, -3, "Votre rendez-vous avec Léa Noël a commencé il y a 3 minutes"),
    ])
    func `a subject tells the time as it is when the mail is sent`(template: AppointmentTemplate, minutes: Int, expected: String)
        throws
    {
        var message = try AppointmentMessage.sample(template)
        message.minutesUntilStart = minutes
        #expect(try message.mail().subject.replacing(/[\u{A0}\u{202F}]/, with: " ") == expected)
    }

    @Test func `what changes the lead's calendar brings the invitation along, and nothing else does`() throws {
        let methods: [AppointmentTemplate: String] = [.bookingConfirmation: "REQUEST", .moved: "REQUEST", .cancelled: "CANCEL"]
        for template in Self.mails + [.cancelled] {
            let read = try AppointmentMessage.sample(template).mail().attachments.map { try ReadInvite($0.bytes) }
            #expect(read.map(\.method) == methods[template].map { [$0] } ?? [])
            #expect(read.allSatisfy { $0.sequence == 2 && $0.uid == "atlas-appt-0001@relance.example" })
        }
    }

    @Test(
        arguments: [
            (
                .moved, true, false, "Rendez-vous du jeudi 19 novembre déplacé au vendredi 20 novembre à 14 h 30",
                ", prévu le jeudi 19"
            ),
            (
                .moved, false, false, "Rendez-vous déplacé au vendredi 20 novembre à 14 h 30",
                "Conseil est déplacé. Voici sa nouvelle date"
            ),
            (.moved, true, true, "Rendez-vous rétabli : vendredi 20 novembre à 14 h 30", "qui avait été annulé"),
            (.cancelled, true, false, "Rendez-vous annulé : vendredi 20 novembre à 14 h 30", "n’aura pas lieu"),
        ] as [(AppointmentTemplate, Bool, Bool, String, String)])
    func `a notice says what the lead had been told and what holds now`(
        template: AppointmentTemplate, isToldKnown: Bool, isReinstated: Bool, subject: String, phrase: String
    ) throws {
        var message = try AppointmentMessage.sample(template)
        if isToldKnown {
            message.toldStart = try LocalTime(
                year: 2026, month: 11, day: 19, weekday: 4, hour: 9, minute: 0, zone: "Europe/Paris")
        }
        message.isReinstated = isReinstated
        let mail = try message.mail()
        #expect(mail.subject.replacing(/[\u{A0}\u{202F}]/, with: " ") == subject)
        #expect(try ReadPage(mail.html).text.replacing("\u{A0}", with: " ").contains(phrase))
        #expect(mail.text.replacing("\u{A0}", with: " ").contains(phrase))
    }

    @Test(arguments: Language.allCases)
    func `a cancellation offers nothing to join, confirm or move`(language: Language) throws {
        let mail = try AppointmentMessage.sample(.cancelled, language).mail()
        #expect(try ReadPage(mail.html).links.isEmpty)
        #expect(!mail.text.contains("http"))
    }

    @Test(arguments: Language.allCases)
    func `the invitation is the appointment, from the organisation to the lead`(language: Language) throws {
        var message = try AppointmentMessage.sample(.bookingConfirmation, language)
        message.replyAddress = "contact@atlas.example"
        let attachment = try #require(try message.mail().attachments.first)
        #expect(attachment.filename == "invite.ics")
        #expect(attachment.contentType == "text/calendar; charset=utf-8; method=REQUEST")
        let read = try ReadInvite(attachment.bytes)
        #expect(read.uid == message.uid && read.sequence == 2 && read.method == "REQUEST")
        #expect(read.starts == "2026-11-20T13:30:00+00:00" && read.ends == "2026-11-20T14:15:00+00:00")
        #expect(read.summary == (language == .french ? "Rendez-vous avec Atlas Conseil" : "Appointment with Atlas Conseil"))
        #expect(read.description == "Claire Martin (Clairette)\n12, rue des Lilas\nhttps://visio.example/r/1?a=b&c=d")
        #expect(read.location == "12, rue des Lilas" && read.url == "https://visio.example/r/1?a=b&c=d")
        #expect(read.organizer.address == "mailto:contact@atlas.example" && read.organizer.parameters["CN"] == "Atlas Conseil")
        #expect(read.attendee.address == "mailto:lea@atlas.example" && read.attendee.parameters["CN"] == "Léa Noël")
    }

    @Test func `a mail with nobody's name still reads well`() throws {
        var message = try AppointmentMessage.sample(.startingNow)
        message.recipient.name = " "
        message.leadName = ""
        #expect(try message.mail().text.hasPrefix("Bonjour,\n\nVotre rendez-vous avec votre prospect commence"))
        message = try AppointmentMessage.sample(.dayBefore, .english)
        message.closerName = ""
        message.closerPseudonym = nil
        let text = try message.mail().text
        #expect(!text.contains("With:"))
    }

    @Test(
        arguments: [
            ("Claire Martin", "Clairette", "Claire Martin (Clairette)"), ("Claire Martin", nil, "Claire Martin"),
            ("Claire Martin", "", "Claire Martin"), ("Claire", "Claire", "Claire"), ("", "Clairette", "Clairette"),
        ] as [(String, String?, String)])
    func `a closer is shown by name and pseudonym`(name: String, pseudonym: String?, expected: String) throws {
        var message = try AppointmentMessage.sample(.dayBefore)
        message.closerName = name
        message.closerPseudonym = pseudonym
        #expect(try message.mail().text.contains("Avec\u{202F}: \(expected)\n"))
    }
}
