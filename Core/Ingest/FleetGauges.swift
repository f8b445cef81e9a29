internal import API
internal import Postgres

/// What a scrape tells of the fleet out of the database: queues, deliveries on their way, runs, alerts.
enum FleetGauges {
    /// One figure.
    struct Figure: Sendable {
        let metric: String
        let labels: [String]
        let value: Double
        let age: Double
    }

    /// Reads them.
    static func read(_ reads: ReadPool) async throws(Problem) -> [Figure] {
        try await reads.read { session throws(PostgresError) in
            try session.query(.readFleetMetrics).map { row throws(PostgresError) in
                Figure(
                    metric: try row.text("metric"), labels: [try row.text("a"), try row.text("b"), try row.text("c")],
                    value: try row.optionalDouble("value") ?? 0, age: try row.optionalDouble("age") ?? 0)
            }
        }
    }

    /// Writes them.
    static func write(_ figures: [Figure], to text: inout Exposition) {
        func family(
            _ metric: String, _ name: String, _ help: String, _ labels: [(String, Int)], _ value: KeyPath<Figure, Double>
        ) {
            text.family(name, "gauge", help)
            for figure in figures where figure.metric == metric {
                text.sample(name, labels.map { ($0.0, figure.labels[$0.1]) }, figure[keyPath: value])
            }
        }
        let job = [("queue", 0), ("kind", 1), ("state", 2)]
        family("jobs", "relance_jobs", "Live jobs.", job, \.value)
        family("jobs", "relance_jobs_oldest_seconds", "How long ago the oldest of them was due.", job, \.age)
        family("deliveries", "relance_deliveries_open", "Deliveries without an end.", [("channel", 0), ("state", 2)], \.value)
        family(
            "deliveries", "relance_deliveries_oldest_due_seconds", "How long ago the oldest of them was due.",
            [("channel", 0), ("state", 2)], \.age)
        family("runs", "relance_runs_last_hour", "Runs that began within the hour.", [("program", 0), ("status", 2)], \.value)
        family(
            "runs", "relance_runs_latest_seconds", "How long ago the latest of them began.", [("program", 0), ("status", 2)],
            \.age)
        family("alerts", "relance_system_alerts_open", "Alerts that operators have not resolved.", [("severity", 0)], \.value)
    }
}

extension SQLStatement {
    fileprivate static let readFleetMetrics = SQLStatement(embedded: PackageResources.read_fleet_metrics_sql)
}
