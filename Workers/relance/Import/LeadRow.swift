/// One row of a leads file.
struct LeadRow: ImportRow {
    static let required = ["org", "lead_id", "name", "email", "phone"]

    let line: Int
    let tenantID: String
    let id: String
    let name: String
    let email: String?
    /// As it stands in the file.
    let phone: String?
    let locale: String?
    /// IANA; nil is the organisation's.
    let zone: String?

    init(_ row: inout CSVRow) {
        line = row.line
        tenantID = row.identifier("org")
        id = row.identifier("lead_id")
        name = row.text("name", longest: 200)
        email = row.optionalMailAddress("email")
        phone = row.optionalText("phone", longest: 200)
        locale = row.optionalText("locale", longest: 35)
        zone = row.optionalText("timezone", longest: 64)
    }

    var key: (column: String, tenantID: String, id: String)? { ("lead_id", tenantID, id) }
}
