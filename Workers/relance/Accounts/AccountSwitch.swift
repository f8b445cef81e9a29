import Postgres
import Runtime

/// Switches an organisation's account on or off.
enum AccountSwitch {
    static let flags = [
        AccountFlags.tenant, AccountFlags.account, AccountFlags.channel, AccountFlags.provider, OperatorAction.reason,
        Operator.flag, .json,
    ]

    private struct Switched: Sendable {
        let channel: String
        let provider: String
        /// The organisation's other accounts of the channel that are in use.
        let others: Int64
    }

    /// - Parameter isEnabled: how it is from now on.
    static func run(_ command: any Command.Type, isEnabled: Bool, _ arguments: Arguments) async throws -> ExitCode {
        let action = try OperatorAction(command, arguments)
        let tenant = try arguments.required(AccountFlags.tenant)
        let account = try arguments.required(AccountFlags.account)
        let values: [PostgresValue] = [
            .text(tenant), .text(account), .optional(try arguments.choice(AccountFlags.channel, of: AccountFlags.channels)),
            .optional(try arguments.choice(AccountFlags.provider, of: AccountFlags.providers)), .bool(isEnabled),
        ]
        let switched = try await command.connectToSchema().run { session throws in
            try session.transaction { session throws in
                let switched = try session.query(.switchAccounts, values).map { row throws(PostgresError) in
                    Switched(
                        channel: try row.text("channel"), provider: try row.text("provider"), others: try row.int("others"))
                }
                if switched.isEmpty {
                    throw CommandError(
                        "\(tenant) has no such account. `relance accounts list --tenant \(tenant)` shows those there are.")
                }
                try action.record(
                    switched.map {
                        ("account:\(tenant):\($0.channel):\($0.provider)", .object([("account", .text(account))]))
                    }, session)
                return switched
            }
        }
        if arguments.has(.json) {
            let rows = switched.map {
                JSONValue.object([
                    ("channel", .text($0.channel)), ("provider", .text($0.provider)), ("other_accounts", .int($0.others)),
                ])
            }
            print(
                JSONValue.object([
                    ("tenant", .text(tenant)), ("account", .text(account)), ("enabled", .bool(isEnabled)),
                    ("changed", .array(rows)),
                ]).text)
            return .ok
        }
        for item in switched {
            print("\(account) at \(item.provider) is \(isEnabled ? "enabled" : "disabled") for \(tenant), \(item.channel).")
            if !isEnabled && item.others == 0 {
                print("\(tenant) has no other account for \(item.channel): its messages now go by the environment's account.")
                print("If they must wait instead: relance pause sending --tenant \(tenant) --reason '…'")
            }
        }
        return .ok
    }
}

/// `relance accounts enable`: messages go by the account again.
enum AccountsEnableCommand: Command {
    static let name = "accounts enable"
    static let summary = "send by an organisation's account again"
    static let flags = AccountSwitch.flags
    static let examples = [(line: "accounts enable --tenant atlas --account main", purpose: "")]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        try await AccountSwitch.run(self, isEnabled: true, arguments)
    }
}

/// `relance accounts disable`: no message goes by the account.
enum AccountsDisableCommand: Command {
    static let name = "accounts disable"
    static let summary = "send nothing more by an organisation's account"
    static let flags = AccountSwitch.flags
    static let notes = """
        Taken up by running workers within a minute. Messages go by the organisation's next account for the channel;
        when it has none, by the environment's.
        """
    static let examples = [
        (line: "accounts disable --tenant atlas --account main --reason 'key leaked'", purpose: ""),
        (
            line: "accounts disable --tenant atlas --account AC0123456789abcdef0123456789abcdef --channel sms",
            purpose: "not WhatsApp"
        ),
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        try await AccountSwitch.run(self, isEnabled: false, arguments)
    }
}

extension SQLStatement {
    fileprivate static let switchAccounts = SQLStatement(embedded: PackageResources.switch_accounts_sql)
}
