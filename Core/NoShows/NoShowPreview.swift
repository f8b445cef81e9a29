public import Postgres
public import Primitives
import Runtime
public import Schema

/// One line of `--dry-run`: what a run would do now.
///
/// A rehearsal: the very statements of a run, in a transaction that is rolled back. So it can say nothing else than what the run
/// would do; for its moment, it holds the locks that the run would hold.
public struct NoShowPreview: Sendable {
    /// Whose appointment.
    public let tenantID: String
    /// Which one; empty for a weekly rate.
    public let appointmentID: String
    /// `detection`, or the message's step.
    public let step: String
    /// By which channel; empty for a detection.
    public let channel: String
    /// `lead:id`, `user:id` or `none:none`; empty for a detection.
    public let recipient: String
    /// From when; nil for a detection.
    public let dueAt: Timestamp?
    /// `mark: lead`, `attended`, `ask again`, `send`, `skip: reason`, `miss: reason`.
    public let verdict: String

    private struct Rehearsed: Error { let lines: [NoShowPreview] }

    /// Rehearses a run of one batch; nothing is written.
    ///
    /// - Parameters:
    ///   - inquiry: LiveKit is asked as in a run.
    ///   - limit: most appointments looked at.
    public static func read(
        _ work: NoShowPlanner.Work, _ connection: PostgresConnection, inquiry: RoomInquiry, at time: BusinessTime, runID: String,
        limit: Int
    ) async throws -> [NoShowPreview] {
        let program = "rehearsal \(runID)"
        let planner = NoShowPlanner(
            program: program, connection: connection, inquiry: inquiry, failpoints: .none, batchSize: limit)
        let asked = work.contains(.appointments) ? try await planner.ask(at: time) : []
        let pass = NoShowPass(program: program, epoch: 1, runID: runID, batchSize: limit, failpoints: .none)
        do {
            return try await connection.run { session throws in
                try session.transaction { session -> [NoShowPreview] in
                    try session.query(.rehearseLease, [.text(program)])
                    var lines: [NoShowPreview] = []
                    if work.contains(.appointments) {
                        lines = try pass.decide(at: time, asked: asked, in: session).decisions.compactMap { Self($0) }
                    }
                    if work.contains(.rates) { _ = try pass.planRates(at: time, in: session) }
                    let rows = try session.query(.readPlanned, [.text(runID)])
                    lines += try rows.map { row throws(PostgresError) in try Self(row) }
                    throw Rehearsed(lines: lines)
                }
            }
        } catch let rehearsed as Rehearsed {
            return rehearsed.lines
        }
    }

    private init?(_ decision: NoShowPass.Decision) {
        guard let decided = decision.verdict else { return nil }
        tenantID = decision.tenantID
        appointmentID = decision.appointmentID
        (step, channel, recipient, dueAt) = ("detection", "", "", nil)
        verdict =
            switch decided {
            case "attended", "held": "attended"
            case "unasked", "busy": "ask again"
            default: "mark: \(decided)"
            }
    }

    private init(_ row: PostgresRow) throws(PostgresError) {
        tenantID = try row.text("tenant_id")
        appointmentID = try row.text("appointment_id")
        step = try row.text("step")
        channel = try row.text("channel")
        recipient = "\(try row.text("recipient_type")):\(try row.text("recipient_id"))"
        dueAt = try row.timestamp("due_at")
        verdict = try row.text("verdict")
    }
}
