import Postgres

/// A form's recovery in one week as a list shows it.
struct RecoveryRateLine: Sendable {
    let tenantID: String
    let formID: String
    let formName: String
    let week: String
    let mailed: Int64
    let recovered: Int64
    let heldOut: Int64
    let heldOutSubmitted: Int64
    let isOver: Bool
    let key: String

    init(_ row: PostgresRow) throws(PostgresError) {
        tenantID = try row.text("tenant_id")
        formID = try row.text("form_id")
        formName = try row.text("form_name")
        week = try row.text("week")
        mailed = try row.int("mailed")
        recovered = try row.int("recovered")
        heldOut = try row.int("held_out")
        heldOutSubmitted = try row.int("held_out_submitted")
        isOver = try row.bool("is_over")
        key = try row.text("key")
    }

    /// Tenths of a percent; nil of nothing.
    private static func permille(_ part: Int64, of whole: Int64) -> Int64? {
        whole == 0 ? nil : (part * 2000 / whole + 1) / 2
    }

    private static func percent(_ part: Int64, of whole: Int64) -> String? {
        permille(part, of: whole).map { "\($0 / 10).\($0 % 10) %" }
    }

    var json: JSONValue {
        .object([
            ("tenant", .text(tenantID)), ("form", .text(formID)), ("form_name", .text(formName)), ("week", .text(week)),
            ("mailed", .int(mailed)), ("recovered", .int(recovered)),
            ("rate_permille", .optional(Self.permille(recovered, of: mailed))), ("held_out", .int(heldOut)),
            ("held_out_submitted", .int(heldOutSubmitted)),
            ("held_out_rate_permille", .optional(Self.permille(heldOutSubmitted, of: heldOut))), ("is_over", .bool(isOver)),
        ])
    }

    static var table: Table<RecoveryRateLine> {
        Table([
            .init("WEEK OF") { Cell($0.week) },
            .init("TENANT") { Cell($0.tenantID) },
            .init("FORM") { Cell($0.formName) },
            .init("MAILED", .right) { Cell(count: $0.mailed) },
            .init("CAME BACK", .right) { Cell(count: $0.recovered) },
            .init("RATE", .right) { line in
                let isLow = line.mailed >= 30 && line.recovered * 100 < line.mailed * 15
                return Cell(
                    optional: percent(line.recovered, of: line.mailed), !line.isOver ? .faint : isLow ? .bad : .plain)
            },
            .init("HELD OUT", .right) { Cell(count: $0.heldOut) },
            .init("THEIR RATE", .right) { Cell(optional: percent($0.heldOutSubmitted, of: $0.heldOut)) },
            .init("") { Cell($0.isOver ? "" : "still counting", .faint) },
        ])
    }
}
