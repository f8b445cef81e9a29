internal import API
internal import Postgres
internal import Primitives

/// Metrics of services that come together (L-01).
struct MetricBatch: Write {
    /// What a service measured of itself.
    struct Metric: Sendable {
        let service: String
        let name: String
        let value: Double
        /// Nil for now.
        let timestamp: Timestamp?
        /// JSON text.
        let metadata: String?
    }

    let tenantID: String
    let metrics: [Metric]

    static let kind = "metric"
    var order: (String, String) { (tenantID, "") }

    private static let metric: Shape<Metric> = Shape.object(
        .required("service", .text(1...100), "what was measured"), .required("metric", .text(1...100), "which quantity"),
        .required("value", .number(within: 1_000_000_000_000_000_000), "its value; there is no infinity and no NaN"),
        .optional("timestamp", MeasurementRoutes.instant, "when; now where it is missing"),
        .optional("metadata", .freeObject(bytes: 8 << 10), "whatever belongs to it")
    ).map {
        Metric(
            service: $0.0, name: $0.1, value: $0.2, timestamp: $0.3,
            metadata: $0.4.map { String(decoding: $0.bytes, as: UTF8.self) })
    }

    static let shape: Shape<[Metric]> = .object(.required("metrics", .list(of: metric, 1...1000), "in any order"))

    static func statements(for batch: [MetricBatch]) -> [(SQLStatement, [PostgresValue])] {
        let metrics = batch.flatMap(\.metrics)
        return [
            (
                .storeMetrics,
                [
                    .texts(batch.flatMap { Array(repeating: $0.tenantID, count: $0.metrics.count) }),
                    .texts(metrics.map(\.service)), .texts(metrics.map(\.name)), .texts(metrics.map { "\($0.value)" }),
                    .timestamps(metrics.map(\.timestamp)), .texts(metrics.map(\.metadata)),
                ]
            )
        ]
    }

    static func answers(to batch: [MetricBatch], from rows: [PostgresRows]) throws(PostgresError) -> [Result<Answer, Problem>] {
        batch.map { .success(.json(["success": true, "stored": .int($0.metrics.count)])) }
    }

    static let answerSchema: JSON = [
        "type": "object", "properties": ["success": ["type": "boolean"], "stored": ["type": "integer", "minimum": 0]],
        "required": ["success", "stored"],
    ]
}

extension SQLStatement {
    fileprivate static let storeMetrics = SQLStatement(embedded: PackageResources.store_metrics_sql)
}
