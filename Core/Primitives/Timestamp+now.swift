private import FoundationEssentials

extension Timestamp {
    /// The system's wall clock: for log lines and mail headers. What is due is decided in database time.
    public static func now() -> Timestamp { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }

    /// The same instant for libraries that speak Foundation's dates.
    public var secondsSinceEpoch: Double { Double(microseconds) / 1_000_000 }
}
