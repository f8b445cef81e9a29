internal import API
private import Crypto
internal import Postgres
internal import Primitives

/// A tenant's appointments (K-31), a page at a time.
struct AppointmentList: Sendable {
    /// Where a page ended.
    struct Cursor: Sendable, Equatable {
        let startsAt: String
        let id: String

        init(startsAt: String, id: String) {
            self.startsAt = startsAt
            self.id = id
        }

        /// Reads what ``text`` wrote; nil for anything else.
        init?(_ text: String) {
            guard let bytes = Base64.decodeURL(text), let plain = String(validating: bytes, as: UTF8.self), !bytes.contains(0),
                let bar = plain.firstIndex(of: "|"), Timestamp(String(plain[..<bar])) != nil
            else { return nil }
            self.init(startsAt: String(plain[..<bar]), id: String(plain[plain.index(after: bar)...]))
        }

        /// Opaque to callers.
        var text: String { Base64.encodeURL(Array("\(startsAt)|\(id)".utf8)) }
    }

    /// What an appointment's status may be.
    enum Status: String, CaseIterable, Sendable {
        case scheduled = "SCHEDULED"
        case confirmed = "CONFIRMED"
        case completed = "COMPLETED"
        case noShow = "NO_SHOW"
        case cancelled = "CANCELLED"
    }

    var from: Timestamp?
    var to: Timestamp?
    var status: Status?
    var closerID: String?
    var leadID: String?
    var limit: Int
    var cursor: Cursor?

    /// The parameters of the request.
    static let query: Shape<AppointmentList> = Shape.object(
        .optional("from", .instant, "the first start; percent-encode a plus sign"),
        .optional("to", .instant, "the end of the starts, which is no longer among them"),
        .optional("status", Shape<Status>.choice, "of this status alone"), .optional("closerId", .id, "of this closer alone"),
        .optional("leadId", .id, "of this lead alone"), .optional("limit", .integer(1...1000), default: 200, "most of a page"),
        .optional(
            "cursor", Shape.text(1...600).converted("is not one that an answer gave") { Cursor($0) },
            "next_cursor of the page before")
    ).map { parts in
        AppointmentList(
            from: parts.0, to: parts.1, status: parts.2, closerID: parts.3, leadID: parts.4, limit: parts.5, cursor: parts.6)
    }

    /// Reads a page.
    func read(of tenantID: String, _ session: PostgresSession) throws(PostgresError) -> Answer {
        let rows = try session.query(
            .listAppointments,
            [
                .text(tenantID), .optional(from), .optional(to), .optional(status?.rawValue), .optional(closerID),
                .optional(leadID), .optional(cursor?.startsAt), .optional(cursor?.id), .int(limit + 1),
            ])
        var appointments: [JSON] = []
        for index in 0..<min(rows.count, limit) {
            if let appointment = try Appointment(rows[index]) { appointments.append(appointment.json) }
        }
        var next: Cursor?
        if rows.count > limit {
            let last = rows[limit - 1]
            next = Cursor(startsAt: try last.timestamp("starts_at").description, id: try last.text("id"))
        }
        return .json(["success": true, "appointments": .array(appointments), "next_cursor": .optional(next?.text)])
    }

    /// What the answer looks like.
    static let answerSchema: JSON = Appointment.object([
        .init("success", ["type": "boolean"]), .init("appointments", ["type": "array", "items": Appointment.schema]),
        .init("next_cursor", ["type": ["string", "null"]]),
    ])
}

extension SQLStatement {
    fileprivate static let listAppointments = SQLStatement(embedded: PackageResources.list_appointments_sql)
}
