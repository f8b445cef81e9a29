import API
import HTTPClient
import Postgres
import TestSupport
import Testing

struct MeasurementTests {
    @Test func `events are stored as they were sent, each id once`() async throws {
        let ingest = try await IngestFixture.make()
        try await ingest.database.execute("insert into users (tenant_id, id, name, role) values ('acme', 'ada', 'A', 'ADMIN')")
        let id = "694D0BED-15DF-4B9E-8000-000000000001"
        let event =
            #"{"id":"\#(id)","eventType":"click","userId":"ada","service":"web","metadata":{"n":1.50},"createdAt":"2026-11-01T10:00:00+01:00"}"#
        let first = try await ingest.send(.post, "/events", #"{"events":[\#(event),{"eventType":"view","userId":"nobody"}]}"#)
        #expect(first.json == ["success": true, "stored": 2, "duplicates": 0])
        let again = try await ingest.send(.post, "/events", #"{"events":[\#(event),\#(event),{"eventType":"view"}]}"#)
        #expect(again.json == ["success": true, "stored": 1, "duplicates": 2])
        let rows = try await ingest.database.rows(
            "select event_type, user_id, service, metadata ->> 'n', created_at at time zone 'UTC' from events where event_type = 'click'"
        )
        #expect(rows == [["click", "ada", "web", "1.50", "2026-11-01 09:00:00"]])
        #expect(
            try await ingest.database.count(
                "select count(*) from events where user_id is null and created_at > now() - interval '1 minute'") == 2)
        let other = ["Authorization": "Bearer \(ingest.otherKey)", "X-Tenant": "other"]
        #expect(try await ingest.send(.post, "/events", #"{"events":[\#(event)]}"#, headers: other).json["stored"] == 1)
    }

    @Test(arguments: [
        ("/events", #"{"events":[]}"#, ["/events"]), ("/events", #"[]"#, [""]),
        (
            "/events",
            #"{"events":[{"eventType":"a"},{"eventType":""},{"eventType":"a","id":"x","metadata":[],"createdAt":"2999-01-01T00:00:00Z"}]}"#,
            ["/events/1/eventType", "/events/2/id", "/events/2/metadata", "/events/2/createdAt"]
        ),
        ("/monitoring/metrics", #"{"metrics":[{"service":"a","metric":"b","value":"NaN"}]}"#, ["/metrics/0/value"]),
        ("/monitoring/metrics", #"{"metrics":[{"service":"a","metric":"b","value":1e999}]}"#, ["/metrics/0/value"]),
        ("/monitoring/metrics", #"{"metrics":[{"service":"a","metric":"b","value":NaN}]}"#, ["/metrics/0/value"]),
        (
            "/monitoring/metrics", #"{"metrics":[{"service":"a","metric":"b","value":-1e19},{"value":1}]}"#,
            ["/metrics/0/value", "/metrics/1/service", "/metrics/1/metric"]
        ),
        (
            "/monitoring/metrics", #"{"metrics":[{"service":"a","metric":"b","value":1,"timestamp":"yesterday at noon"}]}"#,
            ["/metrics/0/timestamp"]
        ),
    ])
    func `one wrong element refuses its batch, and every one is named`(path: String, body: String, pointers: [String])
        async throws
    {
        let ingest = try await IngestFixture.make()
        let reply = try await ingest.send(.post, path, body)
        #expect(reply.status == 400 && Set(reply.pointers) == Set(pointers), "\(reply.text)")
        #expect(
            try await ingest.database.count("select (select count(*) from events) + (select count(*) from monitoring_metrics)")
                == 0)
    }

    @Test func `a thousand fit, a thousand and one do not`() async throws {
        let ingest = try await IngestFixture.make()
        let metric = #"{"service":"api","metric":"latency","value":-0.25,"metadata":{"a":1,"b":2,"c":"x"}}"#
        func body(_ count: Int) -> String { #"{"metrics":[\#(Array(repeating: metric, count: count).joined(separator: ","))]}"# }
        #expect(try await ingest.send(.post, "/monitoring/metrics", body(1000)).json["stored"] == 1000)
        #expect(try await ingest.send(.post, "/monitoring/metrics", body(1001)).pointers == ["/metrics"])
        let event = #"{"eventType":"view","service":"web","metadata":{"a":1,"b":2,"c":{"d":[1,2]}}}"#
        let events = #"{"events":[\#(Array(repeating: event, count: 1000).joined(separator: ","))]}"#
        #expect(try await ingest.send(.post, "/events", events).json["stored"] == 1000)
        #expect(
            try await ingest.database.rows("select count(*), min(value), max(value) from monitoring_metrics") == [
                ["1000", "-0.25", "-0.25"]
            ])
    }

    @Test func `batches of many callers at once are counted each for itself`() async throws {
        let ingest = try await IngestFixture.make()
        let stored = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<40 {
                group.addTask {
                    // Every event comes twice, in other batches and orders.
                    let ids = (0..<10).map { "00000000-0000-4000-8000-0000000\(10_000 + (number / 2 * 10 + $0))" }
                    let events = (number.isMultiple(of: 2) ? ids : ids.reversed()).map { #"{"eventType":"e","id":"\#($0)"}"# }
                    let reply = try await ingest.send(.post, "/events", #"{"events":[\#(events.joined(separator: ","))]}"#)
                    guard case .number(let text)? = reply.json["stored"] else { return -1000 }
                    return Int(text) ?? -1000
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(stored == 200)
        #expect(try await ingest.database.count("select count(*) from events") == 200)
    }
}
