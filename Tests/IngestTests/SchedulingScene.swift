import API
import Crypto
import Foundation
import HTTPClient
import Ingest
import Postgres
import Primitives
import TestSupport
import Testing

/// Ingest with what scheduling needs: closers of `acme`, a lead each, and keys of links.
struct SchedulingScene: Sendable {
    let ingest: IngestFixture
    /// A publishable key of `acme`.
    let page: String

    static let origin = "https://book.example"
    static let linkKeys = ["a-newer-key-of-links", "an-older-key-of-links"]
    static let environment = [
        "LINK_SIGNING_KEYS": linkKeys.joined(separator: ","), "API_URL": "https://api.example",
        "MAIL_FROM": "Acme <hello@acme.example>",
    ]

    static func make() async throws -> SchedulingScene {
        let ingest = try await IngestFixture.make(environment: environment)
        let key = try await IngestFixture.addKey(
            .publishable, "acme", scopes: ["public"], origins: [origin], to: ingest.database)
        for tenant in ["acme", "other"] {
            try await ingest.database.execute(
                """
                insert into users (tenant_id, id, name, role, is_active)
                values ($1, 'c1', 'Claire Martin', 'CLOSER', true), ($1, 'c2', 'Cyril', 'CLOSER', true),
                    ($1, 'gone', 'Gone', 'CLOSER', false)
                """, [.text(tenant)])
            try await ingest.database.execute(
                """
                insert into leads (tenant_id, id, name, email, phone, locale)
                values ($1, 'lead', 'Sophie <b>Martin', 'sophie@example.com', '+33639980001', 'fr-FR')
                """, [.text(tenant)])
        }
        try await ingest.database.execute("update calendar_configs set duration_min = 30, buffer_min = 15")
        return SchedulingScene(ingest: ingest, page: key)
    }

    var database: TestDatabase { ingest.database }

    /// So many minutes from now, as requests say it.
    static func at(_ minutes: Int) -> String {
        Timestamp(microseconds: Int64(Date().timeIntervalSince1970) * 1_000_000 + Int64(minutes) * 60_000_000).description
    }

    /// Books as a server does; by default for `lead`, the day after tomorrow.
    func book(
        _ start: String = at(2880), lead: String? = "lead", closer: String? = "c1", more: String = "",
        headers: [String: String?] = [:]
    ) async throws -> IngestFixture.Reply {
        let who = lead.map { #""leadId":"\#($0)","# } ?? ""
        let closer = closer.map { #","closerId":"\#($0)""# } ?? ""
        return try await ingest.send(
            .post, "/scheduling/appointments", #"{\#(who)"startsAt":"\#(start)"\#(closer)\#(more)}"#, headers: headers)
    }

    /// Books as a page of `acme` does.
    func bookInPublic(
        _ start: String = at(2880), closer: String? = nil, more: String = #","name":"N","email":"new@example.com""#,
        headers: [String: String?] = [:]
    ) async throws -> IngestFixture.Reply {
        let closer = closer.map { #","closerId":"\#($0)""# } ?? ""
        let own: [String: String?] = ["Authorization": "Bearer \(page)", "Origin": Self.origin]
        return try await ingest.send(
            .post, "/scheduling/appointments/public", #"{"startsAt":"\#(start)"\#(closer)\#(more)}"#,
            headers: own.merging(headers) { $1 })
    }

    func patch(_ id: String, _ body: String) async throws -> IngestFixture.Reply {
        try await ingest.send(.patch, "/scheduling/appointments/\(id)", body)
    }

    func noShow(_ id: String, _ body: String? = nil) async throws -> IngestFixture.Reply {
        try await ingest.send(.post, "/scheduling/appointments/\(id)/no-show", body)
    }

    /// An appointment that another application wrote: so many minutes from now.
    @discardableResult
    func plant(
        _ id: String, at minutes: Int, status: String = "SCHEDULED", lead: String = "lead", closer: String = "c1"
    ) async throws -> String {
        try await database.execute(
            """
            insert into appointments (tenant_id, id, lead_id, closer_id, status, starts_at, created_at)
            values ('acme', $1, $2, $3, $4, now() + make_interval(mins => $5), now() - interval '10 days')
            """, [.text(id), .text(lead), .text(closer), .text(status), .int(minutes)])
        return id
    }

    func status(_ id: String) async throws -> String {
        try await database.value("select status from appointments where tenant_id = 'acme' and id = $1", [.text(id)])
    }

    /// A token as the mails carry it.
    static func token(
        _ purpose: LinkPurpose, _ subjects: [String], keys: [String] = linkKeys, expiresIn seconds: Double = 3600
    ) throws -> String {
        try SignedLinkKeys(newestFirst: keys.map { Array($0.utf8) }).token(
            for: SignedLink(purpose: purpose, subjects: subjects, expiresAt: Date().addingTimeInterval(seconds)))
    }

    /// A page as a browser gets it.
    struct Page: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let html: String
    }

    func page(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, type: String = "application/x-www-form-urlencoded",
        language: String? = nil
    ) async throws -> Page {
        var headers = HTTPHeaders()
        if body != nil { headers.append("Content-Type", type) }
        if let language { headers.append("Accept-Language", language) }
        // A peer of its own, so that no test is held up by another's limit.
        headers.append("X-Forwarded-For", "203.0.113.\(Int.random(in: 1...254))")
        let response = try await ingest.client.send(
            HTTPRequest(
                method, url: "http://127.0.0.1:\(ingest.port)\(path)", headers: headers, body: Array((body ?? "").utf8)))
        return Page(status: response.status, headers: response.headers, html: String(decoding: response.body, as: UTF8.self))
    }
}

extension IngestFixture.Reply {
    /// The id of the appointment that it tells of.
    var appointmentID: String { json["appointment"]?["id"]?.text ?? "" }
    var appointmentStatus: String? { json["appointment"]?["status"]?.text }
}
