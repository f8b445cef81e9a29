private import Glibc
private import Primitives
private import Synchronization

/// A place where a crash test may strike: every commit boundary and external call has one.
public enum Failpoint: String, Sendable, CaseIterable {
    /// The lease is ours; nothing is planned yet.
    case leaderAcquired = "leader.acquired"
    /// Due rows are locked in an open transaction.
    case planPicked = "plan.picked"
    /// The plan is written in an open transaction.
    case planWritten = "plan.written"
    /// The plan is committed.
    case planCommitted = "plan.committed"
    /// Jobs are ours; nothing is performed yet.
    case jobsClaimed = "jobs.claimed"
    /// Messages are rendered; no send is claimed yet.
    case messageComposed = "message.composed"
    /// Attempts are committed; no byte has left.
    case attemptOpened = "attempt.opened"
    /// A provider has answered; nothing is recorded yet.
    case requestAnswered = "request.answered"
    ///

    /// Outcomes are committed.
    case jobsSettled = "jobs.settled"
    /// Leases are about to be renewed.
    case leaseRenewal = "lease.renewal"
}

/// What is to happen at which failpoint, read from `RELANCE_FAILPOINTS`.
///
/// Form: `name=action[@n][~text]` separated by `;` — action `kill` (SIGKILL to ourselves), `stop` (SIGSTOP),
/// `stall:500ms` (blocks, an hour at most), `fail` (throws `FailpointError`); `@n` strikes at the n-th time only, otherwise every time;
/// `~text` strikes only where what is at hand (a ledger key, a provider) contains the text. Nothing happens until `arm()`, which the program calls after the database has said that it is a development instance (D-91).
public final class Failpoints: Sendable {
    enum Action: Sendable, Equatable { case kill, stop, stall(Duration), fail }
    struct Strike: Sendable, Equatable { var action: Action, at: Int?, about: String? }

    private let strikes: [Failpoint: Strike]
    private let counts = Mutex<[Failpoint: Int]>([:])
    private let armed = Atomic(false)

    private init() { strikes = [:] }

    /// - Throws: `ConfigurationError` when the text names what does not exist.
    public init(_ text: String?) throws(ConfigurationError) {
        var strikes: [Failpoint: Strike] = [:]
        var faults: [String] = []
        for entry in (text ?? "").split(separator: ";") {
            let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let point = Failpoint(rawValue: parts[0]), let strike = Self.strike(parts[1]) else {
                let names = Failpoint.allCases.map(\.rawValue).joined(separator: ", ")
                faults.append(
                    "RELANCE_FAILPOINTS: \(entry) is not name=kill|stop|stall:500ms|fail[@n][~text] with a name of \(names)")
                continue
            }
            strikes[point] = strike
        }
        if !faults.isEmpty { throw ConfigurationError(faults: faults) }
        self.strikes = strikes
    }

    /// No failpoints.
    public static let none = Failpoints()

    /// Whether any is configured.
    public var isEmpty: Bool { strikes.isEmpty }

    /// From now on they strike.
    public func arm() { armed.store(true, ordering: .relaxed) }

    /// How often a point that has a strike was reached by what its strike is about.
    public func count(of point: Failpoint) -> Int { counts.withLock { $0[point, default: 0] } }

    /// Passes, or strikes.
    ///
    /// - Parameter subject: what is at hand, for strikes that are about something; computed only when armed.
    public func reach(_ point: Failpoint, about subject: @autoclosure () -> String = "") throws(FailpointError) {
        guard armed.load(ordering: .relaxed), let strike = strikes[point] else { return }
        if let about = strike.about, !subject().contains(about) { return }
        let count = counts.withLock { counts in
            counts[point, default: 0] += 1
            return counts[point, default: 0]
        }
        if let at = strike.at, at != count { return }
        switch strike.action {
        // `raise`, not `kill`: the signal must have struck before this thread goes on.
        case .kill: _ = raise(SIGKILL)
        case .stop: _ = raise(SIGSTOP)
        case .stall(let duration): usleep(UInt32(duration.wireMilliseconds * 1000))
        case .fail: throw FailpointError(point: point)
        }
    }

    private static func strike(_ text: String) -> Strike? {
        let halves = text.split(separator: "~", maxSplits: 1).map(String.init)
        let about = halves.count == 2 ? halves[1] : nil
        let parts = (halves.first ?? "").split(separator: "@", maxSplits: 1).map(String.init)
        guard !parts.isEmpty else { return nil }
        var at: Int?
        if parts.count == 2 {
            guard let number = Int(parts[1]), number > 0 else { return nil }
            at = number
        }
        switch parts[0] {
        case "kill": return Strike(action: .kill, at: at, about: about)
        case "stop": return Strike(action: .stop, at: at, about: about)
        case "fail": return Strike(action: .fail, at: at, about: about)
        case let text where text.hasPrefix("stall:"):
            guard let duration = Duration(String(text.dropFirst("stall:".count))), duration <= .seconds(3600) else { return nil }
            return Strike(action: .stall(duration), at: at, about: about)
        default: return nil
        }
    }
}

/// A failpoint struck with `fail`.
public struct FailpointError: Error, CustomStringConvertible {
    /// Which one.
    public let point: Failpoint
    public var description: String { "failpoint \(point.rawValue)" }
}
