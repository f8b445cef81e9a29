import Messaging
import Postgres
import Runtime

/// `relance explain abandon`: the story of one abandoned visit.
enum ExplainAbandonCommand: Command {
    static let name = "explain abandon"
    static let summary = "tell the story of an abandoned form: each step, its decision, and what is next"
    static let operands = [Operand(name: "ID", what: "the abandon's id")]
    static let flags = [Flag.tenant, .json]
    static let notes = """
        The address is masked, and what was typed into the form is not shown. Whether the address has unsubscribed or bounced is known
        by its hash: for that, ADDRESS_HASH_KEY is needed as the workers have it.
        """
    static let examples = [
        (line: "explain abandon 019da1c2-7f1e-7000-8000-3d2f1a9b0c4d", purpose: ""),
        (line: "explain abandon v1 --tenant atlas --json | jq .now", purpose: "what a tick would make of it"),
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let id = arguments.operands[0]
        let values: [PostgresValue] = [.text(id), .optional(try arguments.text(.tenant))]
        let book = try HashedAddress.optionalBook()
        let stories = try await connectToSchema().run { session throws in
            let address = try session.query(.findAbandonAddresses, values).map { row in row.optionalText(0) }.first ?? nil
            let hash = book.flatMap { book in address.map { book.hash($0) } }
            let rows = try session.query(.explainAbandon, values + [.optional(hash)])
            return try (0..<rows.count).map { try AbandonStory(rows[$0]) }
        }
        guard let story = stories.first else { throw CommandError("there is no abandon \(id.debugDescription) here.") }
        if stories.count > 1 { throw CommandError("more than one organisation has an abandon \(id): say --tenant.") }
        if arguments.has(.json) {
            print(JSONValue.object(story.json + [("next", .text(story.next))]).text)
        } else {
            AbandonStoryPage(story: story, terminal: .output).lines.forEach { print($0) }
        }
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let findAbandonAddresses = SQLStatement(embedded: PackageResources.find_abandon_addresses_sql)
    fileprivate static let explainAbandon = SQLStatement(embedded: PackageResources.explain_abandon_sql)
}
