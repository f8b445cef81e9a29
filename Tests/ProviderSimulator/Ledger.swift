internal import HTTPServer
internal import Synchronization

/// What holds beside messages: `PUT /_simulator/settings`.
struct Settings: Codable, Sendable {
    /// The state of Green API's instances; `authorized` without it. Otherwise accepted messages stay in the queue.
    var green_api: String?
    /// Identities by LiveKit room; a room that is not named does not exist.
    var rooms: [String: [String]]?
    /// Requests that Resend takes in a second; very many without it.
    var resend_per_second: Int?
}

/// What was asked and what was really done about it.
final class Ledger: Sendable {
    private struct State {
        var faults = FaultPlan()
        var settings = Settings()
        var windowBegan = ContinuousClock.now
        var taken = 0
        var requestCount = 0
        var effectCount = 0
        var requestsOf: [SimulatedProvider: Int] = [:]
        var effectsOf: [SimulatedProvider: Int] = [:]
        var statuses: [SimulatedProvider: [Int: Int]] = [:]
        var requests: [RequestRecord] = []
        var effects: [Effect] = []
        var keys: [String: Memory] = [:]
    }

    /// What Resend remembers of a key for 24 hours.
    private struct Memory {
        let fingerprint: Int
        let effects: [Effect]
        let at: Int
    }

    /// An acceptance carried out.
    enum Settlement {
        case accepted([Effect])
        /// The same again under its key: the old answer, and nothing sent.
        case repeated([Effect])
        case conflict
    }

    private let state = Mutex(State())
    private let keepsRecords: Bool
    private let journal: Journal?
    /// Makes ids of two runs differ.
    private let run = UInt32.random(in: .min ... .max)

    init(keepsRecords: Bool, journal: Journal?) {
        self.keepsRecords = keepsRecords
        self.journal = journal
    }

    func replaceFaults(_ faults: [Fault]) {
        state.withLock { $0.faults = FaultPlan(faults) }
    }

    func nextFault(
        _ provider: SimulatedProvider, _ recipient: String?, account: String? = nil, stage: Fault.Stage = .message
    ) -> Fault? {
        state.withLock { $0.faults.next(provider, recipient, account, stage) }
    }

    /// Accepts messages, once under a key.
    func settle(_ acceptance: Acceptance, body: [UInt8]) -> Settlement {
        let now = WireDate.now()
        let fingerprint = acceptance.onceUnder == nil ? 0 : fingerprint(body)
        return state.withLock { state in
            if let key = acceptance.onceUnder, let memory = state.keys[key], now - memory.at < 86_400_000 {
                return memory.fingerprint == fingerprint ? .repeated(memory.effects) : .conflict
            }
            let effects = acceptance.effects.map { effect in
                state.effectCount += 1
                state.effectsOf[effect.provider, default: 0] += 1
                var effect = effect
                effect.id = id(state.effectCount, effect.provider)
                effect.acceptedAt = now
                return effect
            }
            if let key = acceptance.onceUnder { state.keys[key] = Memory(fingerprint: fingerprint, effects: effects, at: now) }
            if keepsRecords { state.effects += effects }
            return .accepted(effects)
        }
    }

    /// Notes a request and the answer it gets; a status of 0 is none.
    func note(_ request: HTTPServerRequest, _ provider: SimulatedProvider, status: Int, effects: [Effect]) {
        let record: RequestRecord? = state.withLock { state in
            state.requestCount += 1
            state.requestsOf[provider, default: 0] += 1
            state.statuses[provider, default: [:]][status, default: 0] += 1
            guard keepsRecords || journal != nil else { return nil }
            let record = RequestRecord(state.requestCount, provider, request, status, effects.first?.id)
            if keepsRecords { state.requests.append(record) }
            return record
        }
        if let record, let journal { journal.add(JSONText.bytes(record)) }
    }

    /// Forgets requests, effects, counts and keys; faults and settings stay.
    func clear() {
        state.withLock { state in
            state = State(faults: state.faults, settings: state.settings)
        }
    }

    var requests: [RequestRecord] { state.withLock { $0.requests } }
    var effects: [EffectRecord] { state.withLock { $0.effects }.enumerated().map { EffectRecord($0 + 1, $1) } }

    var summary: Summary {
        state.withLock { state in
            Summary(
                requests: Summary.Count(state.requestCount, state.requestsOf),
                effects: Summary.Count(state.effectCount, state.effectsOf),
                statuses: Dictionary(
                    uniqueKeysWithValues: state.statuses.map { provider, counts in
                        (provider.rawValue, Dictionary(uniqueKeysWithValues: counts.map { ("\($0)", $1) }))
                    }))
        }
    }

    /// A provider's messages, newest first.
    func messages(_ provider: SimulatedProvider) -> [Effect] {
        state.withLock { state in state.effects.reversed().filter { $0.provider == provider } }
    }

    /// What Green API's telephone is doing, as `authorized`.
    var greenState: String { state.withLock { $0.settings.green_api ?? "authorized" } }

    /// Who is in LiveKit's rooms.
    var rooms: [String: [String]] { state.withLock { $0.settings.rooms ?? [:] } }

    /// Counts a request of Resend's against its window; without a setting the window is wide.
    func takePermit(now: ContinuousClock.Instant = .now) -> RateWindow {
        state.withLock { state in
            let limit = state.settings.resend_per_second ?? 1_000_000
            if now - state.windowBegan >= .seconds(1) { (state.windowBegan, state.taken) = (now, 0) }
            state.taken += 1
            return RateWindow(limit: limit, remaining: max(0, limit - state.taken), isExceeded: state.taken > limit)
        }
    }

    func set(_ settings: Settings) {
        state.withLock { $0.settings = settings }
    }

    /// The bytes at once: hashing them as elements takes ten times as long.
    private func fingerprint(_ body: [UInt8]) -> Int {
        var hasher = Hasher()
        body.withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }

    private func id(_ number: Int, _ provider: SimulatedProvider) -> String {
        let run = hex(Int(run), 8)
        return switch provider {
        case .resend: "\(run)-0000-4000-8000-\(hex(number, 12))"
        case .sendgrid: "\(run).\(hex(number, 8))"
        case .twilio: "SM\(run)\(hex(number, 24))"
        case .greenAPI: "3EB0\(run)\(hex(number, 8))".uppercased()
        case .smtp, .livekit: "\(run)\(hex(number, 8))"
        }
    }

    private func hex(_ number: Int, _ width: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
