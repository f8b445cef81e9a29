import Runtime
import Schema

/// `relance import leads`: leads from a CSV file.
enum ImportLeadsCommand: Command {
    static let name = "import leads"
    static let summary = "load leads from a CSV file"
    static let operands = [Operand(name: "FILE.csv", what: "the file")]
    static let flags = [Flag.now, .json]
    static let notes = """
        Columns: \(LeadRow.required.joined(separator: ",")); and locale, timezone, if there are any. RFC 4180, UTF-8; - is standard input.

        New leads are inserted, changed ones updated, erased ones left alone. Phone numbers are brought into the international form;
        a number without a country code is read by the rules of the organisation's country. A lead whose number cannot be read is
        loaded without it and named in a warning. A row that does not fit is named by its line and left out, the others are loaded;
        the exit code is then 65. The organisations must be there: relance import organizations FILE.csv.
        """
    static let examples = [
        (line: "import leads leads.csv", purpose: ""),
        (line: "import leads leads.csv --json | jq .warnings", purpose: "whose number could not be read?"),
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let time = try ImportTime(arguments).single()
        let connection = try await connectToSchema()
        var leads = LeadImport(connection)
        let path = arguments.operands[0]
        var file = try ImportFile<LeadRow>(path)
        var report = ImportReport(path: path, now: try await ImportTime.read(time, connection), counting: LeadImport.counts)
        while let batch = try file.next(LeadImport.batchSize, into: &report) {
            try await leads.load(batch, at: time, into: &report)
            report.tell()
            Progress.show("\(report["rows"]) rows")
        }
        report.tell()
        Progress.interrupt()
        print(arguments.has(.json) ? report.json.text : report.text)
        return report.exit
    }
}
