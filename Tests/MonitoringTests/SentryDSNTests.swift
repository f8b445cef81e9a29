@testable import Monitoring
import Testing

struct SentryDSNTests {
    @Test(arguments: [
        ("https://abc123@o1.ingest.sentry.io/42", "https://o1.ingest.sentry.io/api/42/envelope/"),
        ("https://abc123:old@sentry.example.test/42/", "https://sentry.example.test/api/42/envelope/"),
        ("http://abc@127.0.0.1:9000/sub/path/7", "http://127.0.0.1:9000/sub/path/api/7/envelope/"),
        ("http://abc@[::1]:9000/7", "http://[::1]:9000/api/7/envelope/"),
    ]) func `a DSN names its endpoint without its key`(text: String, endpoint: String) throws {
        let dsn = try #require(SentryDSN(text))
        #expect(dsn.endpoint == endpoint)
        #expect(!"\(dsn)".contains("abc"))
    }

    @Test func `the key goes into the header, the old secret nowhere`() throws {
        let dsn = try #require(SentryDSN("https://abc123:old@sentry.example.test/42"))
        #expect(dsn.authorization(client: "relance/1") == "Sentry sentry_version=7, sentry_client=relance/1, sentry_key=abc123")
    }

    @Test(arguments: [
        "", "https://", "https://host/1", "https://@host/1", "https://key@/1", "https://key@host", "https://key@host/",
        "https://key@host/1?x=2", "https://key@host/1#x", "https://key@host/a b", "ftp://key@host/1", "key@host/1",
        "https://ke\ny@host/1", "https://key@host/1\r\nX: y", "https://k,ey@host/1", "https://key@:80/1", "https://kéy@host/1",
        "https://key@host/" + String(repeating: "1", count: 3000),
    ]) func `anything else is none`(text: String) {
        #expect(SentryDSN(text) == nil)
    }

    @Test(arguments: [
        ("https://hc-ping.com/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278", true), ("http://127.0.0.1:8000/ping/key/slug/", true),
        ("https://hc-ping.com", false), ("https://hc-ping.com/", false), ("https://user@hc-ping.com/x", false),
        ("https://hc-ping.com/x?rid=1", false), ("hc-ping.com/x", false), ("https://hc-ping.com/x y", false),
    ]) func `a ping address has a path and no query`(text: String, isOne: Bool) {
        #expect((HealthchecksURL(text) != nil) == isOne)
    }

    @Test func `a ping address is never printed`() throws {
        let url = try #require(HealthchecksURL("https://hc-ping.com/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"))
        #expect(!"\(url)".contains("5bf66975"))
        #expect(url.ping("/start", run: "r1") == "https://hc-ping.com/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278/start?rid=r1")
    }
}
