public import Providers
private import Synchronization

/// How much of a provider account may be used now: its rate, as its own answers tell it, and whether it is up at all.
///
/// Each account has one, so that a busy or broken one never slows another. A message that is turned away has opened no attempt:
/// it comes back unspent.
public final class ProviderGate: Sendable {
    /// Why nobody may pass.
    enum Closure: String, Sendable {
        /// The provider asked for patience.
        case rate
        /// Answers have been missing or broken: the circuit is open.
        case down
        /// The provider refuses the account or its set-up.
        case misconfigured
    }

    /// What a finished request changed, once.
    enum Change: Equatable {
        /// The circuit has opened.
        case down
        /// The account works: the first acceptance since the process began, or since the gate was closed.
        case opened
    }

    private struct State {
        var closedUntil: ContinuousClock.Instant?
        var closure = Closure.rate
        var inFlight = 0
        /// Requests left in the provider's window; nil while it has told nothing.
        var permits: Int?
        var limit = 1
        var windowEnds = ContinuousClock.now
        var turnedAway = 0
        /// Who found every place taken since somebody last found one.
        var crowd = 0
        var failuresInRow = 0
        /// How often in a row the circuit has opened: each time for twice as long.
        var openings = 0
        /// After an open circuit one request tries for all.
        var isProbing = false
        /// The part of the last answers that was 429, as a moving average.
        var busyness = 0.0
        var busyInRow = 0
        var misconfiguredInRow = 0
        var hasWorked = false
        var hasAnswered = false
        var workedAt: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let maxInFlight: Int

    /// Failures in a row, for a second at least, that open the circuit.
    static let failureLimit = 10
    /// How many may leave before the first answer.
    static let slowStart = 16
    /// The part of answers of "too fast" that closes it for a while, and over how many answers it is taken.
    static let (busyLimit, busyWindow) = (0.2, 50.0)
    /// Refusals of the account in a row that close it.
    static let misconfigurationLimit = 3

    /// - Parameter maxInFlight: transfers of this account at once.
    public init(maxInFlight: Int = 1000) { self.maxInFlight = maxInFlight }

    /// Lets a request pass, or tells how long to wait. Whoever passes must report `finished` or `abandoned`.
    func admit(now: ContinuousClock.Instant = .now) -> Duration? {
        state.withLock { state in
            if let until = state.closedUntil {
                guard now >= until else { return max(until - now, .milliseconds(50)) }
                state.closedUntil = nil
                state.turnedAway = 0
                state.isProbing = state.closure != .rate
            }
            if state.isProbing, state.inFlight > 0 { return .seconds(1) }
            if state.inFlight >= maxInFlight {
                state.crowd += 1
                return min(.milliseconds(250) * (1 + state.crowd / maxInFlight), .seconds(1))
            }
            // Before the first answer nothing is known of its pace.
            if !state.hasAnswered, state.inFlight >= Self.slowStart { return .milliseconds(50) }
            if let permits = state.permits {
                if now >= state.windowEnds {
                    state.permits = nil
                    state.turnedAway = 0
                } else if permits <= 0 {
                    return turnAway(&state, for: state.windowEnds - now)
                } else {
                    state.permits = permits - 1
                }
            }
            state.inFlight += 1
            state.crowd = 0
            return nil
        }
    }

    /// Those who wait for the provider's window come back one window's worth at a time, at most a minute apart.
    private func turnAway(_ state: inout State, for wait: Duration) -> Duration {
        state.turnedAway += 1
        let windows = Double(state.turnedAway - 1) / Double(state.limit)
        return max(wait, .milliseconds(50)) + min(.seconds(1) * windows, .seconds(60))
    }

    /// A request that passed was not sent after all: its place in the window is free again.
    func abandoned() {
        state.withLock { state in
            state.inFlight -= 1
            state.permits = state.permits.map { $0 + 1 }
        }
    }

