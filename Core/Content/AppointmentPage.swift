private import Templates

/// The page that a signed link to an appointment opens: when and with whom, what has become of it, and what the link is for.
public struct AppointmentPage: Sendable {
    /// What it says, and asks.
    public enum State: Sendable, Equatable, CaseIterable {
        /// Asks whether the lead will come.
        case confirm
        /// They will.
        case confirmed
        /// Asks whether it is to be cancelled.
        case cancel
        /// It is.
        case cancelled
        /// Leads to where another time is chosen.
        case reschedule
        /// It has begun or is over: nothing can be done any more.
        case past
        /// It has another time than the page that was answered had said; asks to confirm again.
        case movedBeforeConfirming
        /// Likewise, asks to cancel again.
        case movedBeforeCancelling
    }

    /// The appointment; its actions are not used.
    public var message: AppointmentMessage
    /// What the page says.
    public var state: State
    /// Where another time is chosen; nil where there is no such place.
    public var bookingLink: String?

    /// A page.
    public init(message: AppointmentMessage, state: State, bookingLink: String? = nil) {
        self.message = message
        self.state = state
        self.bookingLink = bookingLink
    }

    /// The page's HTML.
    ///
    /// - Throws: `template` when rendering fails.
    public func html() throws(ContentError) -> String {
        var message = message
        // An address with a token to enter the call does not belong on a page that a link in a mail opens.
        message.videoLink = nil
        message.actions = AppointmentActions()
        var values = AppointmentWords(message, nameLimit: 100).values(subject: "")
        values.set("REVISION", String(message.sequence))
        values.show(heading)
        switch state {
        case .confirm, .movedBeforeConfirming: values.show("FORM_CONFIRM")
        case .cancel, .movedBeforeCancelling: values.show("FORM_CANCEL")
        case .reschedule:
            if let link = CleanText.webAddress(bookingLink) {
                values.set("BOOKING", link)
                values.show("BOOKING")
            } else {
                values.show("NO_BOOKING")
            }
        case .confirmed, .cancelled, .past: break
        }
        return try PageTemplates.render("appointment", in: message.language, values)
    }

    /// The section of the templates.
    private var heading: String {
        switch state {
        case .confirm: "CONFIRM"
        case .confirmed: "CONFIRMED"
        case .cancel: "CANCEL"
        case .cancelled: "CANCELLED"
        case .reschedule: "RESCHEDULE"
        case .past: "PAST"
        case .movedBeforeConfirming, .movedBeforeCancelling: "CHANGED"
        }
    }
}
