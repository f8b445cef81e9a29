internal import API
internal import Primitives

/// What is to become of an appointment: only what is named changes.
struct AppointmentChange: Sendable {
    /// What it can be set to by hand; a no-show has a route of its own.
    enum Status: String, CaseIterable, Sendable {
        case scheduled = "SCHEDULED"
        case confirmed = "CONFIRMED"
        case completed = "COMPLETED"
        case cancelled = "CANCELLED"
    }

    var startsAt: Timestamp?
    var durationMinutes: Int?
    var closerID: String?
    var status: Status?
    var video: BookingRequest.Video?
    var videoURL: String?
    var location: String?

    /// The body of the request.
    static let shape: Shape<AppointmentChange> = Shape.object(
        .optional("startsAt", .instant, "moves it; a confirmed or missed one is scheduled again"),
        .optional("durationMin", .integer(1...1440), "minutes"), .optional("closerId", .id, "who attends to it"),
        .optional("status", Shape<Status>.choice, "confirms, completes, cancels or reinstates it"),
        .optional("video", Shape<BookingRequest.Video>.choice, "how it is held"),
        .optional("videoUrl", .webAddress, "where it is held"), .optional("location", .text(1...500), "where people meet")
    ).map { parts in
        AppointmentChange(
            startsAt: parts.0, durationMinutes: parts.1, closerID: parts.2, status: parts.3, video: parts.4, videoURL: parts.5,
            location: parts.6)
    }

    /// What the database is told.
    ///
    /// - Throws: 400 where nothing is named, or what is over is to be moved.
    func given(by actor: String) throws(Problem) -> [JSON.Member] {
        if startsAt != nil, status == .completed || status == .cancelled {
            throw .invalid([(.body, Fault(Pointer(["startsAt"]), "cannot go with this status"))])
        }
        var given: [JSON.Member] = []
        let texts = [
            ("starts_at", startsAt?.description), ("closer_id", closerID), ("status", status?.rawValue),
            ("video", video?.rawValue), ("video_url", videoURL), ("location", location),
        ]
        for case (let name, let text?) in texts { given.append(.init(name, .string(text))) }
        if let durationMinutes { given.append(.init("duration_min", .int(durationMinutes))) }
        if given.isEmpty { throw .invalid([(.body, Fault(Pointer(), "names nothing to change"))]) }
        return given + [.init("actor", .string(actor))]
    }
}