    /// What the provider says about its rate, with any answer.
    public func heed(_ hint: RateHint?, now: ContinuousClock.Instant = .now) {
        guard let hint else { return }
        state.withLock { state in
            if let limit = hint.limit { state.limit = max(1, limit) }
            guard let remaining = hint.remaining, let resetsAfter = hint.resetsAfter else { return }
            // Those in flight will take theirs from what is left.
            state.permits = max(0, remaining - max(0, state.inFlight - 1))
            state.windowEnds = now + resetsAfter
        }
    }

    /// When a message that was refused for its pace comes back: with those that wait for the window.
    func comeBack(after asked: Duration?, random: Double) -> Duration {
        state.withLock { state in
            state.turnedAway += 1
            let windows = state.limit > 1 ? Double(state.turnedAway / state.limit) : 0
            return max(asked ?? .milliseconds(500), .milliseconds(500)) + min(.seconds(1) * (windows + random), .seconds(60))
        }
    }

    /// Notes how a request that passed ended.
    func finished(_ answer: ProviderAnswer, now: ContinuousClock.Instant = .now) -> Change? {
        state.withLock { state in
            state.inFlight -= 1
            state.hasAnswered = true
            switch answer {
            case .accepted: return worked(&state, now: now)
            case .refused(let refusal):
                switch refusal.kind {
                case .retry(let after) where refusal.isAboutRate:
                    busy(&state, after: after, now: now)
                    return nil
                case .retry: return failed(&state, now: now)
                case .configuration:
                    // One may be about its own recipient's country; three in a row, or the one that tries for all, are not.
                    state.misconfiguredInRow += 1
                    if state.misconfiguredInRow >= Self.misconfigurationLimit || state.isProbing {
                        close(&state, .misconfigured, until: now + .seconds(60))
                    }
                    return nil
                case .permanent, .optedOut, .needsTemplate: return worked(&state, now: now)
                }
            case .unknown: return failed(&state, now: now)
            }
        }
    }

    /// One 429 among many acceptances is that message's own; when one in five answers is one, the account is too fast.
    private func busy(_ state: inout State, after: Duration?, now: ContinuousClock.Instant) {
        state.busyness += (1 - state.busyness) / Self.busyWindow
        guard state.busyness >= Self.busyLimit else { return }
        // Where nothing is told about when: longer each time, from a tenth of a second to half a minute.
        state.busyInRow = min(state.busyInRow + 1, 9)
        close(&state, .rate, until: now + (after ?? min(.milliseconds(50) * (1 << state.busyInRow), .seconds(30))))
    }

    private func worked(_ state: inout State, now: ContinuousClock.Instant) -> Change? {
        state.workedAt = now
        let isNews = !state.hasWorked
        state.busyness -= state.busyness / Self.busyWindow
        (state.failuresInRow, state.openings, state.misconfiguredInRow) = (0, 0, 0)
        if state.busyness < Self.busyLimit / 2 { state.busyInRow = 0 }
        state.isProbing = false
        state.hasWorked = true
        return isNews ? .opened : nil
    }

    private func failed(_ state: inout State, now: ContinuousClock.Instant) -> Change? {
        state.failuresInRow += 1
        // Requests that left together time out together: a row of failures in one moment is no outage.
        let isLasting = state.workedAt.map { now - $0 >= .seconds(1) } ?? true
        guard (state.failuresInRow >= Self.failureLimit && isLasting) || state.isProbing else { return nil }
        // What was under way when it closed says nothing new.
        if let until = state.closedUntil, now < until, state.closure == .down { return nil }
        state.openings = min(state.openings + 1, 5)
        close(&state, .down, until: now + .seconds(15) * (1 << (state.openings - 1)))
        state.isProbing = false
        return .down
    }

    private func close(_ state: inout State, _ closure: Closure, until: ContinuousClock.Instant) {
        if closure != .rate { state.hasWorked = false }
        // A request for patience does not end the care that a worse closure asks for.
        if closure != .rate || state.closedUntil == nil { state.closure = closure }
        state.closedUntil = max(state.closedUntil ?? until, until)
    }
}

extension Refusal {
    /// Whether the provider refuses our pace, not this message: 429 by status or by name.
    var isAboutRate: Bool { ["http_429", "20429", "rate_limit_exceeded", "63017", "63018"].contains(code) }
}
