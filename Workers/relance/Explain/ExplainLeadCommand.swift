import LeadAlerts
import Postgres
import Runtime

/// `relance explain lead`: why a lead has the alerts that it has, and not the others.
enum ExplainLeadCommand: Command {
    static let name = "explain lead"
    static let summary = "tell the story of a lead's alerts: each rule, its evidence, what comes next"
    static let operands = [Operand(name: "ID", what: "the lead's id")]
    static let flags = [Flag.tenant, .json]
    static let notes = """
        The rules are asked as alert-generator asks them, now and for every later instant at which time alone may change the answer.
        Addresses are masked; names and what was written are not shown. All instants are UTC.
        """
    static let examples = [
        (line: "explain lead 694d0bed15df5b9e1 --tenant atlas", purpose: "why is there an alert, or none?"),
        (line: "explain lead l1 --json | jq '.rules[] | {type, holds, due_at}'", purpose: "what comes due, and when"),
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let id = arguments.operands[0]
        let tenant = try arguments.text(.tenant)
        let connection = try await connectToSchema()
        let stories = try await connection.run { session throws in
            let rows = try session.query(.explainLead, [.text(id), .optional(tenant)])
            return try (0..<rows.count).map { try LeadStory(rows[$0]) }
        }
        guard var story = stories.first else {
            let place = tenant.map { "\($0) has" } ?? "there is"
            throw CommandError(
                """
                \(place) no lead \(id.debugDescription), and nothing is known of one. `relance alerts list --all` shows leads that \
                had alerts, `relance deliveries list --address …` whom an address belongs to.
                """)
        }
        if stories.count > 1 {
            throw CommandError("more than one organisation has a lead \(id): say which with --tenant.", exit: .usage)
        }
        let looks = try await LeadAlertPreview.read(lead: id, of: story.lead.tenant, connection)
        story.verbs = Dictionary(looks.map { ($0.type, $0.verb) }) { first, _ in first }
        if arguments.has(.json) {
            print(story.json.text)
        } else {
            LeadStoryPage(story: story, terminal: .output).lines.forEach { print($0) }
        }
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let explainLead = SQLStatement(embedded: PackageResources.explain_lead_sql)
}
