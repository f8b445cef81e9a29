import Primitives
import Testing

/// Actors on threads of their own.
@Suite struct ThreadExecutorTests {
    /// Ends with its last job: the job is what holds it.
    private actor Brief {
        private let executor = ThreadExecutor()
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        func double(_ number: Int) -> Int { number * 2 }
    }

    @Test func `an actor whose last reference goes with its job leaves nothing behind`() async {
        await withTaskGroup(of: Int.self) { group in
            for number in 0..<2000 { group.addTask { await Brief().double(number) } }
            var sum = 0
            for await doubled in group { sum += doubled }
            #expect(sum == 2000 * 1999)
        }
    }

    @Test func `jobs run in their order, one at a time`() async {
        let actor = Counter()
        await withTaskGroup { group in
            for _ in 0..<500 { group.addTask { await actor.add() } }
        }
        #expect(await actor.count == 500)
    }

    private actor Counter {
        private let executor = ThreadExecutor()
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
        private(set) var count = 0

        func add() { count += 1 }
    }
}
