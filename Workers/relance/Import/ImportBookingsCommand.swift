import Glibc
import Postgres
import Primitives
import Runtime
import Schema

/// `relance import bookings`: appointments with their organisations and closers, from a CSV file.
enum ImportBookingsCommand: Command {
    static let name = "import bookings"
    static let summary = "load appointments from a CSV file, as history or as news"
    static let operands = [Operand(name: "FILE.csv", what: "the file")]
    static let flags = [live, .now, .json]
    static let notes = """
        Columns: \(BookingRow.required.joined(separator: ",")); and, if there are any, outcome, cancelled_at, ended_at,
        video, closer_name, closer_email, closer_phone. RFC 4180, UTF-8; instants with an offset; - is standard input.

        What the file says was known at business time is brought into the database: bookings that were made, cancels, completions,
        and moves of what is still ahead. Later facts wait for a later import; a second import changes nothing. Missing
        organisations and closers are created; leads must be there. Without --live nothing that was due before now is ever sent.

        A row that does not fit is named by its line and left out, the others are loaded; the exit code is then 65.
        With --now - the file is read once and brought up to date for each instant, which answers with a line of JSON.
        """
    static let examples = [
        (line: "import bookings bookings.csv", purpose: "take over a calendar: reminders begin from now on"),
        (line: "import bookings today.csv --live", purpose: "these bookings are news: confirm them too"),
        (line: "import bookings bookings.csv --json | jq .faults", purpose: "what has to be corrected?"),
    ]

    private static let live = Flag("--live", nil, "the bookings are news: what was due before now is sent as well")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let time = try ImportTime(arguments)
        let connection = try await connectToSchema()
        var bookings = BookingImport(connection, isLive: arguments.has(live))
        let path = arguments.operands[0]
        switch time {
        case .instants: return try await follow(path, &bookings, connection)
        case .database: return try await once(path, &bookings, connection, at: .database, arguments)
        case .fixed(let now): return try await once(path, &bookings, connection, at: .fixed(now), arguments)
        }
    }

    /// One pass over the file, batch by batch.
    private static func once(
        _ path: String, _ bookings: inout BookingImport, _ connection: PostgresConnection, at time: BusinessTime,
        _ arguments: Arguments
    ) async throws -> ExitCode {
        var rows = try ImportFile<BookingRow>(path)
        var report = ImportReport(path: path, now: try await ImportTime.read(time, connection), counting: BookingImport.counts)
        while let batch = try rows.next(BookingImport.batchSize, into: &report) {
            try await bookings.load(batch, at: time, into: &report)
            report.tell()
            Progress.show("\(report["rows"]) rows")
        }
        report.tell()
        Progress.interrupt()
        print(arguments.has(.json) ? report.json.text : report.text)
        return report.exit
    }

    /// Keeps the file's rows and brings the database up to date for each instant of standard input.
    private static func follow(
        _ path: String, _ bookings: inout BookingImport, _ connection: PostgresConnection
    ) async throws -> ExitCode {
        var file = try ImportFile<BookingRow>(path)
        // What cannot be read is told once, not for each instant.
        var reading = ImportReport(path: path, now: .now(), counting: BookingImport.counts)
        var rows: [BookingRow] = []
        while let batch = try file.next(BookingImport.batchSize, into: &reading) { rows += batch }
        reading.tell()
        var known: [BookingRow.Stage] = Array(repeating: .unknown, count: rows.count)
        var isFirst = true
        var exit = reading.exit
        while let now = try ImportTime.nextInstant() {
            var report = ImportReport(path: path, now: now, counting: BookingImport.counts)
            report.count("rows", Int64(rows.count))
            if isFirst {
                // Also asks whether business time may be set here at all.
                _ = try await ImportTime.read(.fixed(now), connection)
                report.takeOver(reading)
            }
            isFirst = false
            // What stands as it stood an instant ago has been written then: the tick pays for what has changed.
            let news = rows.indices.filter { rows[$0].stage(at: now) != known[$0] }
            for start in stride(from: 0, to: news.count, by: BookingImport.batchSize) {
                let batch = news[start..<min(start + BookingImport.batchSize, news.count)].map { rows[$0] }
                try await bookings.load(batch, at: .fixed(now), into: &report)
            }
            for index in news { known[index] = rows[index].stage(at: now) }
            if report.exit != .ok { exit = report.exit }
            report.tell()
            print(report.json.text)
            fflush(nil)
        }
        return exit
    }
}
