import Postgres

/// What became of one organisation's messages of one step.
struct StepSummary: Sendable {
    let tenantID: String
    let step: String
    let sent: Int64
    let skipped: Int64
    let missed: Int64
    let failed: Int64
    let uncertain: Int64
    let cancelled: Int64
    /// Planned, and still to go out.
    let open: Int64
    let worstLatenessSeconds: Int64?
    /// Such as `email 40, sms 12`.
    let channels: String?
    /// Why the others did not go out, such as `booked_late 3`.
    let reasons: String?

    init(_ row: PostgresRow) throws(PostgresError) {
        tenantID = try row.text("tenant_id")
        step = try row.text("step")
        sent = try row.int("sent")
        skipped = try row.int("skipped")
        missed = try row.int("missed")
        failed = try row.int("failed")
        uncertain = try row.int("uncertain")
        cancelled = try row.int("cancelled")
        open = try row.int("open")
        worstLatenessSeconds = try row.optionalInt("worst_lateness_s")
        channels = try row.optionalText("channels")
        reasons = try row.optionalText("reasons")
    }

    /// The last line: all of them together.
    init(totalOf steps: [StepSummary]) {
        func sum(_ value: (StepSummary) -> Int64) -> Int64 { steps.reduce(0) { $0 + value($1) } }
        (tenantID, step, channels, reasons) = ("total", "", "", "")
        (sent, skipped, missed) = (sum(\.sent), sum(\.skipped), sum(\.missed))
        (failed, uncertain, cancelled, open) = (sum(\.failed), sum(\.uncertain), sum(\.cancelled), sum(\.open))
        worstLatenessSeconds = steps.compactMap(\.worstLatenessSeconds).max()
    }

    var json: JSONValue {
        .object([
            ("tenant", .text(tenantID)), ("step", .text(step)), ("sent", .int(sent)), ("skipped", .int(skipped)),
            ("missed", .int(missed)),
            ("failed", .int(failed)), ("uncertain", .int(uncertain)), ("cancelled", .int(cancelled)), ("open", .int(open)),
            ("worst_lateness_s", .optional(worstLatenessSeconds)), ("sent_by_channel", .optional(channels)),
            ("reasons", .optional(reasons)),
        ])
    }

    /// The table of some steps; a column of rare ends is there when one of them has such an end.
    static func table(of steps: [StepSummary]) -> Table<StepSummary> {
        func rare(_ title: String, _ style: Style, _ count: @escaping (StepSummary) -> Int64) -> [Table<StepSummary>.Column] {
            steps.allSatisfy { count($0) == 0 } ? [] : [.init(title, .right) { Cell(count: count($0), style) }]
        }
        let always: [Table<StepSummary>.Column] = [
            .init("ORGANISATION") { Cell($0.tenantID, $0.step.isEmpty ? .strong : .plain) },
            .init("STEP") { Cell($0.step) },
            .init("SENT", .right) { Cell(count: $0.sent, .good) },
            .init("SKIPPED", .right) { Cell(count: $0.skipped) },
            .init("MISSED", .right) { Cell(count: $0.missed, .warning) },
        ]
        let ends =
            rare("FAILED", .bad, \.failed) + rare("UNCERTAIN", .warning, \.uncertain) + rare("CANCELLED", .plain, \.cancelled)
            + rare("OPEN", .plain, \.open)
        return Table(
            always + ends + [
                .init("WORST LATE", .right) { Cell(optional: Age.text($0.worstLatenessSeconds)) },
                .init("SENT BY") { Cell(optional: $0.channels) },
                .init("NOT SENT BECAUSE") { Cell(optional: $0.reasons) },
            ])
    }
}
