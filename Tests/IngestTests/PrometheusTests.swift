import API
import Foundation
import TestSupport
import Testing

struct PrometheusTests {
    @Test func `a Prometheus scrapes ingest without a fault`() async throws {
        let ingest = try await IngestFixture.make()
        for number in 0..<5 { try await ingest.log("lead-\(number)", "in") }
        var template = Array("\(TestServers.directory)/prometheus.XXXXXX".utf8CString)
        let directory = String(cString: try #require(mkdtemp(&template)))
        let configuration = """
            global: {scrape_interval: 200ms, scrape_timeout: 200ms}
            scrape_configs: [{job_name: ingest, static_configs: [{targets: ["127.0.0.1:\(ingest.port)"]}]}]
            """
        try configuration.write(toFile: "\(directory)/prometheus.yml", atomically: true, encoding: .utf8)
        let port = try freePort()
        let prometheus = try await ChildProcess(
            "/usr/bin/prometheus",
            [
                "--config.file=\(directory)/prometheus.yml", "--storage.tsdb.path=\(directory)/data",
                "--web.listen-address=127.0.0.1:\(port)",
            ], environment: ["PATH": "/usr/bin:/bin"])

        /// The value of an expression that has one; nil while it has none.
        func value(_ expression: String) async throws -> Double? {
            let query = try #require(expression.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
            guard let answer = try? await PlainHTTP.request("GET", "/api/v1/query?query=\(query)", port: port),
                case .success(let json) = Result(catching: { try JSONReader.read(Array(answer.body), limits: .init()) })
            else { return nil }
            return json["data"]?["result"]?.elements?.first?["value"]?.elements?.last?.text.flatMap(Double.init)
        }

        try await eventually("a scrape") { try await value(#"up{job="ingest"}"#) == 1 }
        try await eventually("the requests that were made") {
            try await value(#"relance_ingest_requests_total{endpoint="/api/activities/log",method="POST",status="200"}"#) == 5
        }
        #expect(
            try await value(
                #"histogram_quantile(0.99, relance_ingest_request_duration_seconds_bucket{endpoint="/api/activities/log"})"#)
                != nil)
        #expect(try await value(#"scrape_samples_scraped{job="ingest"} > 0"#) != nil)
        prometheus.send(SIGTERM)
        #expect(try await prometheus.exit() == .status(0))
    }
}
