import Primitives

/// Instants as people read them.
enum Instant {
    /// An instant of the database's JSON, to the second, in UTC: `2026-11-20 08:15:02Z`.
    static func text(_ json: String) -> String {
        guard let instant = Timestamp(json) else { return json }
        return String(instant.description.prefix(19).map { $0 == "T" ? " " : $0 }) + "Z"
    }
}

extension Timestamp {
    /// To the minute, in UTC, for tables: `2026-11-20 08:15Z`.
    var tableText: String { description.prefix(16).replacingT + "Z" }
}

extension Substring {
    fileprivate var replacingT: String { String(map { $0 == "T" ? " " : $0 }) }
}
