import Postgres
import Runtime

/// `relance inbound replay`: evaluates stored events anew.
enum InboundReplayCommand: Command {
    static let name = "inbound replay"
    static let summary = "evaluate stored events anew, from the bytes that came"
    static let operands = [Operand(name: "ID...", what: "the event's number", count: 1...1000)]
    static let flags = [Reappraisal.noWait, OperatorAction.reason, Operator.flag, .json]
    static let notes = """
        For events that were evaluated before something was known: a status before its message was restored, a room before
        its appointment, billing that the reconciler shall fetch again. Nothing happens twice: an activity is logged once, a
        status never goes back, and STOP and START are not repeated, for there may have been another word since.
        ingest does it, within seconds; exit code 75 where it has not yet.
        """
    static let examples = [
        (line: "inbound replay 4711 4712 --reason 'restored from backup'", purpose: ""),
        (line: "inbound list --outcome unknown_message", purpose: "which ones?"),
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let ids = try arguments.operands.map { text throws(UsageError) in try RowNumber.read(text, of: "event") }
        let action = try OperatorAction(self, arguments)
        let connection = try await connectToSchema()
        let marked = try await Reappraisal.mark(ids, action, over: connection)
        if let missing = ids.first(where: { !marked.contains($0) }) {
            Log.standardError("relance: there is no event \(missing): `relance inbound list` shows what there is")
        }
        if marked.isEmpty { return .data }
        let exit = try await Reappraisal.finish(marked, arguments, over: connection)
        return exit == .ok && marked.count < Set(ids).count ? .data : exit
    }
}
