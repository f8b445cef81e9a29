internal import API
internal import Primitives

/// What applications count and measure: analytics events (L-06), metrics of services (L-01).
enum MeasurementRoutes {
    /// A thousand elements of half a kilobyte.
    private static let limit = 512 << 10
    private static let values = 40_000

    static func all(_ backend: Backend) -> [Route] {
        [
            Route(
                .post, "/events", "Stores a batch of analytics events, all or none; an event's id makes it one",
                access: .scope(.ingest),
                parameters: .nothing, query: .nothing, body: .json(EventBatch.shape, upTo: limit, values: values),
                isIdempotent: true, answers: [.json(200, "stored, now or before", EventBatch.answerSchema)]
            ) { call in
                try await backend.commit(EventBatch(tenantID: call.caller.tenantID, events: call.body), for: call)
            },
            Route(
                .post, "/monitoring/metrics", "Stores a batch of metrics, all or none", access: .scope(.ingest),
                parameters: .nothing, query: .nothing, body: .json(MetricBatch.shape, upTo: limit, values: values),
                isIdempotent: true, answers: [.json(200, "stored", MetricBatch.answerSchema)]
            ) { call in
                try await backend.commit(MetricBatch(tenantID: call.caller.tenantID, metrics: call.body), for: call)
            },
        ]
    }

    /// When something was: not in the future but for clocks that differ, and not before anybody measured.
    static let instant = Shape.rfc3339.converted("is no RFC 3339 instant, or one out of reach") { text -> Timestamp? in
        guard let instant = Timestamp(text), instant > Timestamp(microseconds: 0), instant < Timestamp.now() + .seconds(300)
        else {
            return nil
        }
        return instant
    }
}
