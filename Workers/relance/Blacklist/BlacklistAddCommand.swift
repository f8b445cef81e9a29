import Messaging
import Postgres
import Runtime

/// `relance blacklist add`: a person may not book in public any more.
enum BlacklistAddCommand: Command {
    static let name = "blacklist add"
    static let summary = "refuse a person's bookings in public"
    static let flags = [lead, address, days, why, tenant, Operator.flag, .json]
    static let notes = """
        Holds for one organisation until it is lifted, through every undo of a no-show. A lead is known by its id, its mail
        address and its telephone number, whichever lead they come as next; with --address by that alone. Who is on the
        list gets no J+0 and no J+2; reminders of what is booked already go out.
        """
    static let examples = [
        (line: "blacklist add --tenant atlas --lead atlas-lead-00007 --reason 'insulted the closer'", purpose: ""),
        (line: "blacklist add --tenant atlas --address - --days 90 --reason 'books for fun'", purpose: ""),
    ]

    private static let lead = Flag("--lead", "ID", "the lead")
    private static let address = Flag(
        "--address", "A", "instead: a mail address or number; - reads it from standard input, out of the shell's history")
    private static let days = Flag("--days", "N", "for so long only, 1 to 36500")
    private static let why = Flag("--reason", "TEXT", "why (needed); kept with the entry and in the audit")
    private static let tenant = Flag("--tenant", "ID", "the organisation (needed)")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let action = try OperatorAction(self, arguments)
        let (tenant, reason) = (try arguments.required(tenant), try arguments.required(why))
        let lead = try arguments.text(lead)
        guard (lead == nil) == arguments.has(address) else { throw UsageError("either --lead or --address is expected") }
        let days = arguments.has(days) ? try arguments.number(days, default: 1, in: 1...36_500) : nil
        let typed = lead == nil ? try HashedAddress.typed(arguments) : nil
        if let typed, reason.lowercased().contains(typed.lowercased()) {
            throw UsageError("--reason: the address must not stand in it, for it is kept")
        }
        let connection = try await connectToSchema()
        let (email, phone) = try await person(typed, tenant, connection)
        let added = try await connection.run { session throws in
            try session.transaction { session throws -> (id: String?, isNew: Bool)? in
                let values: [PostgresValue] = [
                    .text(tenant), .optional(lead), .optional(email), .optional(phone), .text(reason),
                    .text(action.operatorName), days.map { .int($0) } ?? .null,
                ]
                guard let row = try session.query(.addToBlacklist, values).first else { return nil }
                let added = (id: try row.optionalText("id"), isNew: try row.bool("is_new"))
                if let id = added.id {
                    try action.record([("blacklist:\(tenant)/\(id)", .object([("lead", .optional(lead))]))], session)
                }
                return added
            }
        }
        guard let added else {
            throw CommandError("there is no organisation \(tenant.debugDescription), or no such lead in it.")
        }
        if arguments.has(.json) {
            print(
                JSONValue.object([
                    ("id", .optional(added.id)), ("tenant", .text(tenant)), ("lead", .optional(lead)),
                    ("added", .bool(added.isNew)),
                ]).text)
        } else {
            let who = lead ?? AddressBook.masked(email ?? phone ?? "")
            print("\(who) may not book in public at \(tenant)\(added.isNew ? "." : ": it was so already.")")
        }
        return .ok
    }

    /// The address that was typed, as mail address or number.
    private static func person(
        _ typed: String?, _ tenant: String, _ connection: PostgresConnection
    ) async throws -> (email: String?, phone: String?) {
        guard let typed else { return (nil, nil) }
        if typed.contains("@") {
            guard AddressBook.isMailAddress(typed) else { throw UsageError("--address: what was given is no mail address") }
            return (typed, nil)
        }
        let region = try await Tenant.region(tenant, over: connection)
        guard let number = AddressBook.phoneNumber(typed, region: region) else {
            throw UsageError("--address: what was given is neither a mail address nor a telephone number")
        }
        return (nil, number)
    }
}

extension SQLStatement {
    fileprivate static let addToBlacklist = SQLStatement(embedded: PackageResources.add_to_blacklist_sql)
}
