import Postgres

/// An operator's word on a message whose outcome is unknown: decided from facts that were read under locks.
struct DeliveryResolution: Sendable {
    /// What the operator found out.
    enum Finding: String, Sendable, CaseIterable {
        /// It reached the provider.
        case sent
        /// It did not.
        case failed
    }

    /// What is known of the message.
    struct Facts: Sendable {
        let id: Int64
        /// Nil where there is no such message.
        let state: String?
        let reason: String?
        let provider: String?
        /// The furthest that the provider has reported.
        let reported: String?
        let isExpired: Bool

        init(_ row: PostgresRow) throws(PostgresError) {
            id = try row.int("id")
            state = try row.optionalText("state")
            reason = try row.optionalText("reason")
            provider = try row.optionalText("provider")
            reported = try row.optionalText("reported")
            isExpired = try row.bool("is_expired")
        }
    }

    /// Why a message is not resolved; nil where it may be. What the provider has said meanwhile stands.
    static func refusal(_ facts: Facts) -> String? {
        let explain = "See `relance deliveries explain \(facts.id)`."
        switch facts.state {
        case "uncertain": return nil
        case nil: return "there is no message \(facts.id). `relance deliveries list --state uncertain` shows those to resolve."
        case "sending": return "message \(facts.id) is in hand: its provider is still being asked. \(explain)"
        case "sent", "delivered":
            let word = facts.reported ?? facts.state ?? ""
            return "message \(facts.id) is not uncertain: \(facts.provider ?? "the provider") says \(word). \(explain)"
        case let state?:
            let reason = facts.reason.map { " (\($0))" } ?? ""
            return "message \(facts.id) is \(state)\(reason), not uncertain: nothing to resolve. \(explain)"
        }
    }

    /// What came of a batch.
    struct Outcome: Sendable {
        var resolved: [Int64] = []
        /// A sentence each.
        var refused: [(id: Int64, why: String)] = []
        /// Of those that failed, the ones that may be sent again.
        var retriable: [Int64] = []
        /// The SMS that now stand in for failed WhatsApp messages.
        var fallbacks: [(id: Int64, fallback: Int64)] = []

        static func + (left: Outcome, right: Outcome) -> Outcome {
            Outcome(
                resolved: left.resolved + right.resolved, refused: left.refused + right.refused,
                retriable: left.retriable + right.retriable, fallbacks: left.fallbacks + right.fallbacks)
        }
    }

    /// Locks messages, resolves those that are uncertain, and writes it down, within the session's transaction.
    static func perform(
        _ ids: [Int64], as finding: Finding, _ action: OperatorAction, _ session: PostgresSession
    ) throws(PostgresError) -> Outcome {
        let facts = try session.query(.lockUncertain, [.ints(ids)]).map(Facts.init)
        var outcome = Outcome()
        for fact in facts {
            if let why = refusal(fact) { outcome.refused.append((fact.id, why)) } else { outcome.resolved.append(fact.id) }
        }
        if outcome.resolved.isEmpty { return outcome }
        try session.query(.resolveDeliveries, [.ints(outcome.resolved), .text(finding.rawValue)])
        let resolved = Set(outcome.resolved)
        try action.record(
            facts.filter { resolved.contains($0.id) }.map { fact in
                (
                    "delivery:\(fact.id)",
                    .object([
                        ("as", .text(finding.rawValue)), ("was", .optional(fact.reason)), ("provider", .optional(fact.provider)),
                    ])
                )
            }, session)
        if finding == .failed {
            outcome.fallbacks = try session.query(.readFallbacks, [.ints(outcome.resolved)]).map { row throws(PostgresError) in
                (try row.int("id"), try row.int("fallback_id"))
            }
            let replaced = Set(outcome.fallbacks.map(\.id))
            outcome.retriable = facts.filter { resolved.contains($0.id) && !$0.isExpired && !replaced.contains($0.id) }.map(\.id)
        }
        return outcome
    }
}

extension SQLStatement {
    fileprivate static let lockUncertain = SQLStatement(embedded: PackageResources.lock_uncertain_sql)
    fileprivate static let resolveDeliveries = SQLStatement(embedded: PackageResources.resolve_deliveries_sql)
    /// The SMS that stand in for WhatsApp messages.
    static let readFallbacks = SQLStatement(embedded: PackageResources.read_fallbacks_sql)
}
