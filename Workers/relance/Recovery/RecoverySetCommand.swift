import Postgres
import Primitives
import Runtime

/// `relance recovery set`: whether an organisation's abandoned forms are won back, and who is held out.
enum RecoverySetCommand: Command {
    static let name = "recovery set"
    static let summary = "switch recovery of abandoned forms on or off, or hold out a part of the visitors"
    static let flags = [organization, state, holdOut, OperatorAction.reason, Operator.flag, .json]
    static let notes = """
        Switched off, nothing that is planned leaves any more. Switched on, it starts with what comes due from now on: nobody is
        written to about the past. Who is held out is drawn by address when a first mail would be planned; those that were drawn keep
        their lot.
        """
    static let examples = [
        (line: "recovery set --tenant atlas --state off --reason 'form is being rebuilt'", purpose: ""),
        (line: "recovery set --tenant atlas --hold-out 10", purpose: "ten of a hundred tell what would come anyway"),
    ]

    private static let organization = Flag("--tenant", "ID", "whose; needed")
    private static let state = Flag("--state", "WORD", "on or off")
    private static let holdOut = Flag("--hold-out", "N", "so many of a hundred get no mail, 0 to 90")

    private struct Setting: Sendable {
        let isEnabled: Bool
        let percent: Int64
        let activatedAt: Timestamp
    }

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let action = try OperatorAction(self, arguments)
        let tenant = try arguments.required(organization)
        let word = try arguments.choice(state, of: ["on", "off"])
        let percent = try arguments.text(holdOut).map { text throws(UsageError) in
            guard let number = Int(text), (0...90).contains(number) else {
                throw UsageError("--hold-out: \(text) is not a number from 0 to 90")
            }
            return number
        }
        guard word != nil || percent != nil else { throw UsageError("--state or --hold-out is needed: nothing is to be changed") }
        let isOn = word.map { $0 == "on" }
        let values: [PostgresValue] = [
            .text(tenant), isOn.map { .bool($0) } ?? .null, percent.map { .int($0) } ?? .null,
        ]
        let setting = try await connectToSchema().run { session throws in
            try session.transaction { session throws in
                guard let row = try session.query(.setRecovery, values).first else { throw Tenant.unknown(tenant) }
                try action.record(
                    [
                        (
                            "recovery:\(tenant)",
                            .object([
                                ("enabled", isOn.map { .bool($0) } ?? .null), ("hold_out", .optional(percent.map { Int64($0) })),
                            ])
                        )
                    ], session)
                return Setting(
                    isEnabled: try row.bool("is_enabled"), percent: try row.int("holdout_percent"),
                    activatedAt: try row.timestamp("activated_at"))
            }
        }
        if arguments.has(.json) {
            print(
                JSONValue.object([
                    ("tenant", .text(tenant)), ("enabled", .bool(setting.isEnabled)), ("hold_out", .int(setting.percent)),
                    ("activated_at", .optional(setting.activatedAt)),
                ]).text)
        } else {
            let since =
                setting.isEnabled ? "on, for what comes due since \(Instant.text(setting.activatedAt.description))" : "off"
            print("Recovery of abandoned forms is \(since) for \(tenant); \(setting.percent) of a hundred people are held out.")
        }
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let setRecovery = SQLStatement(embedded: PackageResources.set_recovery_sql)
}
