import Runtime
import Synchronization
import Testing

@Suite struct TerminationTests {
    /// Counts calls.
    private final class Counter: Sendable {
        private let count = Atomic(0)
        func add() { count.add(1, ordering: .relaxed) }
        var value: Int { count.load(ordering: .relaxed) }
    }

    @Test func `a request is heard once by every listener, early or late`() {
        let (termination, counter) = (Termination(), Counter())
        termination.onRequest { counter.add() }
        termination.onRequest { counter.add() }
        #expect(!termination.isRequested)
        termination.request()
        termination.request()
        #expect(termination.isRequested)
        #expect(counter.value == 2)
        termination.onRequest { counter.add() }
        #expect(counter.value == 3)
    }

    @Test func `a listener that was forgotten hears nothing and is let go`() {
        let termination = Termination()
        var counter: Counter? = Counter()
        weak let watched = counter
        let listener = termination.onRequest { [counter] in counter?.add() }
        counter = nil
        #expect(watched != nil)
        termination.forget(listener)
        #expect(watched == nil)
        termination.request()
    }

    @Test func `listeners that come as the request does are called once each`() async {
        for _ in 1...200 {
            let (termination, counter) = (Termination(), Counter())
            await withDiscardingTaskGroup { group in
                for _ in 1...4 { group.addTask { termination.onRequest { counter.add() } } }
                group.addTask { termination.request() }
            }
            #expect(counter.value == 4)
        }
    }
}
