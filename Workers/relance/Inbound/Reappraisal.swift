import Postgres
import Runtime

/// Events that ingest shall evaluate anew: marked and audited in one transaction, then waited for.
///
/// The CLI does none of it by itself: an operator may not write a lead's history, and what an event brings about stands in one
/// place. Once is as good as often: an activity is logged once, a status never goes back.
enum Reappraisal {
    static let noWait = Flag("--no-wait", nil, "mark only; ingest takes them within seconds")

    private static let patience = 15
    private static let most = 10_000

    /// Marks them.
    ///
    /// - Returns: those that there are.
    static func mark(_ ids: [Int64], _ action: OperatorAction, over connection: PostgresConnection) async throws -> [Int64] {
        try await connection.run { session throws in
            try session.transaction { session throws in
                let marked = try session.query(.markInbound, [.ints(Array(ids.prefix(most)))]).map { row throws(PostgresError) in
                    try row.int("id")
                }
                try action.record(marked.map { ("inbound:\($0)", JSONValue.object([])) }, session)
                return marked
            }
        }
    }

    /// Waits for ingest, and says what came of it.
    ///
    /// - Returns: 75 where some still wait.
    static func finish(_ ids: [Int64], _ arguments: Arguments, over connection: PostgresConnection) async throws -> ExitCode {
        var outcomes = try await read(ids, over: connection)
        if !arguments.has(noWait) {
            let end = ContinuousClock.now + .seconds(patience)
            while outcomes["waiting"] != nil, ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(250))
                outcomes = try await read(ids, over: connection)
            }
        }
        let list = outcomes.sorted { $0.key < $1.key }
        if arguments.has(.json) {
            print(
                JSONValue.object([
                    ("events", .int(Int64(ids.count))), ("outcomes", .object(list.map { ($0.key, .int($0.value)) })),
                ]).text)
        } else {
            print(
                "\(ids.count) \(ids.count == 1 ? "event" : "events"): "
                    + list.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
        }
        if outcomes["waiting"] == nil || arguments.has(noWait) { return .ok }
        Log.standardError("relance: ingest has not taken all of them yet: is it running? They stay marked.")
        return .temporary
    }

    private static func read(_ ids: [Int64], over connection: PostgresConnection) async throws -> [String: Int64] {
        let rows = try await connection.query(.readInboundOutcomes, [.ints(ids)]) { row throws(PostgresError) in
            (try row.text("outcome"), try row.int("rows"))
        }
        return Dictionary(uniqueKeysWithValues: rows)
    }
}

extension SQLStatement {
    fileprivate static let markInbound = SQLStatement(embedded: PackageResources.mark_inbound_sql)
    fileprivate static let readInboundOutcomes = SQLStatement(embedded: PackageResources.read_inbound_outcomes_sql)
}
