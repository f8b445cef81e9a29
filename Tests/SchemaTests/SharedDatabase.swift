import Postgres
import Schema
import TestSupport

/// A migrated database that the target's tests share, with an organisation, its staff and a lead; what they write, they
/// write under ids of their own.
let sharedDatabase = Task {
    let database = try await TestDatabase.create()
    for statement in [
        "insert into organizations (id, name) values ('acme', 'Acme')",
        "insert into users (tenant_id, id, name, role) values ('acme', 'closer', 'C', 'CLOSER'), ('acme', 'boss', 'B', 'ADMIN')",
        "insert into leads (tenant_id, id, name) values ('acme', 'lead', 'L'), ('acme', 'other', 'O')",
        "insert into forms (tenant_id, id, name) values ('acme', 'form', 'F')",
    ] { try await database.execute(statement) }
    return database
}

/// A name that no other test uses.
func uniqueName() -> String { "n\(UInt64.random(in: .min ... .max))" }

extension TestDatabase {
    /// The same database, seen by a role.
    func connection(as role: String) -> PostgresConnection {
        let url = url.replacing(/user=[^&]*/, with: "user=\(role)")
        return PostgresConnection(PostgresConfiguration(url: url, applicationName: role))
    }

    /// SQLSTATE of what a statement fails with; nil when it does not. Nothing of it stays.
    func failure(of text: String, as role: String? = nil) async throws -> String? {
        struct Undo: Error {}
        let own = role.map { connection(as: $0) } ?? connection
        do {
            try await own.run { session throws in
                try session.transaction { session throws in
                    _ = try session.query(SQLStatement(unsafe: text, name: "test"))
                    throw Undo()
                }
            }
        } catch let error as PostgresError { return error.sqlState ?? "\(error)" } catch is Undo { return nil }
        return nil
    }
}
