import Content
import Testing

struct AppointmentTextTests {
    @Test(arguments: [
        (
            Language.french,
            "Atlas Conseil : votre rendez-vous avec Claire Martin (Clairette) commence dans 38 minutes, à 14 h 30."
        ),
        (.english, "Atlas Conseil: your appointment with Claire Martin (Clairette) starts in 38 minutes, at 2:30 PM."),
    ])
    func `the SMS an hour before is short and in the SMS alphabet`(language: Language, expected: String) throws {
        var message = try AppointmentMessage.sample(.hourBefore, language)
        message.place = nil
        let sms = try message.sms()
        #expect(sms.body == expected + " https://visio.example/r/1?a=b&c=d")
        #expect(sms.segmentCount == 1)
    }

    @Test func `the closer's message says who, when and where, with its accents on WhatsApp and without by SMS`() throws {
        let message = try AppointmentMessage.sample(.closerBooked)
        let expected =
            "Nouveau rendez-vous avec Léa Noël (Atlas Conseil)\u{202F}: ven. 20/11 à 14h30, 45\u{A0}min."
            + " Lieu\u{202F}: 12, rue des Lilas. https://visio.example/r/1?a=b&c=d"
        #expect(try message.whatsApp().body == expected)
        #expect(try message.sms().body == expected.replacing(/[\u{A0}\u{202F}]/, with: " ").replacing("ë", with: "e"))
    }

    @Test func `an approved template is filled in with whom, with whom, when and where`() throws {
        var message = try AppointmentMessage.sample(.closerBooked, .english)
        message.recipient.name = "Claire Martin"
        let moment = "Friday, November\u{A0}20, 2026 at 2:30\u{A0}PM"
        #expect(try message.whatsApp().variables == ["Claire Martin", "Léa Noël", moment, "https://visio.example/r/1?a=b&c=d"])
        message.videoLink = nil
        #expect(try message.whatsApp().variables.last == "12, rue des Lilas")
        message.place = nil
        #expect(try message.whatsApp().variables.last == "–")
    }

    @Test func `the notice says that it starts, and with whom`() throws {
        let notice = try AppointmentMessage.sample(.startingNow).notice()
        #expect(notice.title == "Votre rendez-vous commence dans 38\u{A0}minutes")
        #expect(notice.body == "Léa Noël, 14\u{A0}h\u{A0}30 (45\u{A0}min). Lieu\u{202F}: 12, rue des Lilas.")
    }

    @Test(arguments: AppointmentTemplate.allCases, Language.allCases)
    func `a message exists in its own forms and in no other`(template: AppointmentTemplate, language: Language) throws {
        let message = try AppointmentMessage.sample(template, language)
        for channel in ContentChannel.allCases {
            let render = {
                switch channel {
                case .mail: _ = try message.mail()
                case .sms: _ = try message.sms()
                case .whatsApp: _ = try message.whatsApp()
                case .notice: _ = try message.notice()
                }
            }
            if template.channels.contains(channel) {
                #expect(throws: Never.self) { try render() }
            } else {
                #expect(throws: ContentError.noSuchForm(template, channel)) { try render() }
            }
        }
    }

    @Test(arguments: [AppointmentTemplate.closerBooked, .hourBefore, .startingNow], Language.allCases)
    func `no name makes a text long, broken or invisible`(template: AppointmentTemplate, language: Language) throws {
        for text in CalendarInviteTests.hostileTexts {
            let sms = try AppointmentMessage.hostile(template, language, text).sms()
            #expect(sms.body.utf16.count <= 1600)
            #expect(sms.body.unicodeScalars.allSatisfy { $0.value >= 32 && !(0x202A...0x202E ~= $0.value) })
        }
    }

    @Test func `the longest text is within Twilio's limit, its link whole`() throws {
        var message = try AppointmentMessage.sample(.hourBefore)
        message.organisation = String(repeating: "🎉", count: 10_000)
        message.closerName = message.organisation
        message.closerPseudonym = "2" + message.organisation
        message.place = String(repeating: "🎉", count: 10_000)
        message.videoLink = "https://visio.example/" + String(repeating: "a", count: 978)
        message.recipient.address = ""
        let sms = try message.sms()
        #expect(sms.body.utf16.count <= 1600)
        #expect(sms.body.hasSuffix(message.videoLink ?? "-"))
    }
}
