internal import API
internal import Runtime

/// What those ask who watch this program.
enum OperationsRoutes {
    static func all(_ backend: Backend) -> [Route] {
        let health = Cached(for: .seconds(1)) { await Health.read(backend.reads, backend.redis) }
        // A scrape every few seconds from several sides costs the database one reading.
        let gauges = Cached(for: .seconds(5)) { (try? await FleetGauges.read(backend.reads)) ?? [] }
        let started = ContinuousClock.now
        return [
            Route(
                .get, "/health/live", "Whether the process runs", access: .probe, parameters: .nothing, query: .nothing,
                body: .none, answers: [.json(200, "it does", status)]
            ) { _ in .json(["status": "ok"]) },
            Route(
                .get, "/health/ready", "Whether requests can be served now", access: .probe, parameters: .nothing,
                query: .nothing, body: .none,
                answers: [.json(200, "they can", status), .json(503, "a dependency is missing", status)]
            ) { _ in
                let health = await health.value()
                return .json(
                    ["status": health.isReady ? "ok" : "unavailable", "checks": health.json], status: health.isReady ? 200 : 503)
            },
            Route(
                .get, "/health", "How the service is", access: .probe, parameters: .nothing, query: .nothing, body: .none,
                answers: [.json(200, "well", status), .json(503, "a dependency is missing", status)]
            ) { _ in
                let health = await health.value()
                return .json(
                    [
                        "status": health.isReady ? "ok" : "unavailable", "version": .string(relanceVersion),
                        "uptime_seconds": .int(Int(started.duration(to: .now).components.seconds)), "checks": health.json,
                    ], status: health.isReady ? 200 : 503)
            },
            Route(
                .get, "/metrics", "What Prometheus scrapes", access: .probe, parameters: .nothing, query: .nothing, body: .none,
                answers: [.other(200, "the text format", contentType: "text/plain; version=0.0.4")]
            ) { _ in
                var text = Exposition()
                backend.metrics.write(to: &text, backlog: backend.commits.backlog)
                FleetGauges.write(await gauges.value(), to: &text)
                return Answer(contentType: "text/plain; version=0.0.4; charset=utf-8", body: Array(text.text.utf8))
            },
        ]
    }

    /// This document, of all routes, itself among them.
    static func document(of routes: [Route]) -> [Route] {
        func route(_ body: [UInt8]) -> Route {
            Route(
                .get, "/openapi.json", "This document", access: .open, parameters: .nothing, query: .nothing, body: .none,
                answers: [.json(200, "the document", ["type": "object"])]
            ) { _ in Answer(contentType: "application/json", body: body) }
        }
        let document = OpenAPI(title: "Relance ingest", version: relanceVersion, routes: routes + [route([])]).document
        return [route(document.bytes)]
    }

    private static let status: JSON = [
        "type": "object",
        "properties": [
            "status": ["type": "string", "enum": ["ok", "unavailable"]], "version": ["type": "string"],
            "uptime_seconds": ["type": "integer"],
            "checks": ["type": "object", "additionalProperties": ["type": "string", "enum": ["ok", "degraded", "failed"]]],
        ],
        "required": ["status"],
    ]
}
