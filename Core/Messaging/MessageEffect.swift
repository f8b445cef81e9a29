public import Postgres
import Queue

/// What an outcome writes to the ledger, in the commit that settles its job.
enum MessageEffect: Sendable, Equatable {
    /// An answer to an attempt.
    case answered(Answered)
    /// The recipient must not be written to again; goes with an `answered`.
    case suppressed(Suppression)
    /// Operators must know.
    case alert(Alert)
    /// What operators were told is over.
    case over(fingerprint: String)
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
        var snippet: String?
    }

    struct Suppression: Sendable, Equatable {
        let tenant: String
        let channel: MessageChannel
        /// Hex.
        let addressHash: String
        let reason: String
        /// What operators see of the address.
        let masked: String?
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
        var suppressed: [Suppression] = []
        var over: [String] = []
        var alerts: [Alert] = []
        for effect in effects.flatMap(\.flattened) {
            switch effect {
            case .answered(let answer): answered.append(answer)
            case .suppressed(let suppression): suppressed.append(suppression)
            case .over(let fingerprint): over.append(fingerprint)
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
                        .texts(suppressed.map(\.addressHash)), .texts(suppressed.map { _ in "all" }),
                        .texts(suppressed.map(\.reason)), .texts(suppressed.map(\.masked)),
                    ]
                ))
        }
        if !alerts.isEmpty { statements.append(raise(alerts)) }
        if !over.isEmpty { statements.append((.resolveAlerts, [.texts(over)])) }
        return statements
    }

    private static func close(_ answers: [Answered]) -> JobQueue.Bound {
        (
            .closeAttempts,
            [
                .texts(answers.map(\.attemptID)), .texts(answers.map(\.outcome)), .texts(answers.map(\.code)),
                .texts(answers.map(\.message)), .texts(answers.map(\.providerID)), .texts(answers.map(\.state)),
                .texts(answers.map(\.reason)), .texts(answers.map(\.snippet)), .ints(answers.map(\.job.id)),
                .ints(answers.map(\.job.lease)),
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
    static let resolveAlerts = SQLStatement(embedded: PackageResources.resolve_alerts_sql)
    static let lockRecipients = SQLStatement(embedded: PackageResources.lock_recipients_sql)
    static let readWindows = SQLStatement(embedded: PackageResources.read_windows_sql)
    static let lockFoundMessage = SQLStatement(embedded: PackageResources.lock_found_message_sql)
    static let takeFoundMessage = SQLStatement(embedded: PackageResources.take_found_message_sql)
    static let readKnownIDs = SQLStatement(embedded: PackageResources.read_known_ids_sql)
    static let loadProviderAccounts = SQLStatement(embedded: PackageResources.load_provider_accounts_sql)
    static let raiseAlerts = SQLStatement(embedded: PackageResources.raise_alerts_sql)
    /// Takes request bodies out of old attempts; for the planner's tick.
    public static let purgeRequests = SQLStatement(embedded: PackageResources.purge_requests_sql)
}
