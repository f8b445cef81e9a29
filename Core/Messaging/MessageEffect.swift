public import Postgres
import Queue

/// What an outcome writes to the ledger, in the commit that settles its job.
enum MessageEffect: Sendable, Equatable {
    /// An answer to an attempt.
    case answered(Answered)
    /// The recipient must not be written to again; goes with an `answered`.
    case suppressed(tenant: String, channel: MessageChannel, addressHash: String, reason: String)
    /// Operators must know.
    case alert(Alert)
    /// Several of them.
    indirect case all([MessageEffect])

    struct Answered: Sendable, Equatable {
        let attemptID: String
        /// The job under whose claim the answer was awaited.
        let job: ClaimedJob
        /// `accepted`, `refused`, `unknown`, `not_sent`; nil leaves the attempt open and counts the question.
        let outcome: String?
        var code: String?
        var message: String?
        var providerID: String?
        /// New state of the delivery.
        let state: String
        var reason: String?
        var costMicroeuros: Int64 = 0
        var snippet: String?
    }

    struct Alert: Sendable, Equatable {
        let fingerprint: String
        let tenant: String?
        let kind: String
        let severity: String
        let message: String
        /// JSON object.
        var detail = "{}"
    }

    private var flattened: [MessageEffect] {
        if case .all(let effects) = self { effects.flatMap(\.flattened) } else { [self] }
    }

    /// The statements for a batch of effects: one for each sort that is present.
    static func statements(_ effects: [MessageEffect]) -> [JobQueue.Bound] {
        var answered: [Answered] = []
        var suppressed: [(tenant: String, channel: MessageChannel, addressHash: String, reason: String)] = []
        var alerts: [Alert] = []
        for effect in effects.flatMap(\.flattened) {
            switch effect {
            case .answered(let answer): answered.append(answer)
            case .suppressed(let tenant, let channel, let hash, let reason): suppressed.append((tenant, channel, hash, reason))
            case .alert(let alert): alerts.append(alert)
            case .all: break
            }
        }
        var statements: [JobQueue.Bound] = []
        if !answered.isEmpty { statements.append(close(answered)) }
        if !suppressed.isEmpty {
            statements.append(
                (
                    .suppressAddresses,
                    [
                        .texts(suppressed.map(\.tenant)), .texts(suppressed.map(\.channel.rawValue)),
                        .texts(suppressed.map(\.addressHash)), .texts(suppressed.map { _ in "all" }), .texts(suppressed.map(\.reason)),
                    ]
                ))
        }
        if !alerts.isEmpty { statements.append(raise(alerts)) }
        return statements
    }

    private static func close(_ answers: [Answered]) -> JobQueue.Bound {
        (
            .closeAttempts,
            [
                .texts(answers.map(\.attemptID)), .texts(answers.map(\.outcome)), .texts(answers.map(\.code)),
                .texts(answers.map(\.message)), .texts(answers.map(\.providerID)), .texts(answers.map(\.state)),
                .texts(answers.map(\.reason)), .ints(answers.map(\.costMicroeuros)), .texts(answers.map(\.snippet)), .ints(answers.map(\.job.id)), .ints(answers.map(\.job.lease)),
            ]
        )
    }

    private static func raise(_ alerts: [Alert]) -> JobQueue.Bound {
        (
            .raiseAlerts,
            [
                .texts(alerts.map(\.fingerprint)), .texts(alerts.map(\.tenant)), .texts(alerts.map(\.kind)),
                .texts(alerts.map(\.severity)), .texts(alerts.map(\.message)), .texts(alerts.map(\.detail)),
            ]
        )
    }
}

extension SQLStatement {
    /// For the transaction: to weigh every order of ten tables costs the server more than to read a batch of messages.
    static let joinAsWritten = SQLStatement(
        unsafe: "select set_config('join_collapse_limit', '1', true)", name: "join_as_written")
    static let loadDeliveries = SQLStatement(embedded: PackageResources.load_deliveries_sql)
    static let openAttempts = SQLStatement(embedded: PackageResources.open_attempts_sql)
    static let postNotices = SQLStatement(embedded: PackageResources.post_notices_sql)
    static let closeAttempts = SQLStatement(embedded: PackageResources.close_attempts_sql)
    static let endDeliveries = SQLStatement(embedded: PackageResources.end_deliveries_sql)
    static let recallSends = SQLStatement(embedded: PackageResources.recall_sends_sql)
    static let resumeAttempts = SQLStatement(embedded: PackageResources.resume_attempts_sql)
    static let suppressAddresses = SQLStatement(embedded: PackageResources.suppress_addresses_sql)
    static let raiseAlerts = SQLStatement(embedded: PackageResources.raise_alerts_sql)
    /// Takes request bodies out of old attempts; for the planner's tick.
    public static let purgeRequests = SQLStatement(embedded: PackageResources.purge_requests_sql)
}
