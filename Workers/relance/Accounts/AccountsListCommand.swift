import Postgres
import Runtime

/// `relance accounts list`: which organisations send by accounts of their own.
enum AccountsListCommand: Command {
    static let name = "accounts list"
    static let summary = "list organisations' own accounts at providers, in order of preference"
    static let flags = [Flag.tenant, .json]
    static let notes = "Organisations without an enabled account for a channel send by the environment's (docs/configuration.md)."
    static let examples = [(line: "accounts list --tenant atlas", purpose: "")]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let accounts = try await connectToSchema().query(.listAccounts, [.optional(try arguments.text(.tenant))]) {
            row throws(PostgresError) in try AccountLine(row)
        }
        if arguments.has(.json) {
            print(JSONValue.object([("accounts", .array(accounts.map(\.json)))]).text)
        } else if accounts.isEmpty {
            print("None: messages go by the environment's accounts. `relance accounts set --help` adds one.")
        } else {
            AccountLine.table.lines(accounts, on: .output).forEach { print($0) }
        }
        return .ok
    }
}

extension SQLStatement {
    fileprivate static let listAccounts = SQLStatement(embedded: PackageResources.list_accounts_sql)
}
