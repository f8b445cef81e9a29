import API
import Crypto
import Foundation
import HTTPClient
import Messaging
import Postgres
import Primitives
import TestSupport
import Testing

/// The shipped program with every provider configured, and requests as the providers sign them.
struct WebhookFixture: Sendable {
    let ingest: IngestFixture
    let sendGridKey: SendGridKey

    static let publicURL = "https://api.example.test/base"
    static let twilioAccount = "AC0123456789abcdef0123456789abcdef"
    static let twilioTokens = ["new0000000000000000000000000000", "old0000000000000000000000000000"]
    static let resendSecrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_plJ3nmyCDGBKInavdOK15jsl"]
    static let stripeSecrets = ["whsec_test_secret", "whsec_former_secret"]
    static let greenTokens = ["green-new", "green-old"]
    static let liveKitSecret = "a secret, with a comma, of LiveKit's"
    static let hashKey = "0123456789abcdef0123456789abcdef"
    static let addresses = AddressBook(hashKey: Secret(hashKey), allowed: [])
    static let form = "application/x-www-form-urlencoded"
    static let number = "+15005550006"

    static func make(more: [String: String] = [:], database: TestDatabase? = nil) async throws -> WebhookFixture {
        let key = try await SendGridKey.make()
        let ingest = try await IngestFixture.make(database: database, environment: environment(key).merging(more) { $1 })
        return WebhookFixture(ingest: ingest, sendGridKey: key)
    }

    static func environment(_ key: SendGridKey) -> [String: String] {
        [
            "API_URL": publicURL + "/", "ADDRESS_HASH_KEY": hashKey, "TWILIO_ACCOUNT_SID": twilioAccount,
            "TWILIO_AUTH_TOKEN": twilioTokens.joined(separator: ", "),
            "RESEND_WEBHOOK_SECRET": resendSecrets.joined(separator: ","),
            "STRIPE_WEBHOOK_SECRET": stripeSecrets.joined(separator: ","), "GREEN_API_ID_INSTANCE": "7103000000",
            "GREEN_API_WEBHOOK_TOKEN": greenTokens.joined(separator: ","), "LIVEKIT_API_KEY": "lk",
            "LIVEKIT_API_SECRET": liveKitSecret, "SENDGRID_WEBHOOK_PUBLIC_KEY": key.publicKey,
        ]
    }

    var database: TestDatabase { ingest.database }

    /// A request as it goes over the wire.
    struct Request: Sendable {
        var path: String
        var body: [UInt8]
        var headers: [(String, String)]

        init(_ path: String, _ body: String, _ headers: [(String, String)]) {
            self.init(path, Array(body.utf8), headers)
        }
        init(_ path: String, _ body: [UInt8], _ headers: [(String, String)]) {
            (self.path, self.body, self.headers) = (path, body, headers)
        }
        func with(body: String) -> Request { Request(path, body, headers) }
        func with(path: String) -> Request { Request(path, body, headers) }
        func without(_ name: String) -> Request { Request(path, body, headers.filter { $0.0 != name }) }
    }

    func send(_ request: Request, port: Int? = nil) async throws -> (status: Int, text: String, json: JSON) {
        var headers = HTTPHeaders()
        for (name, value) in request.headers { headers.append(name, value) }
        let response = try await ingest.client.send(
            HTTPRequest(
                .post, url: "http://127.0.0.1:\(port ?? ingest.port)\(request.path)", headers: headers, body: request.body,
                timeout: .seconds(60)))
        return (response.status, String(decoding: response.body, as: UTF8.self), (try? JSONReader.read(response.body)) ?? .null)
    }

    // MARK: Twilio

