/// The signed links of the buttons; a button without its link is left out.
public struct AppointmentActions: Sendable, Equatable {
    /// Where the lead confirms.
    public var confirm: String?
    /// Where the lead moves the appointment.
    public var reschedule: String?
    /// Where the lead cancels.
    public var cancel: String?

    /// - Parameters: http or https addresses; others are left out.
    public init(confirm: String? = nil, reschedule: String? = nil, cancel: String? = nil) {
        self.confirm = confirm
        self.reschedule = reschedule
        self.cancel = cancel
    }
}
