import Monitoring
import Runtime
import Testing

struct HeartbeatTests {
    private let start = ContinuousClock.now

    /// The beats of turns at these seconds.
    private func beats(_ turns: [(Int, ExitCode?)]) -> [String] {
        var heartbeat = Heartbeat(every: .seconds(60), from: start)
        return turns.compactMap { second, exit in
            heartbeat.turn(exit, at: start + .seconds(second)).map { "\(second):\($0.exit.rawValue)\($0.hasLasted ? "!" : "")" }
        }
    }

    @Test func `many turns make one beat a period`() {
        #expect(beats((0..<130).map { ($0, .ok) }) == ["0:0", "60:0", "120:0"])
    }

    @Test func `a period with one success is well`() {
        #expect(beats([(0, .ok), (10, .temporary), (20, .ok), (61, .temporary)]) == ["0:0", "61:0"])
    }

    @Test func `a failure that lasts for three periods is told once`() {
        let turns = (0..<400).map { ($0, ExitCode?.some(.unavailable)) }
        #expect(beats(turns) == ["0:69", "60:69", "120:69!", "180:69", "240:69", "300:69", "360:69"])
        #expect(
            beats([(0, .unavailable), (60, .ok), (120, .unavailable), (180, .unavailable)]) == [
                "0:69", "60:0", "120:69", "180:69",
            ])
    }

    @Test func `a follower says nothing`() {
        #expect(beats([(0, nil), (60, nil), (120, nil)]) == [])
    }
}
