import Postgres
import Runtime
import Schema

/// `relance import organizations`: the organisations and closers that a bookings file names, and nothing else.
enum ImportOrganizationsCommand: Command {
    static let name = "import organizations"
    static let summary = "create the organisations and closers that a bookings file names"
    static let operands = [Operand(name: "FILE.csv", what: "the file")]
    static let flags = [Flag.now, .json]
    static let notes = """
        Columns: \(OrganizationRow.required.joined(separator: ",")); and closer_name, closer_email, closer_phone, if there are any.
        What a leads file needs to be loaded: leads belong to organisations, and their phone numbers are read by the rules of the
        organisation's country. Existing organisations and closers stay as they are.
        """
    static let examples = [
        (line: "import organizations bookings.csv", purpose: "then the leads, then the bookings"),
        (line: "import leads leads.csv", purpose: ""),
        (line: "import bookings bookings.csv", purpose: ""),
    ]

    private static let counts = ["rows", "organizations", "closers"]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let time = try ImportTime(arguments).single()
        let connection = try await connectToSchema()
        let path = arguments.operands[0]
        let countries = ZoneCountries()
        var book = OrganizationBook(connection)
        var file = try ImportFile<OrganizationRow>(path)
        var report = ImportReport(path: path, now: try await ImportTime.read(time, connection), counting: counts)
        while let rows = try file.next(BookingImport.batchSize, into: &report) {
            try await book.lookUp(organizations: [], zones: Set(rows.map(\.zone)))
            let fit = rows.filter { book.accepts($0, into: &report) }
            let counts = try await connection.run { session throws(PostgresError) in
                try session.batch(at: time, OrganizationImport.statements(fit, countries)).map { rows throws(PostgresError) in
                    try rows.single().int("count")
                }
            }
            report.count("organizations", counts[0])
            report.count("closers", counts[1])
        }
        report.tell()
        Progress.interrupt()
        print(arguments.has(.json) ? report.json.text : report.text)
        return report.exit
    }
}
