internal import API
private import Crypto
private import FoundationEssentials
private import Messaging
internal import Postgres
internal import Primitives

/// An appointment to be booked: for a lead that is known, or for whoever is found or made under an address.
struct BookingRequest: Sendable {
    /// Whose it is to be.
    struct Person: Sendable {
        var leadID: String?
        var name: String?
        var email: String?
        var phone: String?
        var locale: String?
        var timezone: String?
    }

    /// How a call of ours or of another's is held.
    enum Video: String, CaseIterable, Sendable {
        case livekit, zoom, meet, external
    }

    var person: Person
    var startsAt: Timestamp
    var closerID: String?
    var durationMinutes: Int?
    var video: Video?
    var videoURL: String?
    var location: String?
    /// The signed link by which the lead moves an appointment instead of booking another one.
    var rescheduleToken: String?

    private static let lead = Field<String?>.optional("leadId", .id, "the lead's id; else name and e-mail or phone")
    private static let name = Field<String?>.optional("name", .text(1...200), "of a lead that is not known yet")
    private static let email = Field<String??>.optional("email", .mailAddress, "by which the lead is found, or made")
    private static let phone = Field<String?>.optional(
        "phone", .text(3...64), "likewise; without country code: the organisation's")
    private static let locale = Field<String?>.optional("locale", .locale, "language of a new lead's messages")
    private static let zone = Field<String?>.optional("timezone", .text(1...64), "IANA zone of a new lead")
    private static let start = Field<Timestamp>.required("startsAt", .instant, "when it begins")
    private static let closer = Field<String?>.optional("closerId", .id, "who attends to it")

    /// What servers and dashboards send.
    static let shape: Shape<BookingRequest> = Shape.object(
        lead, name, email, phone, locale, zone, start, closer,
        .optional("durationMin", .integer(1...1440), "minutes; else the organisation's own"),
        .optional("video", Shape<Video>.choice, "how it is held; external by default"),
        .optional("videoUrl", .webAddress, "where it is held"), .optional("location", .text(1...500), "where people meet")
    ).map { parts in
        BookingRequest(
            person: Person(
                leadID: parts.0, name: parts.1, email: parts.2 ?? nil, phone: parts.3, locale: parts.4, timezone: parts.5),
            startsAt: parts.6, closerID: parts.7, durationMinutes: parts.8, video: parts.9, videoURL: parts.10,
            location: parts.11)
    }

    /// What a booking page sends: it has no say in duration and place.
    static let publicShape: Shape<BookingRequest> = Shape.object(
        lead, name, email, phone, locale, zone, start, closer,
        .optional("rescheduleToken", .text(1...2048), "of the link to move an appointment, which is then moved")
    ).map { parts in
        BookingRequest(
            person: Person(
                leadID: parts.0, name: parts.1, email: parts.2 ?? nil, phone: parts.3, locale: parts.4, timezone: parts.5),
            startsAt: parts.6, closerID: parts.7, rescheduleToken: parts.8)
    }

    /// The write that books it, once the words are found to be in order.
    ///
    /// - Throws: 400 where nobody can be found or made of them.
    func booking(
        for caller: Caller, isPublic: Bool, reads: ReadPool, answering: @escaping Scheduling.Answering
    ) async throws(Problem) -> Scheduling {
        var person = person
        if person.leadID == nil || person.phone != nil || person.timezone != nil {
            try await person.settle(tenantID: caller.tenantID, reads)
        }
        let now = Date()
        var given: [JSON.Member] = [
            .init("public", .bool(isPublic)), .init("actor", .string(caller.name)),
            .init("new_lead_id", .string(UUIDv7.make(at: now))), .init("starts_at", .string(startsAt.description)),
        ]
        let texts = [
            ("lead_id", person.leadID), ("name", person.name), ("email", person.email), ("phone", person.phone),
            ("locale", person.locale), ("timezone", person.timezone), ("closer_id", closerID), ("video", video?.rawValue),
            ("video_url", videoURL), ("location", location),
        ]
        for case (let name, let text?) in texts { given.append(.init(name, .string(text))) }
        if let durationMinutes { given.append(.init("duration_min", .int(durationMinutes))) }
        return Scheduling(
            tenantID: caller.tenantID, action: .book, subject: UUIDv7.make(at: now), given: .object(given), answering: answering)
    }
}

extension BookingRequest.Person {
    /// Brings the telephone number into its one form, and looks for what is missing or is no zone.
    fileprivate mutating func settle(tenantID: String, _ reads: ReadPool) async throws(Problem) {
        let zone = timezone
        let rules = try await reads.read { session throws(PostgresError) in
            let row = try session.query(.readBookingRules, [.text(tenantID), .optional(zone)]).single()
            return (region: try row.text("region"), knowsZone: try row.bool("knows_zone"))
        }
        var faults: [(place: Problem.Place, fault: Fault)] = []
        func refuse(_ name: String, _ detail: String) { faults.append((.body, Fault(Pointer([name]), detail))) }
        if !rules.knowsZone { refuse("timezone", "is no IANA time zone") }
        if let raw = phone {
            phone = AddressBook.phoneNumber(raw, region: rules.region)
            if phone == nil { refuse("phone", "is no telephone number") }
        }
        if leadID == nil {
            if name == nil { refuse("name", "is missing") }
            if email == nil, phone == nil, faults.allSatisfy({ $0.fault.pointer != Pointer(["phone"]) }) {
                refuse("email", "is missing, and phone too")
            }
        }
        if !faults.isEmpty { throw .invalid(faults) }
    }
}

extension SQLStatement {
    fileprivate static let readBookingRules = SQLStatement(embedded: PackageResources.read_booking_rules_sql)
}
