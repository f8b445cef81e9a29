public import API
public import Monitoring
private import Postgres
public import Runtime
internal import Synchronization

/// What this process counts of itself, and tells the log.
public final class IngestMetrics: Observer, Sendable {
    private struct Request: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private struct State {
        var requests: [Request: Int] = [:]
        var durations: [String: Histogram] = [:]
        var batches: [String: Histogram] = [:]
        var waits: [String: Histogram] = [:]
        var limiterOutages = 0
    }

    private let state = Mutex(State())
    private let log: Log
    private let monitor: Monitor?

    /// Nothing is counted yet.
    ///
    /// - Parameter monitor: hears of defects (K-38); nil where nobody is to.
    public init(log: Log, monitor: Monitor? = nil) {
        self.log = log
        self.monitor = monitor
    }

    public func served(method: String, route: String, status: Int, in time: Duration, requestID: String) {
        state.withLock { state in
            state.requests[Request(method: method, route: route, status: status), default: 0] += 1
            state.durations[route, default: Histogram(Self.seconds)].observe(time / .seconds(1))
        }
        if log.level == .debug || status >= 500 {
            let fields: KeyValuePairs = [
                "request": requestID, "method": method, "route": route, "status": String(status),
                "ms": String(Int(time / .milliseconds(1))),
            ]
            if status >= 500 { log.warning(.requestFailed, fields) } else { log.debug(.requestServed, fields) }
        }
    }

    public func failed(route: String, error: any Error, requestID: String) {
        // Of an unexpected error the type alone: what it says may quote data (I8).
        let (type, cause) = (error as? PostgresError).map { ($0.label, $0.origin) } ?? ("\(Swift.type(of: error))", "")
        log.error(.requestDefect, ["request": requestID, "route": route, "error": type, "cause": cause])
        monitor?.report(Incident(.error, type: type, message: "\(route) \(cause)"))
    }

    /// A transaction has been committed or refused.
    func committed(kind: String, size: Int, waited: Duration) {
        state.withLock { state in
            state.batches[kind, default: Histogram(Self.sizes)].observe(Double(size))
            state.waits[kind, default: Histogram(Self.seconds)].observe(waited / .seconds(1))
        }
    }

    /// Redis did not answer for the limits.
    func limiterFailed() {
        state.withLock { $0.limiterOutages += 1 }
        log.warning(.limitsDegraded)
    }

    private static let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10]
    private static let sizes: [Double] = [1, 4, 16, 64, 256, 512]

    /// Writes them.
    func write(to text: inout Exposition, backlog: (count: Int, age: Duration)) {
        let state = state.withLock { $0 }
        text.family("relance_ingest_requests_total", "counter", "Requests answered.")
        for (request, count) in state.requests.sorted(by: { "\($0.key)" < "\($1.key)" }) {
            text.sample(
                "relance_ingest_requests_total",
                [("method", request.method), ("endpoint", request.route), ("status", String(request.status))], Double(count))
        }
        text.family("relance_ingest_request_duration_seconds", "histogram", "From a request's headers to its answer.")
        for (route, histogram) in state.durations.sorted(by: { $0.key < $1.key }) {
            text.histogram("relance_ingest_request_duration_seconds", [("endpoint", route)], histogram)
        }
        text.family("relance_ingest_commit_writes", "histogram", "Writes of one kind in one transaction.")
        for (kind, histogram) in state.batches.sorted(by: { $0.key < $1.key }) {
            text.histogram("relance_ingest_commit_writes", [("kind", kind)], histogram)
        }
        text.family("relance_ingest_commit_seconds", "histogram", "From a transaction's first write to its end.")
        for (kind, histogram) in state.waits.sorted(by: { $0.key < $1.key }) {
            text.histogram("relance_ingest_commit_seconds", [("kind", kind)], histogram)
        }
        text.family("relance_ingest_commit_backlog", "gauge", "Writes that wait for a transaction.")
        text.sample("relance_ingest_commit_backlog", [], Double(backlog.count))
        text.family("relance_ingest_limiter_outages_total", "counter", "Times that Redis did not answer for the limits.")
        text.sample("relance_ingest_limiter_outages_total", [], Double(state.limiterOutages))
    }
}
