import Monitoring
import Runtime

/// What a resident run tells those who watch, once a period; nothing where nobody does.
struct Pulse {
    private let monitor: Monitor?
    private let schedules: [String]
    private var heartbeat: Heartbeat
    /// What had been counted at the last beat.
    private var told: [String: Int] = [:]

    init(_ context: WorkerContext, schedules: [String]) {
        monitor = context.monitor
        self.schedules = schedules
        heartbeat = Heartbeat(every: context.configuration.monitoring.interval)
    }

    /// Takes note of how a turn of the planner went.
    ///
    /// - Parameter counts: of the whole run so far.
    mutating func turn(_ exit: ExitCode, _ counts: @autoclosure () -> [(String, Int)]) {
        guard let monitor, let beat = heartbeat.turn(exit) else { return }
        let counts = counts()
        let news = counts.map { ($0.0, $0.1 - told[$0.0, default: 0]) }
        told = Dictionary(counts) { $1 }
        monitor.beat(schedules: schedules, exit: beat.exit, counts: news)
        Incident.of(counts: news).forEach { monitor.report($0) }
        if beat.hasLasted {
            monitor.report(
                Incident(.error, type: "repeated_failure", message: "planning has failed for three periods", exit: beat.exit))
        }
    }
}
