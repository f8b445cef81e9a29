private import FoundationEssentials
private import HTTPClient
public import Runtime

/// Tells those outside how the runs of one program go: Sentry (events, check-ins) and healthchecks.io (pings).
///
/// Nothing here waits, throws or changes how a run ends. Off, there is no such object. All calls return at once; a thread
/// and a connection exist from the first of them on. `flush` gives what is under way its last two seconds.
public final class Monitor: Sendable {
    private let sentry: Sentry?
    private let healthchecks: Healthchecks?

    /// Nil where nobody is to be told.
    ///
    /// - Parameter timeout: the longest that one request may take.
    public init?(
        _ configuration: MonitoringConfiguration, program: String, release: String = relanceVersion,
        timeout: Duration = .seconds(5)
    ) {
        if configuration.sentry == nil, configuration.healthchecks == nil { return nil }
        let client = HTTPClient(HTTPClientConfiguration(maxConnections: 4, userAgent: "relance/\(release)"))
        let payload = SentryPayload(
            program: program, release: "relance@\(release)", environment: configuration.environment,
            every: configuration.interval)
        sentry = configuration.sentry.map { Sentry($0, payload: payload, over: client, timeout: timeout) }
        healthchecks = configuration.healthchecks.map { Healthchecks($0, over: client, timeout: timeout) }
    }

    /// A run that leads begins.
    public func started(run: String, schedules: [String]) {
        sentry?.checkIn(schedules, run: run, status: .inProgress)
        healthchecks?.start(run: run)
    }

    /// It ends.
    public func finished(
        run: String, schedules: [String], exit: ExitCode, duration: Duration, counts: [(String, Int)]
    ) {
        sentry?.checkIn(schedules, run: run, status: exit == .ok ? .ok : .error, duration: duration)
        healthchecks?.end(run: run, exit: exit, counts: counts)
    }

    /// A run failed before it could know whether it leads, or a period of a resident one went well or badly: there was no start.
    public func beat(schedules: [String], exit: ExitCode, counts: [(String, Int)]) {
        sentry?.checkIn(schedules, run: Sentry.newID(), status: exit == .ok ? .ok : .error)
        healthchecks?.end(run: nil, exit: exit, counts: counts)
    }

    /// Something that a person has to look at.
    public func report(_ incident: Incident) { sentry?.report(incident) }

    /// Waits for what is under way, at most `limit`, and gives up the rest.
    public func flush(within limit: Duration = .seconds(2)) async {
        let deadline = ContinuousClock.now + limit
        // Both wait for the same instant, so one after the other takes no longer.
        await sentry?.flush(by: deadline)
        await healthchecks?.flush(by: deadline)
    }
}
