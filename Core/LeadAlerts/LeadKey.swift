import Postgres

/// A lead, and a place in the order of all leads.
struct LeadKey: Sendable, Hashable {
    let tenantID: String
    let leadID: String

    /// Before all.
    static let start = LeadKey(tenantID: "", leadID: "")
}

/// A stretch of leads to be looked at, page by page.
struct LeadRange: Sendable {
    /// The page begins after it.
    var after = LeadKey.start
    /// The last one; nil goes on to the end.
    var through: LeadKey?
    /// Only of this tenant.
    var tenantID: String?

    /// The parameters of `page_of_leads.sql`.
    func values(limit: Int) -> [PostgresValue] {
        [
            .text(after.tenantID), .text(after.leadID), .optional(through?.tenantID), .optional(through?.leadID),
            .optional(tenantID), .int(limit),
        ]
    }

    /// The parameters of `given_leads.sql`, which has as many.
    static func values(of leads: [LeadKey]) -> [PostgresValue] {
        [.texts(leads.map(\.tenantID)), .texts(leads.map(\.leadID)), nil, nil, nil, .int(1)]
    }
}
