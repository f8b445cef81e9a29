import Postgres
import Runtime

/// Does something to each of the messages that a command line numbers, each in a transaction of its own: one that is refused
/// holds up no other.
enum EachDelivery {
    /// Which ones.
    static let operand = Operand(name: "ID...", what: "the message's number", count: 1...1000)

    /// - Parameters:
    ///   - word: what was done, for scripts.
    ///   - sentence: what was done, for people: of the message, and of the job it has.
    ///   - perform: does it; returns the job, or throws `CommandError`.
    /// - Returns: 65 where any was refused.
    static func run(
        _ arguments: Arguments, word: String, over connection: PostgresConnection,
        sentence: (_ id: Int64, _ job: Int64?) -> String,
        perform: @escaping @Sendable (_ id: Int64, _ session: PostgresSession) throws -> Int64?
    ) async throws -> ExitCode {
        let ids = try arguments.operands.map { text throws(UsageError) in try RowNumber.read(text, of: "message") }
        var done: [JSONValue] = []
        var refused: [JSONValue] = []
        for id in ids {
            do {
                let job = try await connection.run { session throws in
                    try session.transaction { session throws in try perform(id, session) }
                }
                done.append(.object([("id", .int(id)), ("job", .optional(job))]))
                if !arguments.has(.json) { print(sentence(id, job)) }
            } catch let error as CommandError {
                refused.append(.object([("id", .int(id)), ("why", .text(error.message))]))
                if !arguments.has(.json) { Log.standardError("relance: \(error.message)") }
            }
        }
        if arguments.has(.json) { print(JSONValue.object([(word, .array(done)), ("refused", .array(refused))]).text) }
        return refused.isEmpty ? .ok : .data
    }
}
