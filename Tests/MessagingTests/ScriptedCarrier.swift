import Messaging
import Providers
import Synchronization

/// A carrier that keeps what it is given and answers what the test says: the network's edge.
final class ScriptedCarrier: Carrier {
    /// Says what becomes of a request.
    typealias Script = @Sendable (_ number: Int, _ request: PreparedRequest) async -> ProviderAnswer

    let provider: Provider
    let account: String
    private let lastingGate: ProviderGate?
    /// A new one each time, as in a process that knows of nothing before, unless the test is about gates.
    var gate: ProviderGate { lastingGate ?? ProviderGate() }
    let recovery: Recovery
    let needsTemplates: Bool
    private let script: Script
    private let records: [LookUpAnswer]
    private let listing: (@Sendable (LostRequest) -> LookUpAnswer)?
    private let asked = Mutex<[LostRequest]>([])
    private let carried = Mutex<[PreparedRequest]>([])
    private let prepared = Mutex<[Parcel]>([])

    /// - Parameters:
    ///   - repeatableFor: how long a lost answer may be asked for again.
    ///   - recovery: what else may be done about one.
    ///   - records: what the provider's list says about lost requests, in turn, the last one for ever.
    ///   - script: its first parameter counts the requests from 1.
    ///   - listing: answers look-ups in the place of `records`.
    init(
        _ provider: Provider = .twilio, account: String = "default", repeatableFor: Duration? = nil,
        recovery: Recovery = .impossible, gate: ProviderGate? = nil, needsTemplates: Bool = false,
        records: [LookUpAnswer] = [.notFound],
        script: @escaping Script = { _, request in .accepted(providerID: "id-\(request.body)") },
        listing: (@Sendable (LostRequest) -> LookUpAnswer)? = nil
    ) {
        self.listing = listing
        self.provider = provider
        self.account = account
        lastingGate = gate
        self.recovery = repeatableFor.map { .repeated(within: $0) } ?? recovery
        self.needsTemplates = needsTemplates
        self.records = records
        self.script = script
    }

    /// Gives the answers in turn, the last one for ever.
    convenience init(
        _ provider: Provider = .twilio, repeatableFor: Duration? = nil, recovery: Recovery = .impossible,
        gate: ProviderGate? = nil, records: [LookUpAnswer] = [.notFound], answers: [ProviderAnswer]
    ) {
        self.init(provider, repeatableFor: repeatableFor, recovery: recovery, gate: gate, records: records) { number, _ in
            answers[min(number, answers.count) - 1]
        }
    }

    /// What was looked up, in order.
    var inquiries: [LostRequest] { asked.withLock { $0 } }

    func lookUp(_ lost: LostRequest) async -> LookUpAnswer {
        let number = asked.withLock { asked in
            asked.append(lost)
            return asked.count
        }
        return listing?(lost) ?? records[min(number, records.count) - 1]
    }

    /// What left, in order.
    var requests: [PreparedRequest] { carried.withLock { $0 } }

    /// What was prepared, whether it left or not.
    var parcels: [Parcel] { prepared.withLock { $0 } }

    func prepare(_ parcel: Parcel) throws -> PreparedRequest {
        prepared.withLock { $0.append(parcel) }
        return PreparedRequest(
            provider: provider, endpoint: "/\(parcel.deliveryID)", contentType: "text/plain", body: "body \(parcel.deliveryID)",
            idempotencyKey: parcel.idempotencyKey)
    }

    func carry(_ request: PreparedRequest) async -> ProviderAnswer {
        let number = carried.withLock { carried in
            carried.append(request)
            return carried.count
        }
        return await script(number, request)
    }
}

extension ProviderAnswer {
    static let accepted = ProviderAnswer.accepted(providerID: "p1")
    static let busy = ProviderAnswer.refused(Refusal(code: "http_503", kind: .retry(after: nil)))
    static let tooFast = ProviderAnswer.refused(Refusal(code: "http_429", kind: .retry(after: nil)))
    static let invalid = ProviderAnswer.refused(Refusal(code: "invalid_to", kind: .permanent))
    static let optedOut = ProviderAnswer.refused(Refusal(code: "21610", kind: .optedOut))
    static let badAccount = ProviderAnswer.refused(Refusal(code: "http_401", kind: .configuration))
    static let timedOut = ProviderAnswer.unknown(Uncertainty(code: "timed_out", reason: "no answer", replayIsSafe: true))
    static let unrepeatable = ProviderAnswer.unknown(Uncertainty(code: "conflict", reason: "other bytes", replayIsSafe: false))
}

/// A place where one side waits for the other, once.
final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    /// Whether it is open.
    var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Waits until it is open.
    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    /// Opens it for good.
    func open() {
        let waiting = state.withLock { state in
            defer { state = (true, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
