internal import API
internal import Postgres
internal import Primitives

/// An appointment as requests are told of it, with its call and its no-show.
struct Appointment: Sendable {
    /// What anybody who booked it may know.
    let publicJSON: JSON
    /// All of it.
    let json: JSON
    let status: String
    /// The call that the request was about.
    let call: JSON
    /// Whether its lead is on the blacklist; asked for after a no-show only.
    let isBlacklisted: Bool

    /// Reads a row of `read_appointments`; nil where there is no such appointment.
    init?(_ row: PostgresRow) throws(PostgresError) {
        guard let id = try row.optionalText("id") else { return nil }
        status = try row.text("status")
        isBlacklisted = try row.optionalText("is_blacklisted") == "t"
        let common: [JSON.Member] = [
            .init("id", .string(id)), .init("status", .string(status)),
            .init("starts_at", .string(try row.timestamp("starts_at").description)),
            .init("ends_at", .string(try row.timestamp("ends_at").description)),
            .init("duration_min", .int(Int(try row.int("duration_min")))),
            .init("closer_id", .optional(try row.optionalText("closer_id"))),
            .init("revision", .int(Int(try row.int("revision")))),
        ]
        publicJSON = .object(common)
        json = .object(
            common + [
                .init("lead_id", .string(try row.text("lead_id"))), .init("video", .string(try row.text("video"))),
                .init("video_url", .optional(try row.optionalText("video_url"))),
                .init("location", .optional(try row.optionalText("location"))),
                .init("created_at", .string(try row.timestamp("created_at").description)),
                .init("cancelled_at", try Self.instant(row, "cancelled_at")), .init("no_show", try Self.noShow(row)),
            ])
        call = try Self.call(row, appointmentID: id)
    }

    private static func instant(_ row: PostgresRow, _ column: String) throws(PostgresError) -> JSON {
        .optional(try row.optionalTimestamp(column)?.description)
    }

    private static func noShow(_ row: PostgresRow) throws(PostgresError) -> JSON {
        guard let cause = try row.optionalText("no_show_cause") else { return .null }
        return [
            "cause": .string(cause), "source": .string(try row.text("no_show_source")),
            "detected_at": try instant(row, "no_show_detected_at"),
        ]
    }

    private static func call(_ row: PostgresRow, appointmentID: String) throws(PostgresError) -> JSON {
        guard let id = try row.optionalText("call_id") else { return .null }
        return [
            "id": .string(id), "appointment_id": .string(appointmentID), "started_at": try instant(row, "started_at"),
            "ended_at": try instant(row, "ended_at"),
        ]
    }
}

extension Appointment {
    private static let instantSchema: JSON = ["type": "string", "format": "date-time"]
    private static let optionalInstant: JSON = ["type": ["string", "null"], "format": "date-time"]
    private static let optionalText: JSON = ["type": ["string", "null"]]
    private static let commonSchema: [JSON.Member] = [
        .init("id", ["type": "string"]),
        .init("status", ["type": "string", "enum": ["SCHEDULED", "CONFIRMED", "COMPLETED", "NO_SHOW", "CANCELLED"]]),
        .init("starts_at", instantSchema), .init("ends_at", instantSchema), .init("duration_min", ["type": "integer"]),
        .init("closer_id", optionalText), .init("revision", ["type": "integer"]),
    ]

    /// What `publicJSON` looks like.
    static let publicSchema: JSON = object(commonSchema)

    /// What `json` looks like.
    static let schema: JSON = object(
        commonSchema + [
            .init("lead_id", ["type": "string"]), .init("video", ["type": "string"]), .init("video_url", optionalText),
            .init("location", optionalText), .init("created_at", instantSchema), .init("cancelled_at", optionalInstant),
            .init(
                "no_show",
                [
                    "type": ["object", "null"],
                    "properties": [
                        "cause": ["type": "string", "enum": ["lead", "host", "none", "unknown"]],
                        "source": ["type": "string", "enum": ["auto", "manual"]], "detected_at": instantSchema,
                    ],
                    "required": ["cause", "source", "detected_at"],
                ]),
        ])

    /// What `call` looks like.
    static let callSchema: JSON = object([
        .init("id", ["type": "string"]), .init("appointment_id", ["type": "string"]), .init("started_at", optionalInstant),
        .init("ended_at", optionalInstant),
    ])

    /// An object all of whose members are there.
    static func object(_ members: [JSON.Member]) -> JSON {
        ["type": "object", "properties": .object(members), "required": .array(members.map { .string($0.name) })]
    }
}
