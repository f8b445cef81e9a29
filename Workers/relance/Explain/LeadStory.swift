private import FoundationEssentials
import LeadAlerts
import Postgres

/// All that is known of one lead's alerts, read back from the database's JSON.
struct LeadStory: Sendable {
    /// Who it is, without a name.
    struct Lead: Decodable, Sendable {
        /// The entry that keeps it from being written to.
        struct Entry: Decodable, Sendable {
            let since, source, by: String
            let until, reason: String?
        }

        let id, tenant: String
        let isKnown: Bool
        /// Masked.
        let email, phone: String?
        let status, consent, createdAt, erasedAt: String?
        /// Why no rule is asked: `no_thresholds`, `erased`, a status in small letters, `blacklisted`; nil where they are.
        let leftAlone: String?
        let blacklisted: Entry?
    }

    /// What the rules go by.
    struct Known: Decodable, Sendable {
        /// The last one in one direction.
        struct Contact: Decodable, Sendable {
            let at, channel: String
        }

        /// What is no contact: sent by the fleet itself, or failed.
        struct NotCounted: Decodable, Sendable {
            let count: Int64
            let lastAt: String?
        }

        /// Those that are neither won, lost nor closed.
        struct Deals: Decodable, Sendable {
            let count: Int64
            let largestCents: Int64?
        }

        let lastInbound, lastOutbound: Contact?
        let lastContactAt: String?
        let notCounted: NotCounted
        /// How many a channel, as far back as PreferredChannel looks.
        let recentInbound: [String: Int64]
        let openDeals: Deals
    }

    /// The organisation's row of `alert_thresholds`; spans in seconds.
    struct Thresholds: Decodable, Sendable {
        let noContactAfterS, noReplyAfterS, staleAfterS, highValueAfterS, highValueCents, hotLeadInbound, hotLeadWithinS,
            preferredInbound, preferredPercent, preferredWithinS: Int64
    }

    /// How far alert-generator has come.
    struct Generator: Decodable, Sendable {
        let now, evaluatedAt: String
        let isBehind, isMarked: Bool
    }

    /// What the definition of the rules says of one, now and later if nothing happens.
    struct Rule: Decodable, Sendable {
        let type, severity: String
        let holds: Bool
        let anchorAt, mutedBy: String?
        /// Language, channel, days or count, and the rule's own three words, as `max_alerts.facts`.
        let facts: [String?]?
        /// When it begins to hold, and which other one keeps it quiet then.
        let dueAt, dueMutedBy: String?
        /// When it ceases to hold.
        let endsAt: String?
        /// When another one begins to keep it quiet, and which.
        let givesWayAt, givesWayTo: String?
    }

    /// One that stands, or has stood.
    struct Alert: Decodable, Sendable {
        /// What somebody sent over it.
        struct Message: Decodable, Sendable {
            let id: Int64
            let channel, state, plannedAt: String
            let reason, sentAt: String?
        }

        let id, type, severity, message, anchorAt, createdAt: String
        let resolvedAt, resolvedBy, resolvedActor, resolvedReason: String?
        /// Whether what it suggests is a message.
        let sends: Bool
        let messages: [Message]
    }

    let lead: Lead
    let known: Known
    let thresholds: Thresholds?
    let generator: Generator
    /// In the order of the help.
    let rules: [Rule]
    /// Standing ones first, then the latest that have ended.
    let alerts: [Alert]
    /// The parts as the database told them.
    let parts: [(String, JSONValue)]
    /// What the next look does to its alerts, by type: `raise`, `retell`, `renew`, `supersede`, `resolve`.
    var verbs: [String: String] = [:]

    /// - Throws: when the database answered with something else.
    init(_ row: PostgresRow) throws {
        func part<Value: Decodable>(_ name: String) throws -> Value {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Value.self, from: Data((try row.optionalText(name) ?? "null").utf8))
        }
        lead = try part("lead")
        known = try part("known")
        thresholds = try part("thresholds")
        generator = try part("generator")
        let order = AlertFlags.types
        let told: [Rule] = try part("rules")
        rules = told.sorted { (order.firstIndex(of: $0.type) ?? order.count) < (order.firstIndex(of: $1.type) ?? order.count) }
        alerts = try part("alerts")
        parts = try ["lead", "known", "thresholds", "generator", "rules", "alerts"].map { name throws(PostgresError) in
            (name, try row.optionalText(name).map { .raw($0) } ?? .null)
        }
    }

    /// What a program reads.
    var json: JSONValue {
        let states = rules.map { rule in
            let state = state(of: rule)
            return (rule.type, JSONValue.object([("state", .text(state.word)), ("text", .text(state.sentence))]))
        }
        return .object(parts + [("states", .object(states)), ("next", .array(nextSteps.map(\.json)))])
    }

    /// The alert of a rule that stands.
    func openAlert(of rule: Rule) -> Alert? { alerts.first { $0.type == rule.type && $0.resolvedAt == nil } }

    /// The alert that somebody resolved by hand for what the rule goes by now (D-31).
    func resolvedByHand(_ rule: Rule) -> Alert? {
        alerts.first { $0.type == rule.type && $0.resolvedBy == "user_manual" && $0.anchorAt == rule.anchorAt }
    }
}
