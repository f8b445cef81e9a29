internal import Content
internal import Postgres

extension LocalTime {
    /// Reads year, month, day, weekday, hour and minute, as `to_char` writes them; nil where they are none.
    init?(_ row: PostgresRow, _ column: String) throws(PostgresError) {
        let parts = try row.text(column).split(separator: " ").compactMap { Int($0) }
        let zone = try row.text("timezone")
        guard parts.count == 6,
            let time = try? LocalTime(
                year: parts[0], month: parts[1], day: parts[2], weekday: parts[3], hour: parts[4], minute: parts[5], zone: zone)
        else { return nil }
        self = time
    }
}
