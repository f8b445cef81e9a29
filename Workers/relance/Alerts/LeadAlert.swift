import Postgres
import Primitives
import Runtime

/// One alert with what its lead can be reached by.
struct LeadAlert: Sendable {
    let tenantID: String
    let id: String
    let leadID: String
    let leadName: String?
    let type: String
    let severity: String
    let message: String
    let label: String?
    let action: String?
    let template: String?
    let anchorAt: Timestamp
    let createdAt: Timestamp
    let resolvedAt: Timestamp?
    let resolvedBy: String?
    let resolvedReason: String?
    let resolvedActor: String?
    let isKnown: Bool
    let hasEmail: Bool
    let hasPhone: Bool
    let consent: String
    let requiresConsent: Bool
    let hasSMS: Bool
    let isBeyond: Bool
    let deliveryID: Int64?
    let deliveryState: String?

    /// Reads it, and locks it until the transaction ends.
    static func find(_ id: String, tenant: String?, _ session: PostgresSession) throws -> LeadAlert {
        let rows = try session.query(.showLeadAlert, [.text(id), .optional(tenant)])
        guard let row = rows.first else {
            throw CommandError("there is no alert \(id); `relance alerts list --all` shows which there are.")
        }
        if rows.count > 1 {
            throw CommandError("several organisations have an alert \(id): say which with --tenant.", exit: .usage)
        }
        return try LeadAlert(row)
    }

    private init(_ row: PostgresRow) throws(PostgresError) {
        tenantID = try row.text("tenant_id")
        id = try row.text("id")
        leadID = try row.text("lead_id")
        leadName = try row.optionalText("lead_name")
        type = try row.text("type")
        severity = try row.text("severity")
        message = try row.text("message")
        label = try row.optionalText("label")
        action = try row.optionalText("action")
        template = try row.optionalText("template")
        anchorAt = try row.timestamp("anchor_at")
        createdAt = try row.timestamp("created_at")
        resolvedAt = try row.optionalTimestamp("resolved_at")
        resolvedBy = try row.optionalText("resolved_by")
        resolvedReason = try row.optionalText("resolved_reason")
        resolvedActor = try row.optionalText("resolved_actor")
        isKnown = try row.bool("is_known")
        hasEmail = try row.bool("has_email")
        hasPhone = try row.bool("has_phone")
        consent = try row.text("consent")
        requiresConsent = try row.bool("requires_consent")
        hasSMS = try row.bool("has_sms")
        isBeyond = try row.bool("is_beyond")
        deliveryID = try row.optionalInt("delivery_id")
        deliveryState = try row.optionalText("delivery_state")
    }

    /// Why nothing can be sent over it on a channel; nil where something can.
    func refusal(on channel: String) -> String? {
        if let by = resolvedBy { return "the alert is resolved already, by \(by)." }
        if !isKnown { return "lead \(leadID) is not known here, so there is no address to write to." }
        if isBeyond { return "lead \(leadID) is closed, blacklisted or erased." }
        if consent == "denied" { return "lead \(leadID) has refused such messages." }
        if requiresConsent, consent != "granted" { return "lead \(leadID) has not consented to such messages." }
        if channel == "email", !hasEmail { return "lead \(leadID) has no mail address; try --channel sms or whatsapp." }
        if channel != "email", !hasPhone { return "lead \(leadID) has no telephone number; try --channel email." }
        if channel == "sms", !hasSMS { return "the organisation has SMS switched off." }
        return nil
    }

    /// What a program reads.
    var json: JSONValue {
        .object([
            ("tenant_id", .text(tenantID)), ("id", .text(id)), ("lead_id", .text(leadID)), ("lead_name", .optional(leadName)),
            ("type", .text(type)), ("severity", .text(severity)), ("message", .text(message)), ("label", .optional(label)),
            ("action", .optional(action)), ("template", .optional(template)), ("anchor_at", .optional(anchorAt)),
            ("created_at", .optional(createdAt)), ("resolved_at", .optional(resolvedAt)), ("resolved_by", .optional(resolvedBy)),
            ("resolved_reason", .optional(resolvedReason)), ("resolved_actor", .optional(resolvedActor)),
            ("delivery_id", .optional(deliveryID)), ("delivery_state", .optional(deliveryState)),
        ])
    }
}

extension SQLStatement {
    fileprivate static let showLeadAlert = SQLStatement(embedded: PackageResources.show_lead_alert_sql)
}
