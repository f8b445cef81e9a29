import Ingest
import Postgres
import Primitives
import Runtime

/// `relance keys create`: makes a caller's key and shows it, the only time.
enum KeysCreateCommand: Command {
    static let name = "keys create"
    static let summary = "make a key for a caller of the API; it is shown once"
    static let flags = [tenant, label, scopes, origins, rate, expires, Operator.flag, .json]
    static let notes = """
        A server's key is secret and may what its scopes say: ingest (write), read (lists), admin. With --origins the key is a
        publishable one instead: for web pages of these origins, which anybody can read, so it may only submit forms and book.
        What is stored is a hash: a key that is lost is replaced, not found again.
        """
    static let examples = [
        (line: "keys create --tenant atlas --name crm --scopes ingest,read", purpose: "for a server"),
        (line: "keys create --tenant atlas --name site --origins https://www.atlas.example", purpose: "for a web page"),
        (line: "keys create --tenant atlas --name trial --expires 30d --rate 600", purpose: "for a month, 600 requests a minute"),
    ]

    private static let tenant = Flag("--tenant", "ID", "the organisation")
    private static let label = Flag("--name", "NAME", "what it is for, in lists")
    private static let scopes = Flag("--scopes", "LIST", "ingest, read, admin, separated by commas; the default is ingest,read")
    private static let origins = Flag("--origins", "LIST", "web origins of a publishable key, separated by commas")
    private static let rate = Flag("--rate", "N", "requests a minute; the default is 60000, for web pages 100 an address")
    private static let expires = Flag(
        "--expires", "TIME", "an instant such as 2027-01-01T00:00:00Z, or a time from now such as 90d")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        guard let tenantID = try arguments.text(tenant) else { throw UsageError("--tenant is missing: whose key?") }
        guard let name = try arguments.text(label) else { throw UsageError("--name is missing: what is the key for?") }
        let origins = try originList(arguments)
        let scopes = try scopeList(arguments, isPublishable: !origins.isEmpty)
        let kind = origins.isEmpty ? APIKey.Kind.server : .publishable
        let perMinute = try arguments.text(rate) == nil ? nil : arguments.number(rate, default: 1, in: 1...100_000_000)
        let (expiry, who) = (try instant(arguments), try Operator.name(arguments))
        let connection = try await connectToSchema()
        let key = APIKey.make(kind, tenantID: tenantID)
        let values: [PostgresValue] = [
            .text(tenantID), .text(kind.rawValue), .text(name), .text(key.hash), .text(key.hint), .texts(scopes), .texts(origins),
            perMinute.map { .int($0) } ?? .null, .optional(expiry), .text(who),
        ]
        let id: String
        do {
            id = try await connection.run { session throws in
                try session.transaction { session throws -> String in
                    let id = try session.query(.createKey, values).single().text("id")
                    try OperatorAction(Self.self, by: who).record([("key:\(tenantID)/\(id)", .object([]))], session)
                    return id
                }
            }
        } catch let error as PostgresError where error.sqlState == "23503" {
            throw CommandError("there is no organisation \(tenantID).")
        }
        if arguments.has(.json) {
            print(JSONValue.object([("id", .text(id)), ("key", .text(key.text)), ("tenant_id", .text(tenantID))]).text)
        } else {
            print(key.text)
            Log.standardError("It is shown this once. Revoke it with `relance keys revoke \(id)`.")
        }
        return .ok
    }

    private static func originList(_ arguments: Arguments) throws(UsageError) -> [String] {
        let list = try arguments.text(origins)?.split(separator: ",").map(String.init) ?? []
        for origin in list {
            // As browsers send it: scheme, host and port, and nothing behind.
            let rest = ["https://", "http://"].first { origin.hasPrefix($0) }.map { origin.dropFirst($0.count) }
            guard let rest, !rest.isEmpty, !rest.contains("/"), !rest.contains(" "), origin == origin.lowercased() else {
                throw UsageError("--origins \(origin): an origin such as https://www.atlas.example is expected")
            }
        }
        return list
    }

    private static func scopeList(_ arguments: Arguments, isPublishable: Bool) throws(UsageError) -> [String] {
        guard let text = try arguments.text(scopes) else { return isPublishable ? ["public"] : ["ingest", "read"] }
        if isPublishable { throw UsageError("--scopes: a publishable key has none to choose") }
        let list = text.split(separator: ",").map(String.init)
        for scope in list where !["ingest", "read", "admin"].contains(scope) {
            throw UsageError("--scopes \(scope): ingest, read or admin is expected")
        }
        return list
    }

    private static func instant(_ arguments: Arguments) throws(UsageError) -> Timestamp? {
        guard let text = try arguments.text(expires) else { return nil }
        if let instant = Timestamp(text) { return instant }
        let days = text.hasSuffix("d") ? Int(text.dropLast()).map { Duration.seconds($0 * 86_400) } : nil
        guard let duration = days ?? Duration(text), duration > .zero, duration < .seconds(86_400 * 36_500) else {
            throw UsageError("--expires \(text): an instant, or a time from now such as 12h or 90d, is expected")
        }
        return Timestamp.now() + duration
    }
}

extension SQLStatement {
    fileprivate static let createKey = SQLStatement(embedded: PackageResources.create_key_sql)
}
