public import FoundationEssentials

/// One appointment as a calendar message (RFC 5545, RFC 5546).
///
/// The same uid with a higher sequence moves or cancels the appointment in the attendee's calendar. Times are UTC, which needs no
/// zone definition; the attendee's calendar shows its own zone. There is no alarm: the reminders are ours.
public struct CalendarInvite: Sendable {
    /// What the message asks of a calendar.
    public enum Method: Sendable, Equatable {
        /// Enter the appointment, or bring it up to date.
        case request(Status)
        /// Take it out. The status is then CANCELLED.
        case cancel
    }

    /// How sure an appointment is.
    public enum Status: Sendable, Equatable {
        /// It may still fall through.
        case tentative
        /// It stands.
        case confirmed
    }

    /// What the message asks for.
    public var method: Method
    /// The same for the whole life of the appointment.
    public var uid: String
    /// Rises with each move, cancellation and reinstatement (D-04).
    public var sequence: Int
    /// When this message was written.
    public var stampedAt: Date
    /// The start, to the second.
    public var startsAt: Date
    /// The end, to the second.
    public var endsAt: Date
    /// One line; what the calendar shows.
    public var summary: String
    /// May have several lines.
    public var description: String
    /// One line: a place, or what stands for it.
    public var location: String?
    /// An http or https address; anything else is left out.
    public var url: String?
    /// Who calls the meeting; the same address for its whole life, or calendars take it for another's.
    public var organizer: CalendarParty
    /// Who is called.
    public var attendee: CalendarParty

    /// - Parameters: as the properties of the same names say.
    public init(
        method: Method = .request(.confirmed), uid: String, sequence: Int, stampedAt: Date, startsAt: Date, endsAt: Date,
        summary: String, description: String = "", location: String? = nil, url: String? = nil, organizer: CalendarParty,
        attendee: CalendarParty
    ) {
        self.method = method
        self.uid = uid
        self.sequence = sequence
        self.stampedAt = stampedAt
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.summary = summary
        self.description = description
        self.location = location
        self.url = url
        self.organizer = organizer
        self.attendee = attendee
    }

    /// The type to attach or serve the bytes with.
    public var contentType: String {
        "text/calendar; charset=utf-8; method=\(method == .cancel ? "CANCEL" : "REQUEST")"
    }

    /// The message: UTF-8, lines that end in CRLF, folded at 75 octets between characters.
    ///
    /// - Throws: `invalidAddress`, `missingUID`; `libraryFailed` when memory is exhausted.
    public func bytes() throws(CalendarError) -> [UInt8] {
        let uid = CalendarText.line(uid, limit: 255)
        guard uid.contains(where: { !$0.isWhitespace }) else { throw .missingUID }
        let event = try ComponentHandle.open(.event)
        try event.add(uid: uid, sequence: sequence, method: method)
        try event.add(stampedAt: stampedAt, startsAt: startsAt, endsAt: endsAt)
        try event.add(organizer: organizer.uri, name: organizer.commonName)
        try event.add(attendee: attendee.uri, name: attendee.commonName)
        try event.add(
            summary: CalendarText.line(summary, limit: 250), description: CalendarText.block(description, limit: 4000),
            location: location.map { CalendarText.line($0, limit: 500) }, url: url.flatMap(CalendarText.webAddress))
        let calendar = try ComponentHandle.open(.calendar)
        try calendar.addCalendarHead(method: method)
        calendar.add(event)
        return try calendar.bytes
    }
}
