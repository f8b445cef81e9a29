/// What a run of the detector came to.
public struct NoShowReport: Sendable, Equatable {
    /// Appointments looked at.
    public var examined = 0
    /// Marks made, by cause: lead, none, unknown, host (D-20).
    public var marked: [String: Int] = [:]
    /// Appointments that took place, or are taking place.
    public var attended = 0
    /// Appointments that could not be decided now: LiveKit had not been asked in time, or somebody else had them in hand.
    public var left = 0
    /// Messages planned.
    public var planned = 0
    /// Written as skipped, with the reason.
    public var skipped = 0
    /// Written as missed.
    public var missed = 0
    /// Organisations whose weekly slot was done.
    public var weeks = 0
    /// The epoch was no longer ours: nothing of the last batch was written.
    public var wasFenced = false

    /// Nothing done yet.
    public init() {}

    /// For the run row and the metrics.
    public var counts: [(String, Int)] {
        [
            ("examined", examined), ("no_show_lead", marked["lead", default: 0]), ("no_show_none", marked["none", default: 0]),
            ("no_show_unknown", marked["unknown", default: 0]), ("host_absent", marked["host", default: 0]),
            ("attended", attended), ("left", left), ("weeks", weeks), ("planned", planned), ("skipped", skipped),
            ("missed", missed),
        ]
    }

    static func += (total: inout NoShowReport, part: NoShowReport) {
        total.examined += part.examined
        total.marked.merge(part.marked) { $0 + $1 }
        total.attended += part.attended
        total.left += part.left
        total.planned += part.planned
        total.skipped += part.skipped
        total.missed += part.missed
        total.weeks += part.weeks
        total.wasFenced = total.wasFenced || part.wasFenced
    }

    /// Adds what the detection said of one appointment.
    mutating func count(verdict: String) {
        switch verdict {
        case "attended", "held": attended += 1
        case "unasked", "busy": left += 1
        default: marked[verdict, default: 0] += 1
        }
    }

    /// Adds so many ledger rows of a state.
    mutating func count(_ count: Int, rows state: String) {
        switch state {
        case "pending": planned += count
        case "missed": missed += count
        case "skipped": skipped += count
        case "slots": weeks += count
        default: break
        }
    }
}
