import Foundation
import Primitives
import Synchronization
import TestSupport
import Testing

@Suite struct WakeSignalTests {
    /// What was produced and not yet taken.
    private final class Tally: Sendable {
        private let count = Atomic(0)
        func add() { count.add(1, ordering: .sequentiallyConsistent) }
        func take() -> Int { count.exchange(0, ordering: .sequentiallyConsistent) }
    }

    @Test func `a wake that comes before the wait is kept, once`() async {
        let signal = WakeSignal()
        signal.raise()
        signal.raise()
        #expect(await signal.wait(atMost: .seconds(60)))
        #expect(await !signal.wait(atMost: .milliseconds(1)))
    }

    @Test func `a wait without time takes a wake that is there and waits for none`() async {
        let signal = WakeSignal()
        #expect(await !signal.wait(atMost: .zero))
        #expect(await !signal.wait(atMost: .seconds(-1)))
        signal.raise()
        #expect(await signal.wait(atMost: .zero))
    }

    @Test func `a wake during the wait ends it`() async {
        let signal = WakeSignal()
        async let woken = signal.wait(atMost: .seconds(60))
        signal.raise()
        #expect(await woken)
    }

    @Test func `a wake after the time-out is for the next wait`() async {
        let signal = WakeSignal()
        #expect(await !signal.wait(atMost: .milliseconds(1)))
        signal.raise()
        #expect(await signal.wait(atMost: .seconds(60)))
    }

    @Test func `an earlier wait's timer does not end a later wait`() async {
        let signal = WakeSignal()
        for _ in 1...200 {
            async let woken = signal.wait(atMost: .milliseconds(2))
            signal.raise()
            _ = await woken
        }
        _ = await signal.wait(atMost: .zero)
        async let last = signal.wait(atMost: .seconds(60))
        try? await Task.sleep(for: .milliseconds(5))
        signal.raise()
        #expect(await last)
    }

    @Test func `no wake is lost between a producer and a consumer`() async {
        let signal = WakeSignal()
        let produced = Tally()
        async let consumed: Int = {
            var taken = 0
            while taken < 20_000 {
                let some = produced.take()
                taken += some
                // Were one wake lost, this would last a minute and the test would not end in time.
                if some == 0 { _ = await signal.wait(atMost: .seconds(60)) }
            }
            return taken
        }()
        await withDiscardingTaskGroup { group in
            for _ in 1...4 {
                group.addTask {
                    for _ in 1...5_000 {
                        produced.add()
                        signal.raise()
                    }
                }
            }
        }
        #expect(await consumed == 20_000)
    }

    @Test func `wakes and time-outs may meet`() async {
        let signal = WakeSignal()
        for _ in 1...500 {
            async let woken = signal.wait(atMost: .microseconds(50))
            async let raised: Void = signal.raise()
            _ = await (woken, raised)
        }
    }
}

@Suite struct ThreadExecutorTests {
    /// Blocks a thread of its own.
    private actor Blocking {
        private let executor = ThreadExecutor()
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
        private(set) var order: [Int] = []

        func block() { usleep(2_000) }
        func append(_ number: Int) { order.append(number) }
        func thread() -> String { (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")) ?? "" }
    }

    @Test func `all work of an owner runs on one thread, one piece after the other`() async {
        let (one, other) = (Blocking(), Blocking())
        let threads = await [one.thread(), one.thread(), other.thread()]
        #expect(threads[0] == threads[1])
        #expect(threads[0] != threads[2])
    }

    @Test func `owners that block hold up nobody else`() async {
        await withDiscardingTaskGroup { group in
            // Many more than the cooperative pool has threads.
            for _ in 1...30 {
                group.addTask {
                    let owner = Blocking()
                    for _ in 1...3 { await owner.block() }
                }
            }
        }
    }

    @Test func `no work is lost when much is handed in at once`() async {
        let owner = Blocking()
        await withDiscardingTaskGroup { group in
            for number in 1...2_000 { group.addTask { await owner.append(number) } }
        }
        #expect(await Set(owner.order) == Set(1...2_000))
    }

    @Test func `an owner that ends as soon as its work is done takes nothing away under whoever handed it in`() async {
        await withDiscardingTaskGroup { group in
            for _ in 1...2 {
                group.addTask {
                    for number in 1...3_000 {
                        // Once its thread runs, it may be through with the second piece before the handing in returns.
                        let owner = Blocking()
                        await owner.append(number)
                        await owner.append(number)
                    }
                }
            }
        }
    }

    @Test func `the thread ends with its owner`() async throws {
        var owner: Blocking? = Blocking()
        let thread = try #require(await owner?.thread())
        #expect(FileManager.default.fileExists(atPath: "/proc/\(thread)"))
        owner = nil
        try await eventually { !FileManager.default.fileExists(atPath: "/proc/\(thread)") }
    }
}