    static func encoded(_ fields: [(String, String)]) -> String {
        let plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")
        return fields.map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: plain) ?? "")" }.joined(separator: "&")
    }

    static func twilio(
        _ path: String, _ fields: [(String, String)], token: String = twilioTokens[0], account: String = twilioAccount,
        signedPath: String? = nil
    ) -> Request {
        let fields = fields + [("AccountSid", account)]
        let text = publicURL + (signedPath ?? path) + fields.sorted { $0.0 < $1.0 }.map { $0 + $1 }.joined()
        let signature = Base64.encode(HMAC.sha1(Array(text.utf8), key: token.utf8))
        return Request(path, encoded(fields), [("Content-Type", form), ("X-Twilio-Signature", signature)])
    }

    static func text(
        _ sid: String, from: String = "+33639980011", to: String = number, _ body: String, token: String = twilioTokens[0],
        account: String = twilioAccount
    ) -> Request {
        twilio(
            "/webhooks/twilio/inbound",
            [("MessageSid", sid), ("From", from), ("To", to), ("Body", body), ("NumMedia", "0")], token: token, account: account)
    }

    static func status(_ sid: String, _ status: String, attempt: String, code: String? = nil, token: String = twilioTokens[0])
        -> Request
    {
        twilio(
            "/webhooks/twilio/status?attempt=\(attempt)",
            [("MessageSid", sid), ("MessageStatus", status)] + (code.map { [("ErrorCode", $0)] } ?? []), token: token)
    }

    // MARK: Others

    static func resend(
        _ id: String, _ body: String, secret: String = resendSecrets[0], age: Int = 0, path: String = "/webhooks/resend"
    ) -> Request {
        resend(id, Array(body.utf8), secret: secret, age: age, path: path)
    }

    static func resend(
        _ id: String, _ body: [UInt8], secret: String = resendSecrets[0], age: Int = 0, path: String = "/webhooks/resend"
    ) -> Request {
        let time = String(Int(Date().timeIntervalSince1970) - age)
        let key = Base64.decode(String(secret.dropFirst("whsec_".count))) ?? []
        let signature = Base64.encode(HMAC.sha256(Array("\(id).\(time).".utf8) + body, key: key))
        return Request(
            path, body,
            [
                ("Content-Type", "application/json"), ("svix-id", id), ("svix-timestamp", time),
                ("svix-signature", "v1,\(signature)"),
            ])
    }

    static func stripe(_ body: String, secret: String = stripeSecrets[0], age: Int = 0) -> Request {
        stripe(Array(body.utf8), secret: secret, age: age)
    }

    static func stripe(_ body: [UInt8], secret: String = stripeSecrets[0], age: Int = 0) -> Request {
        let time = String(Int(Date().timeIntervalSince1970) - age)
        let code = Hex.encode(HMAC.sha256(Array("\(time).".utf8) + body, key: secret.utf8))
        return Request(
            "/webhooks/stripe", body, [("Content-Type", "application/json"), ("Stripe-Signature", "t=\(time),v1=\(code)")])
    }

    static func green(_ body: String, token: String = greenTokens[0]) -> Request { green(Array(body.utf8), token: token) }

    static func green(_ body: [UInt8], token: String = greenTokens[0]) -> Request {
        Request("/webhooks/green-api", body, [("Content-Type", "application/json"), ("Authorization", "Bearer \(token)")])
    }

    static func greenText(_ id: String, _ text: String, from: String = "33639980011", instance: String = "7103000000") -> String {
        """
        {"typeWebhook":"incomingMessageReceived","instanceData":{"idInstance":\(instance),"wid":"11001234567@c.us",\
        "typeInstance":"whatsapp"},"timestamp":\(Int(Date().timeIntervalSince1970)),"idMessage":"\(id)","senderData":\
        {"chatId":"\(from)@c.us","sender":"\(from)@c.us","senderName":"L"},"messageData":{"typeMessage":"textMessage",\
        "textMessageData":{"textMessage":"\(text)"}}}
        """
    }

    static func liveKit(_ body: String, secret: String = liveKitSecret, age: Double = 0, hashed: String? = nil) throws -> Request
    {
        try liveKit(Array(body.utf8), secret: secret, age: age, hashed: hashed.map { Array($0.utf8) })
    }

    static func liveKit(
        _ body: [UInt8], secret: String = liveKitSecret, age: Double = 0, hashed: [UInt8]? = nil
    ) throws -> Request {
        struct Claims: Encodable {
            let iss: String
            let nbf: Double
            let exp: Double
            let sha256: String
        }
        let now = Date().timeIntervalSince1970 - age
        let hash = Base64.encode(SHA256.digest(hashed ?? body))
        let token = try JWT.sign(
            Claims(iss: "lk", nbf: now.rounded(.down), exp: (now + 300).rounded(.down), sha256: hash), key: secret.utf8)
        return Request("/webhooks/livekit", body, [("Content-Type", "application/webhook+json"), ("Authorization", token)])
    }

    func sendGrid(_ path: String, _ body: [UInt8], _ type: String, key: SendGridKey? = nil, age: Int = 0) async throws -> Request
    {
        let time = String(Int(Date().timeIntervalSince1970) - age)
        let signature = try await (key ?? sendGridKey).sign(Array(time.utf8) + body)
        return Request(
            path, body,
            [
                ("Content-Type", type), ("X-Twilio-Email-Event-Webhook-Signature", Base64.encode(signature)),
                ("X-Twilio-Email-Event-Webhook-Timestamp", time),
            ])
    }

    func events(_ body: String, key: SendGridKey? = nil, age: Int = 0) async throws -> Request {
        try await sendGrid("/webhooks/sendgrid/events", Array(body.utf8), "application/json", key: key, age: age)
    }

    func mail(
        from: String, to: String, _ text: String, subject: String = "Re: hello", id: String, headers: String = ""
    ) async throws -> Request {
        let fields = [
            ("headers", "Message-ID: <\(id)>\n\(headers)"), ("from", "Lea <\(from)>"), ("to", to), ("subject", subject),
            ("text", text), ("envelope", #"{"to":["\#(to)"],"from":"\#(from)"}"#), ("attachments", "0"),
        ]
        let parts = fields.map { "--xYzZY\r\nContent-Disposition: form-data; name=\"\($0)\"\r\n\r\n\($1)\r\n" }
        return try await sendGrid(
            "/webhooks/sendgrid/inbound", Array((parts.joined() + "--xYzZY--\r\n").utf8), "multipart/form-data; boundary=xYzZY")
    }

    // MARK: Business rows

    func addLead(
        _ id: String, phone: String? = nil, email: String? = nil, tenant: String = "acme", status: String = "NEW",
        age: String = "1 day"
    ) async throws {
        try await database.execute(
            """
            insert into leads (tenant_id, id, name, phone, email, status, created_at)
            values ($1, $2, $2, $3, $4, $5, now() - $6::interval)
            """, [.text(tenant), .text(id), .optional(phone), .optional(email), .text(status), .text(age)])
    }

    /// That the tenant has written to the address, by the environment's account unless told otherwise.
    func wrote(
        to address: String, _ channel: String = "sms", tenant: String = "acme", account: String = "default",
        ago: String = "1 hour"
    )
        async throws
    {
        try await database.execute(
            """
            insert into relance.conversations (tenant_id, channel, address_hash, account, last_outbound_at)
            values ($1, $2, decode($3, 'hex'), $4, now() - $5::interval)
            """,
            [.text(tenant), .text(channel), .text(Self.addresses.hash(address)), .text(account), .text(ago)])
    }

    /// A message that was sent to a lead.
    ///
    /// - Returns: its attempt.
    func sent(
        _ channel: String = "sms", by provider: String = "twilio", to address: String = "+33639980011", tenant: String = "acme",
        account: String = "default", lead: String = "lead"
    ) async throws -> String {
        let attempt = UUID().uuidString.lowercased()
        try await database.execute(
            """
            with d as (
                insert into relance.deliveries (
                    tenant_id, dedupe_key, kind, subject, step, channel, recipient_type, recipient_id, recipient_hash,
                    message_class, due_at, expires_at, state, provider, account, sent_at, settled_at, attempts, report_rank)
                values ($1, $2::text, 'test', 's', 'x', $3, 'lead', $8, decode($4, 'hex'), 'transactional', now(),
                    now() + interval '1 hour', 'sent', $5, $6, now(), now(), 1, 0)
                returning id)
            insert into relance.delivery_attempts (
                id, tenant_id, delivery_id, job_id, lease, generation, provider, account, idempotency_key, closed_at, outcome,
                provider_id)
            select $2::uuid, $1, d.id, 1, 1, 0, $5, $6, 'k', now(), 'accepted', $7 from d
            """,
            [
                .text(tenant), .text(attempt), .text(channel), .text(Self.addresses.hash(address)), .text(provider),
                .text(account), .text("id-" + attempt), .text(lead),
            ])
        return attempt
    }

    func state(of attempt: String) async throws -> String {
        try await database.value(
            """
            select concat_ws(' ', d.state, d.reason) from relance.deliveries d
            join relance.delivery_attempts a on a.delivery_id = d.id where a.id = $1::uuid
            """, [.text(attempt)])
    }

    /// What was stored, in order: outcome, tenant, match, lead.
    func stored() async throws -> [[String]] {
        try await database.rows("select outcome, tenant_id, match, lead_id from relance.inbound_messages order by id")
    }

    func activities() async throws -> [[String]] {
        try await database.rows(
            "select tenant_id, lead_id, channel, direction, message_snippet from lead_activities order by created_at, id")
    }
}

/// A key pair such as SendGrid has one, made by OpenSSL's command.
struct SendGridKey: Sendable {
    let path: String
    /// Base 64 of the SubjectPublicKeyInfo, as SendGrid shows it.
    let publicKey: String

    static func make() async throws -> SendGridKey {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try await run(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path])
        try await run(["ec", "-in", path, "-pubout", "-outform", "DER", "-out", path + ".pub"])
        let key = try Data(contentsOf: URL(fileURLWithPath: path + ".pub"))
        return SendGridKey(path: path, publicKey: key.base64EncodedString())
    }

    func sign(_ bytes: [UInt8]) async throws -> [UInt8] {
        let file = path + UUID().uuidString
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        try await Self.run(["dgst", "-sha256", "-sign", path, "-out", file + ".sig", file])
        return Array(try Data(contentsOf: URL(fileURLWithPath: file + ".sig")))
    }

    private static func run(_ arguments: [String]) async throws {
        let process = try await ChildProcess("/usr/bin/openssl", arguments)
        let exit = try await process.exit()
        try #require(exit == .status(0), "\(process.standardError)")
    }
}
