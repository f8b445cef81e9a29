import Postgres

/// A database of one experiment.
struct BenchDatabase: Sendable {
    let name: String
    /// For preparing.
    let ownerURL: String
    /// For what is measured: with the rights and time-outs of the workers.
    let workerURL: String
    /// The preparing connection.
    let owner: PostgresConnection

    init(name: String, ownerURL: String, workerURL: String) {
        self.name = name
        self.ownerURL = ownerURL
        self.workerURL = workerURL
        owner = PostgresConnection(
            PostgresConfiguration(url: ownerURL, applicationName: "bench", answerTimeout: .seconds(1800)))
    }

    /// An open connection with a worker's rights.
    func workerConnection() async throws -> PostgresConnection {
        let connection = PostgresConnection(PostgresConfiguration(url: workerURL, applicationName: "bench worker"))
        try await connection.execute(SQLStatement(unsafe: "select 1", name: "warm_up"))
        return connection
    }

    /// Runs SQL written in an experiment, one statement.
    @discardableResult
    func execute(_ sql: String, _ values: [PostgresValue] = []) async throws -> Int {
        try await owner.execute(SQLStatement(unsafe: sql, name: "bench"), values)
    }

    /// The only number of the only row.
    func count(_ sql: String) async throws -> Int {
        let rows = try await owner.query(SQLStatement(unsafe: sql, name: "bench"), []) { row throws(PostgresError) in
            try row.int(0)
        }
        return Int(rows.first ?? -1)
    }

    /// One of the server's own client programs. What Debian puts on the PATH is a script that looks for them first.
    func program(_ name: String) async throws -> String {
        let rows = try await owner.query(
            SQLStatement(unsafe: "select setting from pg_config where name = 'BINDIR'", name: "find_programs")
        ) { row throws(PostgresError) in try row.text(0) }
        return "\(rows.first ?? "")/\(name)"
    }

    /// The same start for every run: no dead rows, fresh statistics, and no checkpoint that is about to come.
    func settle(_ tables: String...) async throws {
        for table in tables { try await execute("vacuum analyze \(table)") }
        try await execute("checkpoint")
    }

    /// Ends the preparing connection; its next use opens another.
    func close() async { await owner.close() }
}
