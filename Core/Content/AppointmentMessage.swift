public import FoundationEssentials

/// Everything that a message about an appointment says, gathered when it is sent; rendering it reads nothing else: no database,
/// no clock.
///
/// Names, places and links come from forms and calendars and are taken for hostile: made one line, bounded, escaped where they
/// stand.
public struct AppointmentMessage: Sendable {
    /// Which message.
    public var template: AppointmentTemplate
    /// In which language.
    public var language: Language
    /// Whose appointment: the name that the lead knows.
    public var organisation: String
    /// Whom the mail is from.
    public var sender: Mailbox
    /// Where answers go, when not to the sender; it is also the organiser of the calendar entry.
    public var replyAddress: String?
    /// Who reads the message.
    public var recipient: Mailbox
    /// The lead's name.
    public var leadName: String
    /// The closer's name.
    public var closerName: String
    /// The name that the closer is known under; shown after the other one (K-21).
    public var closerPseudonym: String?
    /// The start on the recipient's clock (D-06).
    public var localStart: LocalTime
    /// The start that the reader was told last, where a notice says that it no longer holds.
    public var toldStart: LocalTime?
    /// Whether the reader was told last that it would not take place.
    public var isReinstated: Bool
    /// From the moment of sending to the start, computed then (D-02); negative when it has begun.
    public var minutesUntilStart: Int
    /// How long it takes.
    public var durationMinutes: Int
    /// Where it is held on the web: http or https.
    public var videoLink: String?
    /// Where it is held, when people meet.
    public var place: String?
    /// The buttons.
    public var actions: AppointmentActions
    /// The start.
    public var startsAt: Date
    /// The end.
    public var endsAt: Date
    /// Identifies the appointment in calendars, for its whole life.
    public var uid: String
    /// The appointment's revision (D-04).
    public var sequence: Int
    /// When the message is written.
    public var stampedAt: Date
    /// How to have no more messages like this one: a marketing mail must say, another one has nothing to say.
    public var unsubscribe: Unsubscribe?
    /// The organisation's own templates, in the message's language.
    public var own: OwnTemplates?

    /// - Parameters: as the properties of the same names say.
    public init(
        template: AppointmentTemplate, language: Language, organisation: String, sender: Mailbox, replyAddress: String? = nil,
        recipient: Mailbox, leadName: String, closerName: String, closerPseudonym: String? = nil, localStart: LocalTime,
        toldStart: LocalTime? = nil, isReinstated: Bool = false,
        minutesUntilStart: Int, durationMinutes: Int, videoLink: String? = nil, place: String? = nil,
        actions: AppointmentActions = AppointmentActions(), startsAt: Date, endsAt: Date, uid: String, sequence: Int,
        stampedAt: Date
    ) {
        self.template = template
        self.language = language
        self.organisation = organisation
        self.sender = sender
        self.replyAddress = replyAddress
        self.recipient = recipient
        self.leadName = leadName
        self.closerName = closerName
        self.closerPseudonym = closerPseudonym
        self.localStart = localStart
        self.toldStart = toldStart
        self.isReinstated = isReinstated
        self.minutesUntilStart = minutesUntilStart
        self.durationMinutes = durationMinutes
        self.videoLink = videoLink
        self.place = place
        self.actions = actions
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.uid = uid
        self.sequence = sequence
        self.stampedAt = stampedAt
    }
}
