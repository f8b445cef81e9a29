import Providers
import Testing

@testable import Messaging

/// An account's rate and health, by the clock that the test turns.
struct ProviderGateTests {
    private let start = ContinuousClock.now

    /// Lets a request pass and ends it.
    @discardableResult
    private func send(_ gate: ProviderGate, _ answer: ProviderAnswer, at seconds: Double) -> ProviderGate.Change? {
        #expect(gate.admit(now: start + .seconds(seconds)) == nil)
        return gate.finished(answer, now: start + .seconds(seconds))
    }

    @Test func `before the first answer only a few pass, then everybody`() {
        let gate = ProviderGate()
        #expect((1...1000).filter { _ in gate.admit() == nil }.count == ProviderGate.slowStart)
        _ = gate.finished(.accepted)
        #expect((1...500).allSatisfy { _ in gate.admit() == nil })
    }

    @Test func `no more are in flight than the limit, and each end makes room`() {
        let gate = ProviderGate(maxInFlight: 2)
        #expect(gate.admit() == nil && gate.admit() == nil)
        #expect(gate.admit() != nil)
        gate.abandoned()
        #expect(gate.admit() == nil)
        _ = gate.finished(.accepted)
        #expect(gate.admit() == nil)
        #expect(gate.admit() != nil)
    }

    @Test func `who finds every place taken waits a moment, however many did before`() {
        let gate = ProviderGate(maxInFlight: 2)
        #expect(gate.admit() == nil && gate.admit() == nil)
        let waits = (1...500).map { _ in gate.admit() ?? .zero }
        #expect(waits.allSatisfy { $0 > .zero && $0 <= .seconds(1) })
    }

    @Test func `a request that was not sent leaves its place in the window to another`() {
        let gate = ProviderGate()
        gate.heed(RateHint(limit: 5, remaining: 1, resetsAfter: .seconds(60)), now: start)
        for _ in 1...3 {
            #expect(gate.admit(now: start) == nil)
            gate.abandoned()
        }
    }

