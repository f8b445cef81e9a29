import Postgres
import Runtime

/// `relance accounts set`: an organisation sends by an account of its own.
enum AccountsSetCommand: Command {
    static let name = "accounts set"
    static let summary = "add or change an organisation's own account at a provider"
    static let flags = [
        AccountFlags.tenant, AccountFlags.channel, AccountFlags.provider, AccountFlags.account, AccountFlags.sender,
        AccountFlags.secret, AccountFlags.priority, OperatorAction.reason, Operator.flag, .json,
    ]
    static let notes = """
        The secret itself never comes here, nor into the database: put it into the workers' environment under the name
        that --secret-ref gives, ACCOUNT_…, or its file's path under the same name with _FILE behind it (a systemd
        credential). Until it is there the organisation's messages of that channel wait, with an alert; they do not go
        by the environment's account. Running workers take a change up within a minute; a new variable needs a restart.
        """
    static let examples = [
        (
            line:
                "accounts set --tenant atlas --channel sms --provider twilio --account AC0123456789abcdef0123456789abcdef --sender +33700000001 --secret-ref ACCOUNT_ATLAS_TWILIO",
            purpose: ""
        ),
        (
            line:
                "accounts set --tenant atlas --channel email --provider resend --account main --sender 'Atlas <hello@atlas.example>' --secret-ref ACCOUNT_ATLAS_RESEND",
            purpose: ""
        ),
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let action = try OperatorAction(self, arguments)
        let tenant = try arguments.required(AccountFlags.tenant)
        let channel = try arguments.requiredChoice(AccountFlags.channel, of: AccountFlags.channels)
        let provider = try arguments.requiredChoice(AccountFlags.provider, of: AccountFlags.providers)
        let account = try arguments.required(AccountFlags.account)
        let sender = try arguments.required(AccountFlags.sender)
        let secret = try arguments.required(AccountFlags.secret)
        let priority = try arguments.number(AccountFlags.priority, default: 0, in: 0...999)
        try AccountFlags.check(provider: provider, says: channel)
        try AccountFlags.checkSecret(secret)
        try AccountFlags.checkSender(sender, channel: channel, provider: provider)
        if account == "default" { throw UsageError("--account default: that name is the environment's") }
        if provider == "twilio", !account.hasPrefix("AC") || account.utf8.count != 34 {
            throw UsageError("--account: Twilio's account SID is expected, AC and 32 hex digits")
        }
        let connection = try await connectToSchema()
        _ = try await Tenant.region(tenant, over: connection)
        let (isNew, isEnabled) = try await connection.run { session throws in
            try session.transaction { session throws in
                let row = try session.query(
                    .setAccount,
                    [
                        .text(tenant), .text(channel), .text(provider), .text(account), .text(sender), .text(secret),
                        .int(priority),
                    ]
                ).single()
                let detail = JSONValue.object([
                    ("account", .text(account)), ("sender", .text(sender)), ("secret_ref", .text(secret)),
                    ("priority", .int(Int64(priority))),
                ])
                try action.record([("account:\(tenant):\(channel):\(provider)", detail)], session)
                return (try row.bool("is_new"), try row.bool("is_enabled"))
            }
        }
        if arguments.has(.json) {
            print(
                JSONValue.object([
                    ("tenant", .text(tenant)), ("channel", .text(channel)), ("provider", .text(provider)),
                    ("account", .text(account)), ("secret_ref", .text(secret)), ("added", .bool(isNew)),
                    ("enabled", .bool(isEnabled)),
                ]).text)
        } else {
            print("\(tenant) \(isNew ? "now has" : "has changed") account \(account) at \(provider) for \(channel).")
            print("Its secret belongs into the workers' environment: \(secret)=… (or \(secret)_FILE=…).")
            if !isEnabled { print("It is disabled: relance accounts enable --tenant \(tenant) --account \(account)") }
        }
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let setAccount = SQLStatement(embedded: PackageResources.set_account_sql)
}
