public import Postgres
public import Primitives
public import Schema

/// Work that belongs to a point of the calendar rather than to a row: hourly, nightly.
///
/// The catch-up policy is `latest`: after an outage the most recent slot is done once, older ones are not made up for. The
/// next slot follows from the calendar, never from when the last one ran. Work in a slot must be safe to repeat: the slot is
/// marked after it.
public struct Slot: Sendable, Equatable {
    /// Name in `schedule_ticks`.
    public let schedule: String
    /// A Postgres interval, such as `1 day`.
    public let every: String
    /// Offset of the slots from midnight UTC, such as `3 hours`.
    public let after: String

    /// A slot of the calendar.
    public init(_ schedule: String, every: String, after: String = "0") {
        self.schedule = schedule
        self.every = every
        self.after = after
    }

    /// The slots that are due now.
    public static func due(
        _ slots: [Slot], at time: BusinessTime, on connection: PostgresConnection
    ) async throws -> [(schedule: String, scheduledFor: Timestamp)] {
        try await connection.run { session throws(PostgresError) in
            let values: [PostgresValue] = [
                .texts(slots.map(\.schedule)), .texts(slots.map(\.every)), .texts(slots.map(\.after)),
            ]
            return try session.batch(at: time, [(.dueSlots, values)])[0].map { row throws(PostgresError) in
                (try row.text(0), try row.timestamp("scheduled_for"))
            }
        }
    }

    /// Marks a slot as done, if we still lead.
    public static func record(
        _ schedule: String, _ scheduledFor: Timestamp, program: String, epoch: Int64, runID: String,
        on connection: PostgresConnection
    ) async throws {
        try await connection.execute(
            .recordSlot, [.text(schedule), .timestamp(scheduledFor), .text(runID), .text(program), .int(epoch)])
    }
}

extension SQLStatement {
    fileprivate static let dueSlots = SQLStatement(embedded: PackageResources.due_slots_sql)
    fileprivate static let recordSlot = SQLStatement(embedded: PackageResources.record_slot_sql)
}
