import Runtime

/// One of the numbers and spans by which alerts are raised (`alert_thresholds`).
struct AlertThreshold: Sendable {
    /// What its values are, and from where to where they go; the database has the same bounds.
    enum Kind: Sendable {
        /// Up to so many days; to the database ten years have 3600.
        case span(days: Int)
        /// A number.
        case number(ClosedRange<Int>)
    }

    /// A value, as a statement takes it: an interval's text, or a number.
    enum Value: Sendable, Equatable {
        case span(String)
        case number(Int)
    }

    /// The column's name.
    let name: String
    let kind: Kind
    /// What it decides.
    let what: String

    /// All, in the order of the list.
    static let all = [
        AlertThreshold(name: "no_contact_after", kind: .span(days: 3600), what: "NoContact7d: no contact for longer"),
        AlertThreshold(name: "no_reply_after", kind: .span(days: 3600), what: "NoReply3d: no reply for longer"),
        AlertThreshold(name: "stale_after", kind: .span(days: 3600), what: "StaleLead30d: no activity for longer"),
        AlertThreshold(name: "high_value_cents", kind: .number(0...100_000_000_000), what: "HighValueRisk: a deal above"),
        AlertThreshold(name: "high_value_after", kind: .span(days: 3600), what: "HighValueRisk: no contact for longer"),
        AlertThreshold(name: "hot_lead_inbound", kind: .number(1...50), what: "HotLead24h: so many messages of the lead's"),
        AlertThreshold(name: "hot_lead_within", kind: .span(days: 7), what: "HotLead24h: within"),
        AlertThreshold(name: "preferred_inbound", kind: .number(1...1000), what: "PreferredChannel: so many of the lead's"),
        AlertThreshold(name: "preferred_within", kind: .span(days: 3600), what: "PreferredChannel: within"),
        AlertThreshold(name: "preferred_percent", kind: .number(51...100), what: "PreferredChannel: so many of a hundred"),
        AlertThreshold(name: "digest_after", kind: .span(days: 3600), what: "the team is told of alerts older"),
    ]

    /// A threshold and its value as typed: `no_contact_after=10d`.
    static func parse(_ text: String) throws(UsageError) -> (threshold: AlertThreshold, value: Value) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let threshold = all.first(where: { $0.name == parts[0] }) else {
            throw UsageError("--set \(text): NAME=VALUE is expected, NAME one of \(all.map(\.name).joined(separator: ", "))")
        }
        guard let value = threshold.value(parts[1]) else {
            throw UsageError("--set \(text): \(threshold.expectation) is expected")
        }
        return (threshold, value)
    }

    private func value(_ text: String) -> Value? {
        switch kind {
        case .number(let bounds): return Int(text).flatMap { bounds.contains($0) ? .number($0) : nil }
        case .span(let days):
            guard let count = Int(text.dropLast()), count > 0 else { return nil }
            // Days are days of the calendar, which an hour may be missing from.
            if text.hasSuffix("d") { return count <= days ? .span("\(count) days") : nil }
            if text.hasSuffix("h") { return count <= days * 24 ? .span("\(count) hours") : nil }
            return nil
        }
    }

    private var expectation: String {
        switch kind {
        case .number(let bounds): "a number from \(bounds.lowerBound) to \(bounds.upperBound)"
        case .span(let days): "a span such as 36h or 10d, at most \(days)d,"
        }
    }
}