    @Test func `a request for patience does not end the care that follows an open circuit`() {
        let gate = ProviderGate()
        for _ in 0...ProviderGate.failureLimit { #expect(gate.admit(now: start) == nil) }
        for _ in 1...ProviderGate.failureLimit { _ = gate.finished(.timedOut, now: start) }
        // The last one under way.
        _ = gate.finished(.busy, now: start + .seconds(1))
        #expect(gate.admit(now: start + .seconds(16)) == nil)
        #expect(gate.admit(now: start + .seconds(16)) != nil)
    }

    @Test func `the window of the provider's headers is kept`() {
        let gate = ProviderGate()
        gate.heed(RateHint(limit: 5, remaining: 2, resetsAfter: .seconds(1)), now: start)
        #expect(gate.admit(now: start) == nil)
        #expect(gate.admit(now: start) == nil)
        let waits = (1...11).map { _ in gate.admit(now: start) ?? .zero }
        #expect(waits.allSatisfy { $0 >= .seconds(1) })
        // Five a window: the eleventh comes two windows later than the first.
        #expect(waits[10] - waits[0] >= .seconds(1.9))
        #expect(gate.admit(now: start + .seconds(1.1)) == nil)
    }

    @Test func `what is in flight already is taken off the window`() {
        let gate = ProviderGate()
        for _ in 1...4 { _ = gate.admit(now: start) }
        gate.heed(RateHint(limit: 5, remaining: 4, resetsAfter: .seconds(1)), now: start)
        #expect(gate.admit(now: start) == nil)
        #expect(gate.admit(now: start) != nil)
    }

    @Test func `a provider that asks for patience gets it`() {
        let gate = ProviderGate()
        while gate.admit(now: start) == nil {
            _ = gate.finished(.refused(Refusal(code: "http_429", kind: .retry(after: .seconds(20)))), now: start)
        }
        #expect(gate.admit(now: start + .seconds(1)) ?? .zero >= .seconds(19))
        #expect(gate.admit(now: start + .seconds(21)) == nil)
        _ = gate.finished(.refused(Refusal(code: "http_429", kind: .retry(after: .seconds(20)))), now: start + .seconds(21))
        #expect(gate.admit(now: start + .seconds(22)) != nil)
    }

    @Test func `one answer in fifty that asks for patience, wherever it falls, slows nobody else`() {
        let gate = ProviderGate()
        for _ in 1...20_000 {
            let isBusy = Int.random(in: 0..<50) == 0
            send(gate, isBusy ? .refused(Refusal(code: "http_429", kind: .retry(after: .seconds(20)))) : .accepted, at: 0)
        }
    }

    @Test func `one in two does, within some dozens`() {
        let gate = ProviderGate()
        var number = 0
        while number < 1000, gate.admit(now: start) == nil {
            number += 1
            _ = gate.finished(number % 2 == 0 ? .tooFast : .accepted, now: start)
        }
        #expect((10...100).contains(number))
    }

    @Test func `without a time it is asked more and more seldom, half a minute at most`() {
        let gate = ProviderGate()
        for _ in 1...11 { send(gate, .tooFast, at: 0) }
        var (now, waits) = (0.0, [Double]())
        for _ in 1...12 {
            send(gate, .tooFast, at: now)
            var wait = 0.0
            while gate.admit(now: start + .seconds(now + wait)) != nil { wait += 0.05 }
            gate.abandoned()
            waits.append(wait)
            now += wait
        }
        #expect(waits == waits.sorted())
        #expect(waits[0] < 0.3)
        #expect((20...31).contains(waits[11]))
    }

    @Test func `failures in a row open the circuit, for longer each time, and one request tries for all`() {
        let gate = ProviderGate()
        let changes = (1...ProviderGate.failureLimit).map { _ in send(gate, .timedOut, at: 0) }
        #expect(changes.compactMap { $0 } == [.down])
        #expect(gate.admit(now: start + .seconds(14)) != nil)
        // Half open.
        #expect(gate.admit(now: start + .seconds(16)) == nil)
        #expect(gate.admit(now: start + .seconds(16)) != nil)
        #expect(gate.finished(.timedOut, now: start + .seconds(16)) == .down)
        #expect(gate.admit(now: start + .seconds(45)) != nil)
        #expect(gate.admit(now: start + .seconds(47)) == nil)
        #expect(gate.finished(.accepted, now: start + .seconds(47)) == .opened)
        #expect(gate.admit(now: start + .seconds(47)) == nil)
        #expect(gate.admit(now: start + .seconds(47)) == nil)
    }

    @Test func `many that time out in the same moment open nothing, until a second has passed without a success`() {
        let gate = ProviderGate()
        send(gate, .accepted, at: 0)
        for _ in 1...50 { #expect(send(gate, .timedOut, at: 0.9) == nil) }
        #expect(send(gate, .timedOut, at: 1) == .down)
    }

    @Test func `failures among successes open nothing`() {
        let gate = ProviderGate()
        for index in 1...100 { #expect(send(gate, index % 3 == 0 ? .accepted : .timedOut, at: 0) != .down) }
        #expect(gate.admit(now: start) == nil)
    }

    @Test func `what was under way when the circuit opened does not open it again`() {
        let gate = ProviderGate()
        for _ in 1...30 { _ = gate.admit(now: start) }
        let changes = (1...30).compactMap { _ in gate.finished(.timedOut, now: start) }
        #expect(changes == [.down])
        #expect(gate.admit(now: start + .seconds(16)) == nil)
    }

    @Test func `one refusal of the account closes nothing, three in a row do, for a minute`() {
        let gate = ProviderGate()
        send(gate, .badAccount, at: 0)
        send(gate, .accepted, at: 0)
        send(gate, .badAccount, at: 0)
        send(gate, .badAccount, at: 0)
        #expect(gate.admit(now: start) == nil)
        _ = gate.finished(.badAccount, now: start)
        #expect(gate.admit(now: start + .seconds(59)) != nil)
        // One tries for all, and is refused: closed again at once.
        send(gate, .badAccount, at: 61)
        #expect(gate.admit(now: start + .seconds(62)) != nil)
        #expect(send(gate, .accepted, at: 122) == .opened)
    }

    @Test func `the first acceptance is news, the next are not`() {
        let gate = ProviderGate()
        #expect(send(gate, .accepted, at: 0) == .opened)
        #expect(send(gate, .accepted, at: 0) == nil)
    }

    @Test func `refusals of single messages say nothing against the account`() {
        let gate = ProviderGate()
        for _ in 1...50 { #expect(send(gate, .invalid, at: 0) != .down) }
        #expect(gate.admit(now: start) == nil)
    }
}
