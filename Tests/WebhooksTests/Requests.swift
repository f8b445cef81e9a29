import Primitives
import Providers
import Webhooks

/// When the requests of these tests come in.
let receivedAt = Timestamp(microseconds: 1_700_000_100_000_000)

extension WebhookRequest {
    static let form = "application/x-www-form-urlencoded"

    init(_ type: String, _ body: String, url: String = "https://hooks.example.test/x", _ headers: [(String, String)] = []) {
        self.init(url: url, headers: [("Content-Type", type)] + headers.map { ($0.0, $0.1) }, body: Array(body.utf8))
    }

    static func json(_ body: String, url: String = "https://hooks.example.test/x", _ headers: [(String, String)] = [])
        -> WebhookRequest
    {
        WebhookRequest("application/json", body, url: url, headers)
    }

    /// A form of fields, and files that look like delimiters.
    static func multipart(_ fields: [(String, String)], boundary: String = "xYzZY", files: Int = 0) -> WebhookRequest {
        var body = fields.map { "--\(boundary)\r\nContent-Disposition: form-data; name=\"\($0.0)\"\r\n\r\n\($0.1)\r\n" }.joined()
        for number in 0..<files {
            body +=
                "--\(boundary)\r\nContent-Disposition: form-data; name=\"attachment\(number + 1)\"; filename=\"a;b\\\".png\"\r\n"
                + "Content-Type: image/png\r\n\r\n\u{1}--xYzZ\r\n--\r\n\r\n"
        }
        return WebhookRequest("multipart/form-data; charset=utf-8; boundary=\"\(boundary)\"", body + "--\(boundary)--\r\n")
    }

    func with(_ headers: [(String, String)]) -> WebhookRequest {
        var request = self
        request.headers += headers.map { (name: $0.0, value: $0.1) }
        return request
    }

    func with(url: String) -> WebhookRequest {
        var request = self
        request.url = url
        return request
    }

    func with(body: String) -> WebhookRequest {
        var request = self
        request.body = Array(body.utf8)
        return request
    }
}

extension WebhookEvent {
    var report: StatusReport? { if case .status(let report) = content { report } else { nil } }
    var message: InboundMessage? { if case .inbound(let message) = content { message } else { nil } }
    var room: RoomEvent? { if case .room(let event) = content { event } else { nil } }
    var billing: BillingEvent? { if case .billing(let event) = content { event } else { nil } }
}
