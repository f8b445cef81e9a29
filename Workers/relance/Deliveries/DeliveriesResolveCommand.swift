import Postgres
import Runtime

/// `relance deliveries resolve`: says how messages whose outcome is unknown came out.
enum DeliveriesResolveCommand: Command {
    static let name = "deliveries resolve"
    static let summary = "say whether uncertain messages were sent, after a look at the provider's log"
    static let operands = [Operand(name: "[ID...]", what: "the message's number", count: 0...1000)]
    static let flags = [
        finding, all, provider, .tenant, channel, since, until, dryRun, yes, OperatorAction.reason, Operator.flag, .json,
    ]
    static let notes = """
        Only uncertain messages are touched: the request left, and no answer came. `relance deliveries explain ID`
        says where to look. As `sent` a message is closed, with its cost and the time its request left. As
        `failed` it never left: `relance deliveries retry ID` may then send it again until it expires; a WhatsApp
        message whose step allows it falls back to SMS at once. What the provider itself says, before or after,
        outranks the operator's word.
        """
    static let examples = [
        (line: "deliveries resolve 4711 --as sent --reason 'seen in the Twilio log'", purpose: ""),
        (line: "deliveries resolve --all --provider sendgrid --since 3h --as failed --dry-run", purpose: "how many?"),
        (line: "deliveries resolve --all --provider sendgrid --since 3h --as failed --yes", purpose: "all of them, unasked"),
    ]

