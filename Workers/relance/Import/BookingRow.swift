import Primitives

/// One row of a bookings file.
struct BookingRow: ImportRow {
    /// How much of a booking is known at an instant.
    enum Stage: Sendable { case unknown, booked, completed, cancelled }

    static let required = [
        "org", "timezone", "appointment_id", "lead_id", "closer_id", "created_at", "starts_at", "duration_min",
    ]

    // Ended as arranged, the late one after a while. No-shows are for the no-show detector to find.
    private static let held = ["attended", "no_show_late"]
    private static let outcomes = [
        "scheduled", "attended", "cancelled", "no_show_lead", "no_show_host", "no_show_none", "no_show_late", "unknown",
    ]

    let organization: OrganizationRow
    let id: String
    let leadID: String
    let createdAt: Timestamp
    let startsAt: Timestamp
    let durationMinutes: Int
    let video: String
    let cancelledAt: Timestamp?
    /// When it ended with both there; nil for what was no-show, or is ahead.
    let completedAt: Timestamp?

    init(_ row: inout CSVRow) {
        organization = OrganizationRow(&row)
        id = row.identifier("appointment_id")
        leadID = row.identifier("lead_id")
        createdAt = row.instant("created_at")
        startsAt = row.instant("starts_at")
        durationMinutes = row.number("duration_min", in: 1...1440)
        video = row.choice("video", of: ["external", "livekit", "zoom", "meet"])
        let outcome = row.choice("outcome", of: Self.outcomes)
        cancelledAt = row.optionalInstant("cancelled_at")
        // May lie before the start: both came early.
        let endedAt = row.optionalInstant("ended_at")
        completedAt = Self.held.contains(outcome) ? endedAt : nil
        if let cancelledAt, cancelledAt < createdAt { row.note("cancelled_at: before created_at") }
        if outcome == "cancelled", cancelledAt == nil { row.note("cancelled_at: empty, though the outcome is cancelled") }
    }

    var line: Int { organization.line }
    var tenantID: String { organization.tenantID }
    var key: (column: String, tenantID: String, id: String)? { ("appointment_id", tenantID, id) }

    /// What is known of it at an instant.
    func stage(at now: Timestamp) -> Stage {
        if createdAt > now { return .unknown }
        if let cancelledAt, cancelledAt <= now { return .cancelled }
        if let completedAt, completedAt <= now { return .completed }
        return .booked
    }
}
