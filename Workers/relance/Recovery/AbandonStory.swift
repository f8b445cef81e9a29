private import FoundationEssentials
import Postgres

/// All that is known of one abandoned visit, read back from the database's JSON.
struct AbandonStory: Sendable {
    /// Its row, and the organisation's settings.
    struct Abandon: Decodable, Sendable {
        let id, tenant, form, formName, formStatus, consent, capturedAt, lastActivityAt, stopAt, closesAt: String
        let email, timezone, mailedAt, sequenceAt, endedAt, endedReason, submission, recoveredAt, lead, activatedAt: String?
        let isHeldOut: Bool?
        let isEnabled: Bool
        let holdoutPercent: Int64?
    }

    /// One of the three steps.
    struct Step: Decodable, Sendable {
        /// What the ledger has of it.
        struct Message: Decodable, Sendable {
            let id: Int64
            let state, dueAt: String
            let reason, sentAt, deferredBy: String?
        }

        let step, dueAt: String
        let isBeforeActivation: Bool?
        let isDue: Bool
        let messages: [Message]
    }

    /// What a tick would make of it at this moment.
    struct Now: Decodable, Sendable {
        let verdict, exitReason, quietUntil, step, lookAt: String?
        let isMarked: Bool
        /// Whether it was asked if the address is suppressed.
        let knowsSuppressions: Bool
    }

    let abandon: Abandon
    let steps: [Step]
    let now: Now
    /// The parts as the database told them.
    let json: [(String, JSONValue)]

    /// - Throws: when the database answered with something else.
    init(_ row: PostgresRow) throws {
        let parts = try ["abandon", "steps", "now"].map { name throws(PostgresError) in (name, try row.text(name)) }
        abandon = try Self.decode(parts[0].1)
        steps = try Self.decode(parts[1].1)
        now = try Self.decode(parts[2].1)
        json = parts.map { ($0.0, .raw($0.1)) }
    }

    private static func decode<Value: Decodable>(_ text: String) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Value.self, from: Data(text.utf8))
    }

    /// What comes next, in a sentence.
    var next: String {
        if let reason = abandon.endedReason { return "nothing: the sequence has ended (\(CodeWords.explained(reason)))" }
        if let reason = now.exitReason { return "the next look ends the sequence: \(CodeWords.explained(reason))" }
        let look =
            now.isMarked
            ? "at the next tick" : now.lookAt.map { "at \(Instant.text($0))" } ?? "never: relance has no pointer to it"
        switch now.verdict {
        case "due": return "the mail of \(now.step ?? "a step") is planned \(look)\(unless)"
        case "wait":
            return
                "\(now.step ?? "a step") waits until \(now.quietUntil.map(Instant.text) ?? "–"), twelve hours after the last mail"
        case "in_flight": return "a mail is planned; what becomes of it decides"
        case "hold_out": return "it belongs to the hold-out group: no mail"
        default: return "it is looked at again \(look)\(unless)"
        }
    }

    private var unless: String {
        now.knowsSuppressions
            ? "" : ", unless the address is suppressed, which was not asked: set ADDRESS_HASH_KEY as the workers have it"
    }
}
