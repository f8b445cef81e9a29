public import Postgres
public import Primitives
public import Schema

/// One line of `--dry-run`: what a run would do now.
public struct ReminderPreview: Sendable {
    /// Whose appointment.
    public let tenantID: String
    /// Which one.
    public let appointmentID: String
    /// Which step.
    public let step: String
    /// By which channel.
    public let channel: String
    /// `lead:id`, `user:id` or `none:none`.
    public let recipient: String
    /// From when.
    public let dueAt: Timestamp
    /// Until when.
    public let expiresAt: Timestamp
    /// `send`, `skip: reason`, `miss: reason`.
    public let verdict: String

    /// Reads up to `limit` of them; nothing is written.
    public static func read(
        _ connection: PostgresConnection, at time: BusinessTime, limit: Int
    ) async throws -> [ReminderPreview] {
        try await connection.run { session throws(PostgresError) in
            try session.batch(at: time, [(.previewReminders, [.int(limit)])])[0].map { row throws(PostgresError) in
                ReminderPreview(
                    tenantID: try row.text("tenant_id"), appointmentID: try row.text("appointment_id"),
                    step: try row.text("step"),
                    channel: try row.text("channel"),
                    recipient: "\(try row.text("recipient_type")):\(try row.text("recipient_id"))",
                    dueAt: try row.timestamp("due_at"), expiresAt: try row.timestamp("expires_at"),
                    verdict: try row.text("verdict"))
            }
        }
    }
}
