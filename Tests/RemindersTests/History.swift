import Postgres
import Primitives
import Reminders
import TestSupport

/// A change that an application makes, at a minute of a test's own calendar.
struct Change: Sendable {
    enum Event: Sendable {
        case book(String, start: Int, closer: String?)
        case move(String, start: Int)
        case status(String, String)
        case assign(String, String?)
        case user(String, isActive: Bool)
        case hire(String)
        case sms(Bool)
        case optIn(String, Bool)
        case enable(String, Bool)
        case offset(String, Int)
        case channels(String, [String])
    }

    let minute: Int
    let event: Event
}

/// What happened in an organisation, in order.
struct History: Sendable {
    /// Minute 0.
    static let origin: Timestamp = "2026-06-10T00:00:00Z"
    let changes: [Change]

    /// The sequence, drawn together so that whole lives of appointments fit into hours; names, offsets, channels.
    static let steps: [(name: String, offset: Int, channels: [String])] = [
        ("T+0", 0, ["email"]), ("T+10", 15, ["whatsapp"]), ("J-1", -180, ["email"]), ("H-1", -60, ["email", "sms"]),
        ("T-0", 0, ["in_app", "email", "whatsapp"]), ("moved", 0, ["email"]), ("cancelled", 0, ["email"]),
    ]

    /// A random history.
    ///
    /// - Parameters:
    ///   - length: in minutes.
    ///   - grid: every change, start and offset is a multiple of so many minutes.
    init(seed: UInt64, length: Int, grid: Int, changes count: Int = 40) {
        var random = SplitMix(state: seed)
        func minute(_ range: Range<Int>) -> Int {
            Int.random(in: range.lowerBound / grid..<range.upperBound / grid, using: &random) * grid
        }
        func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: 0..<choices.count, using: &random)] }
        var booked: [String] = []
        var hired = 0
        let minutes = (0..<count).map { _ in minute(0..<length) }.sorted()
        var changes: [Change] = []
        for now in minutes {
            let start = { minute(now - 2 * grid..<now + length / 2) }
            let event: Change.Event
            switch booked.isEmpty ? 0 : Int.random(in: 0..<20, using: &random) {
            case 0..<6:
                booked.append("a\(booked.count + 1)")
                event = .book(booked[booked.count - 1], start: start(), closer: pick(["c1", "c1", "c2", nil]))
            case 6..<9: event = .move(pick(booked), start: start())
            case 9..<13:
                event = .status(pick(booked), pick(["CANCELLED", "SCHEDULED", "SCHEDULED", "CONFIRMED", "COMPLETED", "NO_SHOW"]))
            case 13: event = .assign(pick(booked), pick(["c1", "c2", nil]))
            case 14: event = .user(pick(["c1", "c2"]), isActive: pick([true, true, false]))
            case 15:
                hired += 1
                event = .hire("m\(hired)")
            case 16: event = .sms(pick([true, false]))
            case 17: event = .optIn(pick(["c1", "c2"]), pick([true, false]))
            case 18: event = .enable(pick(Self.steps).name, pick([true, true, false]))
            default:
                event = pick([
                    .offset("J-1", pick([-150, -180, -240])), .offset("H-1", pick([-30, -60, -90])),
                    .offset("T+10", pick([0, 15, 30])),
                    .channels("H-1", pick([["email"], ["email", "sms"], ["sms"]])),
                    .channels("J-1", pick([["email"], ["sms", "email"]])),
                ])
            }
            changes.append(Change(minute: now, event: event))
        }
        self.changes = changes
    }
}

extension Agenda {
    /// An organisation whose sequence is `History.steps`.
    static func forHistory() async throws -> Agenda {
        let agenda = try await Agenda(installed: "2026-06-01T00:00:00Z")
        for step in History.steps {
            try await agenda.write(
                at: "2026-06-01T00:00:00Z", "update reminder_steps set offset_min = $2::integer where step = $1",
                [.text(step.name), .int(step.offset)])
        }
        return agenda
    }

    /// Makes a change as an application would.
    func apply(_ change: Change) async throws {
        let instant = History.origin.minutes(change.minute)
        func run(_ sql: String, _ values: PostgresValue...) async throws { try await write(at: instant, sql, values) }
        switch change.event {
        case .book(let id, let start, let closer):
            try await book(id, at: instant, start: History.origin.minutes(start), closer: closer)
        case .move(let id, let start): try await move(id, at: instant, to: History.origin.minutes(start))
        case .status(let id, let status): try await set(id, at: instant, status: status)
        case .assign(let id, let closer): try await assign(id, at: instant, to: closer)
        case .user(let id, let isActive):
            try await run("update users set is_active = $2 where id = $1", .text(id), .bool(isActive))
        case .hire(let id):
            try await run("insert into users (tenant_id, id, name, role) values ('acme', $1, $1, 'MANAGER')", .text(id))
        case .sms(let isOn): try await run("update organization_settings set sms_enabled = $1", .bool(isOn))
        case .optIn(let id, let isOn):
            try await run(
                """
                insert into closer_settings (tenant_id, user_id, whatsapp_opt_in) values ('acme', $1, $2)
                on conflict (tenant_id, user_id) do update set whatsapp_opt_in = excluded.whatsapp_opt_in
                """, .text(id), .bool(isOn))
        case .enable(let step, let isOn):
            try await run("update reminder_steps set is_enabled = $2 where step = $1", .text(step), .bool(isOn))
        case .offset(let step, let offset):
            try await run("update reminder_steps set offset_min = $2::integer where step = $1", .text(step), .int(offset))
        case .channels(let step, let channels):
            try await run("update reminder_steps set channels = $2::text[] where step = $1", .text(step), .texts(channels))
        }
    }

    /// One tick at a minute of the history's calendar.
    @discardableResult
    func plan(atMinute minute: Int) async throws -> Int {
        let report = try await plan(at: History.origin.minutes(minute))
        return report.planned + report.skipped + report.missed
    }

    /// The whole ledger: key, state, reason.
    func keys() async throws -> [String] {
        try await database.rows("select concat_ws(' ', dedupe_key, state, reason) from relance.deliveries").map { $0[0] }.sorted()
    }
}
