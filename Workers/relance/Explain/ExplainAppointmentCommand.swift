import Postgres
import Primitives
import Runtime

/// `relance explain appointment`: the story of every step of one appointment.
enum ExplainAppointmentCommand: Command {
    static let name = "explain appointment"
    static let summary = "tell the story of an appointment: each step, its evidence, what comes next"
    static let operands = [Operand(name: "ID", what: "the appointment's id")]
    static let flags = [tenant, .json]
    static let notes = """
        Steps that the ledger holds are told by their state; those that are still to come by what a tick would make of them now.
        The call's evidence names roles and times, no people.
        """
    static let examples = [
        (line: "explain appointment atlas-appt-0866 --tenant atlas", purpose: "why was this lead marked, and what went out?"),
        (line: "explain appointment a1 --tenant acme --json | jq .marks", purpose: ""),
    ]

    private static let tenant = Flag("--tenant", "ID", "the organisation (needed): an appointment's id is unique within it only")

    /// What the first statement says.
    private struct Facts: Sendable {
        let status: String
        let revision: Int64
        let startsAt: Timestamp
        let video: String
        let lookAt: Timestamp?
        let verdict: String?
        /// JSON.
        let calls: String
        let marks: String

        init(_ row: PostgresRow) throws(PostgresError) {
            status = try row.text("status")
            revision = try row.int("revision")
            startsAt = try row.timestamp("starts_at")
            video = try row.text("video")
            lookAt = try row.optionalTimestamp("look_at")
            verdict = try row.optionalText("verdict")
            calls = try row.text("calls")
            marks = try row.text("marks")
        }

        /// The no-show detector's part in a sentence.
        var detection: String {
            switch (lookAt, verdict) {
            case (let lookAt?, "ahead"): "looked at for a no-show at \(lookAt.tableText)"
            case (_, "attended"), (_, "held"): "a call took place: no no-show"
            case (_?, let verdict?): "no-show detection is due (\(verdict)): the next tick of no-show-detector decides"
            default: "nothing is left for the no-show detector to look at"
            }
        }
    }

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let id = arguments.operands[0]
        let organization = try arguments.required(tenant)
        let values: [PostgresValue] = [.text(organization), .text(id)]
        let connection = try await connectToSchema()
        let found = try await connection.query(.explainAppointment, values) { row throws(PostgresError) in try Facts(row) }
        guard let facts = found.first else {
            throw CommandError("\(organization) has no appointment \(id.debugDescription).")
        }
        let steps = try await connection.query(.explainAppointmentSteps, values) { row throws(PostgresError) in
            try AppointmentStep(row)
        }
        if arguments.has(.json) {
            print(
                JSONValue.object([
                    ("tenant", .text(organization)), ("appointment", .text(id)), ("status", .text(facts.status)),
                    ("revision", .int(facts.revision)), ("starts_at", .text(facts.startsAt.description)),
                    ("video", .text(facts.video)), ("detection", .text(facts.detection)), ("calls", .raw(facts.calls)),
                    ("marks", .raw(facts.marks)), ("steps", .array(steps.map(\.json))),
                ]).text)
            return .ok
        }
        print("Appointment \(organization)/\(id): \(facts.status), \(facts.startsAt.tableText), revision \(facts.revision)")
        print(
            CommandHelp.aligned([
                ("video", facts.video), ("calls", facts.calls == "[]" ? "none on record" : facts.calls),
                ("no-shows", facts.marks == "[]" ? "none" : facts.marks), ("detector", facts.detection),
            ]))
        print("")
        if steps.isEmpty { print("No steps.") } else { AppointmentStep.table.lines(steps, on: .output).forEach { print($0) } }
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let explainAppointment = SQLStatement(embedded: PackageResources.explain_appointment_sql)
    fileprivate static let explainAppointmentSteps = SQLStatement(embedded: PackageResources.explain_appointment_steps_sql)
}
