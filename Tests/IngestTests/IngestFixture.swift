import API
import Crypto
import Foundation
import HTTPClient
import Ingest
import Postgres
import TestSupport
import Testing

/// A database with two tenants and their keys, and the shipped program upon it, behind HTTP.
final class IngestFixture: Sendable {
    let database: TestDatabase
    let databaseURL: String
    let redisURL: String?
    let port: Int
    let program: ChildProcess
    let client = HTTPClient()
    /// What the program declares of itself: every answer that `send` gets is held against it.
    let contract: Contract
    /// A server's key of `acme` with every scope, one of `other`.
    let key: String
    let otherKey: String

    static let jwtSecret = "0123456789abcdef0123456789abcdef"

    /// An answer with its JSON.
    struct Reply: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let json: JSON
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        var code: String? { json["code"]?.text }
        /// The pointers of the faults that are named.
        var pointers: [String] { json["errors"]?.elements?.compactMap { $0["pointer"]?.text } ?? [] }
        func list(_ path: String...) -> [String] {
            path.reduce(Optional(json)) { $0?[$1] }?.elements?.compactMap(\.text) ?? []
        }
    }

    /// - Parameters:
    ///   - database: a database of a server of the test's own; else one on the shared server.
    ///   - redisURL: likewise; nil for none.
    static func make(
        database: TestDatabase? = nil, redisURL: String?? = .none, environment: [String: String] = [:]
    ) async throws -> IngestFixture {
        let database = try await database.asyncOr { try await TestDatabase.create() }
        var keys: [String] = []
        for tenant in ["acme", "other"] {
            try await database.execute("insert into organizations (id, name) values ($1, $1)", [.text(tenant)])
            keys.append(try await addKey(.server, tenant, scopes: ["ingest", "read", "admin"], to: database))
        }
        return try await IngestFixture(database, redisURL ?? TestServers.redisURL, keys, environment)
    }

    @discardableResult
    static func addKey(
        _ kind: APIKey.Kind, _ tenant: String, scopes: [String], origins: [String] = [], perMinute: Int = 100_000_000,
        expires: String = "1 hour", to database: TestDatabase
    ) async throws -> String {
        let key = APIKey.make(kind, tenantID: tenant)
        try await database.execute(
            """
            insert into relance.api_keys (tenant_id, kind, name, key_hash, hint, scopes, origins, per_minute, expires_at, created_by)
            values ($1, $2, 'test', decode($3, 'hex'), $4, $5::text[], $6::text[], $7, now() + $8::interval, 'test')
            """,
            [
                .text(tenant), .text(kind.rawValue), .text(key.hash), .text(key.hint), .texts(scopes), .texts(origins),
                .int(perMinute), .text(expires),
            ])
        return key.text
    }

    private init(_ database: TestDatabase, _ redisURL: String?, _ keys: [String], _ more: [String: String]) async throws {
        self.database = database
        self.redisURL = redisURL
        (key, otherKey) = (keys[0], keys[1])
        databaseURL = database.workerURL.replacingOccurrences(of: "relance_worker", with: "relance_ingest")
        port = try freePort()
        var environment = [
            "DATABASE_URL": databaseURL, "INGEST_LISTEN": "127.0.0.1:\(port)", "JWT_SECRET": Self.jwtSecret,
            "TRUSTED_PROXIES": "127.0.0.1", "FRONTEND_URL": "https://dash.example/app", "LOG_LEVEL": "info",
            "LINK_SIGNING_KEYS": RouteCase.linkKey,
        ]
        environment["REDIS_URL"] = redisURL
        program = try await ChildProcess("ingest", environment: environment.merging(more) { $1 })
        do {
            try await program.output(contains: "service started")
        } catch {
            throw NotStarted(description: program.standardError)
        }
        contract = try await Contract.of(port: port)
    }

    /// The program did not start.
    struct NotStarted: Error, CustomStringConvertible {
        let description: String
    }

    /// Memory of the program, now.
    var residentKilobytes: Int {
        get throws {
            let status = try String(contentsOfFile: "/proc/\(program.pid)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
            return try #require(Int(line.filter(\.isNumber)))
        }
    }

    /// Sends a request as `acme`, unless told otherwise; a header of nil is left out.
    func send(
        _ method: HTTPRequest.Method = .get, _ path: String, _ body: String? = nil, headers: [String: String?] = [:]
    ) async throws -> Reply {
        var all: [String: String?] = ["Authorization": "Bearer \(key)", "X-Tenant": "acme"]
        if body != nil { all["Content-Type"] = "application/json" }
        for (name, value) in headers { all[name] = .some(value) }
        var list = HTTPHeaders()
        for case (let name, let value?) in all { list.append(name, value) }
        let response = try await client.send(
            HTTPRequest(method, url: "http://127.0.0.1:\(port)\(path)", headers: list, body: Array((body ?? "").utf8)))
        for fault in contract.faults(method.rawValue, path, response) { Issue.record("not as declared: \(fault)") }
        let json = (try? JSONReader.read(response.body, limits: Self.limits)) ?? .null
        return Reply(status: response.status, headers: response.headers, json: json, body: response.body)
    }

    /// Sends a body of any bytes, of whose answer only the status matters. One answer in sixteen is held against the contract: all
    /// would take longer than they took to make.
    ///
    /// - Returns: 413 also where a long body was refused by its announcement and the answer lost with the connection.
    func answer(_ method: HTTPRequest.Method, _ path: String, _ body: [UInt8], headers: [String: String?]) async throws -> Int {
        var list = HTTPHeaders()
        for case (let name, let value?) in headers { list.append(name, value) }
        do {
            let response = try await client.send(
                HTTPRequest(method, url: "http://127.0.0.1:\(port)\(path)", headers: list, body: body))
            if body.count.isMultiple(of: 16) {
                for fault in contract.faults(method.rawValue, path, response) { Issue.record("not as declared: \(fault)") }
            }
            return response.status
        } catch {
            guard case .connectionLost = error, body.count > 8 << 10, program.isRunning else { throw error }
            return 413
        }
    }

    private static let limits: JSONReader.Limits = {
        var limits = JSONReader.Limits()
        limits.values = 1_000_000
        return limits
    }()

    /// Logs an activity of `lead`.
    @discardableResult
    func log(
        _ lead: String, _ direction: String, channel: String = "whatsapp", status: String = "sent", more: String = "",
        headers: [String: String?] = [:]
    ) async throws -> Reply {
        try await send(
            .post, "/api/activities/log",
            #"{"leadId":"\#(lead)","channel":"\#(channel)","direction":"\#(direction)","status":"\#(status)"\#(more)}"#,
            headers: headers)
    }

    /// Raises an alert as the generator would.
    func raise(_ type: String, _ lead: String, severity: String = "med", tenant: String = "acme") async throws -> String {
        try await database.value(
            "insert into max_alerts (tenant_id, lead_id, type, severity, message) values ($1, $2, $3, $4, 'm') returning id",
            [.text(tenant), .text(lead), .text(type), .text(severity)])
    }

    /// A token as the dashboards' identity provider makes it.
    static func token(_ subject: String = "ada", tenant: String = "acme", role: String = "ADMIN", in seconds: Double = 600) throws
        -> String
    {
        struct Claims: Encodable {
            let sub: String
            let tenant: String
            let role: String
            let exp: Double
        }
        return try JWT.sign(
            Claims(sub: subject, tenant: tenant, role: role, exp: Date().timeIntervalSince1970 + seconds), key: jwtSecret.utf8)
    }
}

extension Optional where Wrapped: Sendable {
    fileprivate func asyncOr(_ make: () async throws -> Wrapped) async throws -> Wrapped {
        if let self { return self }
        return try await make()
    }
}
