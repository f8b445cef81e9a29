public import Calendars

extension AppointmentMessage {
    /// The appointment for the lead's calendar; `.cancel` takes it out again (D-05).
    public func invite(_ method: CalendarInvite.Method = .request(.confirmed)) -> CalendarInvite {
        let words = AppointmentWords(self, nameLimit: 100)
        return CalendarInvite(
            method: method, uid: uid, sequence: sequence, stampedAt: stampedAt, startsAt: startsAt, endsAt: endsAt,
            summary: language.wording.invitationSummary(organisation: words.organisation),
            description: [words.closer, words.place, words.link].compactMap { $0 }.joined(separator: "\n"),
            location: words.place ?? words.link, url: words.link,
            organizer: CalendarParty(name: words.organisation, address: replyAddress ?? sender.address),
            attendee: CalendarParty(name: words.recipient ?? "", address: recipient.address))
    }
}
