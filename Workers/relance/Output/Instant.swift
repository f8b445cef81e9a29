import Primitives

extension Timestamp {
    /// To the minute, in UTC, for tables: `2026-11-20 08:15Z`.
    var tableText: String { description.prefix(16).replacingT + "Z" }
}

extension Substring {
    fileprivate var replacingT: String { String(map { $0 == "T" ? " " : $0 }) }
}