    private static let finding = Flag("--as", "WORD", "sent or failed: how they came out")
    private static let all = Flag("--all", nil, "all that the flags below name, instead of numbers")
    private static let provider = Flag(
        "--provider", "NAME", "with --all (needed): resend, sendgrid, smtp, twilio, green_api, outbox")
    private static let channel = Flag("--channel", "CHANNEL", "with --all: email, sms, whatsapp")
    private static let since = Flag("--since", "WHEN", "with --all: due at or after an instant, or 24h, 7d before now")
    private static let until = Flag("--until", "WHEN", "with --all: due before it")
    private static let dryRun = Flag("--dry-run", nil, "with --all: show how many, and some of them; change nothing")
    private static let yes = Flag("--yes", nil, "with --all: do not ask; needed where no terminal can be asked")
    /// Messages of one transaction of a bulk resolution.
    private static let batch = 500

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let word = try arguments.requiredChoice(finding, of: DeliveryResolution.Finding.allCases.map(\.rawValue))
        let finding = word == "sent" ? DeliveryResolution.Finding.sent : .failed
        let action = try OperatorAction(self, arguments)
        let outcome: DeliveryResolution.Outcome
        if arguments.has(all) {
            guard let done = try await resolveAll(as: finding, action, arguments) else { return .ok }
            outcome = done
        } else {
            for flag in [provider, .tenant, channel, since, until, dryRun, yes] where arguments.has(flag) {
                throw UsageError("\(flag.name) goes with --all")
            }
            if arguments.operands.isEmpty { throw UsageError("the message's number is missing (or --all with --provider)") }
            let ids = try arguments.operands.map { text throws(UsageError) in try RowNumber.read(text, of: "message") }
            outcome = try await connectToSchema().run { session throws in
                let outcome = try session.transaction { session throws in
                    try DeliveryResolution.perform(ids, as: finding, action, session)
                }
                try session.query(.endUnknownAlerts)
                return outcome
            }
        }
        report(outcome, finding, arguments)
        return outcome.refused.isEmpty || arguments.has(all) ? .ok : .data
    }

    /// Nil where nothing was done: none match, a dry run, or the answer was no.
    private static func resolveAll(
        as finding: DeliveryResolution.Finding, _ action: OperatorAction, _ arguments: Arguments
    ) async throws -> DeliveryResolution.Outcome? {
        if !arguments.operands.isEmpty { throw UsageError("\(arguments.operands[0]): give numbers or --all, not both") }
        let filter: [PostgresValue] = [
            .text(
                try arguments.requiredChoice(provider, of: ["resend", "sendgrid", "twilio", "green_api", "smtp", "outbox"])),
            .optional(try arguments.text(.tenant)),
            .optional(try arguments.choice(channel, of: ["email", "sms", "whatsapp"])),
            .optional(try arguments.moment(since)), .optional(try arguments.moment(until)),
        ]
        let connection = try await connectToSchema()
        let (sample, total) = try await connection.run { session throws(PostgresError) in
            let rows = try session.query(.pickUncertain, filter + [.int(0), .int(5)])
            return (try rows.map(DeliveryLine.init), try rows.first?.int("total") ?? 0)
        }
        let isDry = arguments.has(dryRun)
        if total == 0 || isDry, arguments.has(.json) {
            print(
                JSONValue.object([
                    ("matching", .int(total)), ("resolved", .array([])), ("sample", .array(sample.map(\.json))),
                ]).text)
            return nil
        }
        if total == 0 {
            print("No uncertain messages match. `relance deliveries list --state uncertain` shows all there are.")
            return nil
        }
        if !arguments.has(.json) {
            print("\(count(total)) uncertain; the oldest:")
            DeliveryLine.table.lines(sample, on: .output).forEach { print($0) }
        }
        if isDry {
            print("Nothing was changed. Without --dry-run they are resolved as \(finding.rawValue).")
            return nil
        }
        if !arguments.has(yes) {
            guard Terminal.isAskable else {
                throw UsageError(
                    "\(total) messages would be resolved as \(finding.rawValue): add --yes where no terminal can be asked")
            }
            guard Terminal.agrees(to: "Resolve all \(total) as \(finding.rawValue)?") else {
                print("Nothing was changed.")
                return nil
            }
        }
        return try await resolvePages(filter, as: finding, action, connection)
    }

    private static func resolvePages(
        _ filter: [PostgresValue], as finding: DeliveryResolution.Finding, _ action: OperatorAction,
        _ connection: PostgresConnection
    ) async throws -> DeliveryResolution.Outcome {
        var (outcome, last) = (DeliveryResolution.Outcome(), Int64(0))
        while true {
            let after = last
            let (ids, page) = try await connection.run { session throws in
                try session.transaction { session throws in
                    let ids = try session.query(.pickUncertain, filter + [.int(after), .int(batch)]).map {
                        row throws(PostgresError) in try row.int("id")
                    }
                    return (ids, try DeliveryResolution.perform(ids, as: finding, action, session))
                }
            }
            guard let end = ids.last else { break }
            outcome = outcome + page
            last = end
        }
        try await connection.execute(.endUnknownAlerts)
        return outcome
    }

    private static func report(
        _ outcome: DeliveryResolution.Outcome, _ finding: DeliveryResolution.Finding, _ arguments: Arguments
    ) {
        if arguments.has(.json) {
            let refused = outcome.refused.map { JSONValue.object([("id", .int($0.id)), ("why", .text($0.why))]) }
            let fallbacks = outcome.fallbacks.map { JSONValue.object([("id", .int($0.id)), ("sms", .int($0.fallback))]) }
            print(
                JSONValue.object([
                    ("as", .text(finding.rawValue)), ("resolved", .array(outcome.resolved.map { .int($0) })),
                    ("refused", .array(refused)), ("may_be_retried", .array(outcome.retriable.map { .int($0) })),
                    ("fell_back_to_sms", .array(fallbacks)),
                ]).text)
            return
        }
        for refused in outcome.refused { Log.standardError("relance: \(refused.why)") }
        if outcome.resolved.isEmpty { return }
        print("\(count(Int64(outcome.resolved.count))) resolved as \(finding.rawValue).")
        if !outcome.fallbacks.isEmpty { print("\(outcome.fallbacks.count) of them fall back to SMS, planned now.") }
        if outcome.retriable.isEmpty {
            if finding == .failed && outcome.fallbacks.isEmpty { print("They have expired: none can be sent again.") }
            return
        }
        if outcome.retriable.count > 10 {
            print("\(outcome.retriable.count) may be sent again. All that an operator has resolved as failed:")
            print(
                """
                  relance deliveries list --state failed --limit 1000 --json |
                    jq -r '.deliveries[] | select(.reason == "resolved_by_operator").id' |
                    xargs -n 500 relance deliveries retry
                """)
        } else {
            print("To send again: relance deliveries retry \(outcome.retriable.map { String($0) }.joined(separator: " "))")
        }
    }

    private static func count(_ number: Int64) -> String { number == 1 ? "1 message" : "\(number) messages" }
}

extension SQLStatement {
    fileprivate static let pickUncertain = SQLStatement(embedded: PackageResources.pick_uncertain_sql)
    fileprivate static let endUnknownAlerts = SQLStatement(embedded: PackageResources.end_unknown_alerts_sql)
}
