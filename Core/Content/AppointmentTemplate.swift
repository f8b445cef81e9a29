internal import Calendars

/// The messages around one appointment: the sequence in the order in which it is due, then the notices.
public enum AppointmentTemplate: String, Sendable, CaseIterable {
    /// T+0, to the lead: a mail with the calendar invitation (K-01).
    case bookingConfirmation = "booking_confirmation"
    /// T+10 minutes, to the closer: a WhatsApp message (K-02).
    case closerBooked = "closer_booked"
    /// J-1, to the lead: a mail with buttons to confirm, move or cancel (K-03).
    case dayBefore = "day_before"
    /// H-1, to the lead: a mail and a text message (K-04).
    case hourBefore = "hour_before"
    /// T-0, to the closer: a notice in the application, a mail and a WhatsApp message (K-05, D-15).
    case startingNow = "starting_now"
    /// After a move or a reinstatement, to the lead: a mail with the invitation's next sequence (D-04).
    case moved = "appointment_moved"
    /// After a cancellation, to the lead: a mail that takes the appointment out of the calendar (D-05).
    case cancelled = "appointment_cancelled"
}

extension AppointmentTemplate {
    /// What the message can be written as; a WhatsApp message always has the SMS that it falls back to (D-93).
    public var channels: Set<ContentChannel> {
        switch self {
        case .bookingConfirmation, .dayBefore, .moved, .cancelled: [.mail]
        case .closerBooked: [.whatsApp, .sms]
        case .hourBefore: [.mail, .sms]
        case .startingNow: [.notice, .mail, .whatsApp, .sms]
        }
    }

    /// What the message is for (D-17).
    public var messageClass: MessageClass {
        switch self {
        case .bookingConfirmation, .closerBooked, .dayBefore, .hourBefore, .startingNow, .moved, .cancelled: .transactional
        }
    }

    /// What it asks of the lead's calendar; nil where it brings no invitation.
    var calendarMethod: CalendarInvite.Method? {
        switch self {
        case .bookingConfirmation, .moved: .request(.confirmed)
        case .cancelled: .cancel
        case .closerBooked, .dayBefore, .hourBefore, .startingNow: nil
        }
    }

    /// Whether the closer reads it, rather than the lead.
    var isForCloser: Bool {
        switch self {
        case .closerBooked, .startingNow: true
        case .bookingConfirmation, .dayBefore, .hourBefore, .moved, .cancelled: false
        }
    }
}
