import Content
import Foundation

extension AppointmentMessage {
    /// A message with everything in it, for 14:30 in Paris.
    static func sample(_ template: AppointmentTemplate, _ language: Language = .french) throws -> AppointmentMessage {
        try AppointmentMessage(
            template: template, language: language, organisation: "Atlas Conseil",
            sender: Mailbox(name: "Atlas", address: "rdv@atlas.example"),
            recipient: Mailbox(name: "Léa Noël", address: "lea@atlas.example"), leadName: "Léa Noël", closerName: "Claire Martin",
            closerPseudonym: "Clairette",
            localStart: LocalTime(year: 2026, month: 11, day: 20, weekday: 5, hour: 14, minute: 30, zone: "Europe/Paris"),
            minutesUntilStart: 38, durationMinutes: 45, videoLink: "https://visio.example/r/1?a=b&c=d",
            place: "12, rue des Lilas",
            actions: AppointmentActions(
                confirm: "https://app.example/a/confirm", reschedule: "https://app.example/a/reschedule",
                cancel: "https://app.example/a/cancel"),
            startsAt: Date(timeIntervalSince1970: 1_795_181_400), endsAt: Date(timeIntervalSince1970: 1_795_184_100),
            uid: "atlas-appt-0001@relance.example", sequence: 2, stampedAt: Date(timeIntervalSince1970: 1_795_100_000))
    }

    /// The same with `text` wherever somebody outside may have typed it.
    static func hostile(_ template: AppointmentTemplate, _ language: Language, _ text: String) throws -> AppointmentMessage {
        var message = try sample(template, language)
        message.organisation = text
        message.recipient.name = text
        message.leadName = text
        message.closerName = text
        message.closerPseudonym = text + "2"
        message.place = text
        message.videoLink = text
        message.actions = AppointmentActions(
            confirm: text, reschedule: "https://app.example/" + text, cancel: "javascript:" + text)
        return message
    }
}
