import Postgres
import Runtime

/// `relance inbound show`: one event, and what became of it.
enum InboundShowCommand: Command {
    static let name = "inbound show"
    static let summary = "show one event of a provider's and what became of it"
    static let operands = [Operand(name: "ID", what: "the event's number")]
    static let flags = [Flag.json]
    static let notes = "Of the body only size and hash are shown: what people write is theirs."
    static let examples = [
        (line: "inbound show 4711", purpose: ""), (line: "inbound show 4711 --json | jq .outcome", purpose: ""),
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let id = try RowNumber.read(arguments.operands[0], of: "event")
        let found = try await connectToSchema().query(.showInbound, [.int(id)]) { row throws(PostgresError) in
            try InboundLine(row).members + [
                ("hash", .text(try row.text("hash"))), ("content_type", .optional(try row.optionalText("content_type"))),
                ("target", .text(try row.text("target"))), ("by_hand", .optional(try row.optionalText("actions"))),
            ]
        }
        guard let members = found.first else {
            throw CommandError("there is no event \(id): `relance inbound list` shows what there is")
        }
        if arguments.has(.json) {
            print(JSONValue.object(members).text)
        } else {
            print(CommandHelp.aligned(members.compactMap { name, value in value.plain.map { (name, $0) } }))
        }
        return .ok
    }
}

extension JSONValue {
    /// For people; nil for what is null.
    fileprivate var plain: String? {
        switch self {
        case .text(let text): text
        case .int(let number): String(number)
        default: nil
        }
    }
}

extension SQLStatement {
    fileprivate static let showInbound = SQLStatement(embedded: PackageResources.show_inbound_sql)
}
