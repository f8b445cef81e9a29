import Messaging
import Postgres
import Runtime

/// What may be paused and resumed (D-92).
enum Pause: Sendable {
    /// All sending.
    case everywhere
    /// One organisation's.
    case organization(String)
    /// One queue's jobs.
    case queue(String)

    /// Stops it, and writes it down.
    ///
    /// - Returns: whether it had been paused already.
    func begin(_ action: OperatorAction, _ session: PostgresSession) throws -> Bool {
        let row: PostgresRow?
        switch self {
        case .everywhere: row = try session.query(.pauseEverywhere, [.optional(action.reason)]).first
        case .organization(let id): row = try session.query(.pauseOrganization, [.text(id)]).first
        case .queue(let name):
            try Self.check(name, session)
            row = try session.query(
                .pauseQueue, [.text(name), .text(action.operatorName), .optional(action.reason)]
            ).first
        }
        guard let row else { throw Tenant.unknown(tenant ?? "") }
        try action.record([(target, .object([]))], session)
        return try row.bool("was_paused")
    }

    /// Lets it go on, and writes it down.
    ///
    /// - Returns: whether it had been paused.
    func end(_ action: OperatorAction, _ session: PostgresSession) throws -> Bool {
        let wasPaused: Bool
        switch self {
        case .everywhere: wasPaused = try session.query(.resumeEverywhere).single().bool("was_paused")
        case .organization(let id):
            guard let row = try session.query(.resumeOrganization, [.text(id)]).first else { throw Tenant.unknown(id) }
            wasPaused = try row.bool("was_paused")
        case .queue(let name):
            wasPaused = try session.query(.resumeQueue, [.text(name)]).first != nil
            if !wasPaused { try Self.check(name, session) }
        }
        if wasPaused { try action.record([(target, .object([]))], session) }
        return wasPaused
    }

    /// A queue that nobody knows is a slip of the finger: to pause it would stop nothing, at the worst of times.
    private static func check(_ queue: String, _ session: PostgresSession) throws {
        let names = try session.query(.readQueueNames).map { row throws(PostgresError) in try row.text("name") }
        let known = Set(names + [MessageChannel.queue])
        if !known.contains(queue) {
            throw CommandError(
                "there is no queue \(queue.debugDescription): nothing would be stopped. There are: \(known.sorted().joined(separator: ", "))."
            )
        }
    }

    private var tenant: String? { if case .organization(let id) = self { id } else { nil } }

    /// For the audit.
    private var target: String {
        switch self {
        case .everywhere: "sending"
        case .organization(let id): "organisation:\(id)"
        case .queue(let name): "queue:\(name)"
        }
    }

    /// For scripts.
    var json: [(String, JSONValue)] {
        switch self {
        case .everywhere: [("scope", .text("everywhere")), ("name", .null)]
        case .organization(let id): [("scope", .text("organisation")), ("name", .text(id))]
        case .queue(let name): [("scope", .text("queue")), ("name", .text(name))]
        }
    }

    /// Messages that wait behind it: all, and those that expire within the hour.
    func waiting(_ session: PostgresSession) throws(PostgresError) -> (all: Int64, expiring: Int64) {
        let row = try session.query(.countWaiting, [.optional(tenant)]).single()
        return (try row.int("waiting"), try row.int("expiring"))
    }
}

extension SQLStatement {
    fileprivate static let pauseEverywhere = SQLStatement(embedded: PackageResources.pause_everywhere_sql)
    fileprivate static let resumeEverywhere = SQLStatement(embedded: PackageResources.resume_everywhere_sql)
    fileprivate static let pauseOrganization = SQLStatement(embedded: PackageResources.pause_organization_sql)
    fileprivate static let resumeOrganization = SQLStatement(embedded: PackageResources.resume_organization_sql)
    fileprivate static let pauseQueue = SQLStatement(embedded: PackageResources.pause_queue_sql)
    fileprivate static let resumeQueue = SQLStatement(embedded: PackageResources.resume_queue_sql)
    fileprivate static let readQueueNames = SQLStatement(embedded: PackageResources.read_queue_names_sql)
    fileprivate static let countWaiting = SQLStatement(embedded: PackageResources.count_waiting_sql)
}
