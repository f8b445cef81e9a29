/// What a row of a bookings file says of the organisation and the closer.
struct OrganizationRow: ImportRow {
    static let required = ["org", "timezone", "closer_id"]

    let line: Int
    let tenantID: String
    /// IANA, not yet looked up.
    let zone: String
    let closer: Closer

    /// Who takes the call.
    struct Closer: Sendable {
        let id: String
        let name: String?
        let email: String?
        let phone: String?
    }

    init(_ row: inout CSVRow) {
        line = row.line
        tenantID = row.identifier("org")
        zone = row.text("timezone", longest: 64)
        closer = Closer(
            id: row.identifier("closer_id"), name: row.optionalText("closer_name", longest: 200),
            email: row.optionalMailAddress("closer_email"), phone: row.optionalText("closer_phone", longest: 64))
    }

    /// One organisation stands on many rows.
    var key: (column: String, tenantID: String, id: String)? { nil }
}
