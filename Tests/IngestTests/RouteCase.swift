import API
import Crypto
import Foundation
import HTTPClient
import Ingest
import Postgres
import Primitives
import TestSupport
import Testing

/// A route as the tests of all routes need it: who may call it, about what, with which body. A route that is declared and is
/// not here fails `RouteTests`: add its line to ``all``.
struct RouteCase: Sendable, CustomTestStringConvertible {
    /// The least credential that a route takes.
    enum Caller: Sendable {
        /// A server's key.
        case server
        /// A user's token.
        case user
        /// A publishable key of a web page.
        case page
        /// None: what it carries itself decides, or nothing does.
        case anybody
    }

    let method: HTTPRequest.Method
    /// As it is declared.
    let path: String
    let caller: Caller
    /// What stands in the path for its parameter.
    let subject: Subject?
    /// A body that is sound.
    let body: String?
    /// What the body is.
    let contentType: String

    init(
        _ method: HTTPRequest.Method, _ path: String, _ caller: Caller, about subject: Subject? = nil, body: String? = nil,
        as contentType: String = "application/json"
    ) {
        (self.method, self.path, self.caller, self.subject) = (method, path, caller, subject)
        (self.body, self.contentType) = (body, contentType)
    }

    var testDescription: String { "\(method.rawValue) \(path)" }

    /// Whether people look at its answers, problems included.
    var showsPages: Bool { path.hasSuffix("/{token}") }

    /// Some days from now, as requests say it.
    private static func instant(in days: Double) -> String {
        Timestamp(microseconds: Int64((Date().timeIntervalSince1970 + days * 86_400) * 1_000_000)).description
    }

    /// Signs the links that cases hold; every fixture knows it.
    static let linkKey = "0123456789abcdef0123456789abcdef"

    /// Of the visit of acme's ``Subject/resumedForm``.
    private static let resumeToken =
        (try? SignedLinkKeys(newestFirst: [Array(linkKey.utf8)]))?.token(
            for: SignedLink(
                purpose: .resume, subjects: ["acme", "resumed-of-acme", "resumed-of-acme"],
                expiresAt: Date().addingTimeInterval(86_400))) ?? ""

    static let all: [RouteCase] = [
        .init(.get, "/health", .anybody), .init(.get, "/health/live", .anybody), .init(.get, "/health/ready", .anybody),
        .init(.get, "/metrics", .anybody), .init(.get, "/openapi.json", .anybody),
        .init(
            .post, "/api/activities/log", .server,
            body: #"{"leadId":"l","channel":"sms","direction":"in","status":"sent","messageSnippet":"x","meta":{"a":[1]}}"#),
        .init(.get, "/api/alerts/active", .server),
        .init(.post, "/api/alerts/{id}/resolve", .server, about: .alert, body: #"{"reason":"said"}"#),
        .init(
            .post, "/scheduling/appointments", .server,
            body: #"{"name":"Zoé","email":"zoe@lead.example","startsAt":"\#(instant(in: 30))","durationMin":30,"video":"meet"}"#),
        .init(
            .post, "/scheduling/appointments/public", .page,
            body: #"{"name":"Zoé","phone":"06 39 98 00 01","startsAt":"\#(instant(in: 31))","timezone":"Europe/Paris"}"#),
        .init(.get, "/scheduling/appointments", .server),
        .init(.get, "/scheduling/appointments/{id}", .server, about: .appointment),
        .init(.patch, "/scheduling/appointments/{id}", .server, about: .appointment, body: #"{"status":"CONFIRMED"}"#),
        .init(
            .post, "/scheduling/appointments/{id}/no-show", .server, about: .begunAppointment,
            body: #"{"cause":"lead","reason":"said"}"#),
        .init(.get, "/scheduling/appointments/{id}/calendar.ics", .server, about: .appointment),
        .init(.post, "/calls/start", .server, body: #"{"appointmentId":"called","role":"closer","identity":"user:ada"}"#),
        .init(.post, "/calls/{id}/join", .server, about: .call, body: #"{"role":"lead"}"#),
        .init(.post, "/calls/{id}/end", .server, about: .call),
        .init(.get, "/a/{token}", .anybody), .init(.get, "/u/{token}", .anybody),
        .init(.post, "/a/{token}", .anybody, body: "action=confirm&revision=0", as: "application/x-www-form-urlencoded"),
        .init(.post, "/u/{token}", .anybody, body: "List-Unsubscribe=One-Click", as: "application/x-www-form-urlencoded"),
        .init(
            .post, "/leads/forms/{formId}/submit", .page, about: .form,
            body: """
                {"name":"Zoé","email":"zoe@lead.example","phone":"06 39 98 00 01","locale":"fr-FR","timezone":"Europe/Paris",\
                "marketingConsent":true,"sessionId":"s1","answers":{"budget":"10k"},"resumeToken":"x"}
                """),
        .init(
            .post, "/leads/forms/{formId}/abandon", .page, about: .form,
            body: """
                {"sessionId":"s2","name":"Zoé","email":"zoe@","phone":"06","locale":"fr","marketingConsent":false,\
                "answers":{"budget":[1,2]},"lastActivityAt":"2026-11-20T08:15:00Z"}
                """),
        .init(.post, "/leads/forms/{formId}/resume", .page, about: .resumedForm, body: #"{"resumeToken":"\#(resumeToken)"}"#),
        .init(.get, "/notifications", .user), .init(.patch, "/notifications/{id}/read", .user, about: .notification),
        .init(.delete, "/notifications/{id}", .user, about: .notification),
        .init(
            .post, "/events", .server,
            body:
                #"{"events":[{"eventType":"page_view","userId":"ada","service":"web","metadata":{"p":"/"},"createdAt":"2026-11-20T08:15:00Z"}]}"#
        ),
        .init(
            .post, "/monitoring/metrics", .server,
            body: #"{"metrics":[{"service":"api","metric":"cpu","value":0.5,"timestamp":"2026-11-20T08:15:00Z","metadata":{}}]}"#),
        .init(.post, "/webhooks/stripe", .anybody, body: "{}"), .init(.post, "/webhooks/green-api", .anybody, body: "{}"),
        .init(.post, "/webhooks/resend", .anybody, body: "{}"), .init(.post, "/webhooks/sendgrid/events", .anybody, body: "[]"),
        .init(.post, "/webhooks/twilio/inbound", .anybody, body: "a=b", as: "application/x-www-form-urlencoded"),
        .init(.post, "/webhooks/twilio/status", .anybody, body: "a=b", as: "application/x-www-form-urlencoded"),
        .init(.post, "/webhooks/sendgrid/inbound", .anybody, body: "--b--", as: "multipart/form-data; boundary=b"),
        .init(.post, "/webhooks/livekit", .anybody, body: "{}", as: "application/webhook+json"),
        .init(.get, "/admin/jobs", .server),
        .init(.post, "/admin/jobs/{id}/retry", .server, about: .job, body: #"{"reason":"said"}"#),
    ]

    /// What a path names: makes one for a tenant and returns its id. Whatever text it holds has ``marker(_:)`` in it, so that a
    /// list that shows it to another tenant is found out.
    struct Subject: Sendable {
        let make: @Sendable (IngestFixture, _ tenant: String) async throws -> String

        static func marker(_ tenant: String) -> String { "only-of-\(tenant)" }

        private static func row(_ sql: String) -> Subject {
            Subject { ingest, tenant in try await ingest.database.value(sql, [.text(tenant), .text(marker(tenant))]) }
        }

        /// Of a lead of its own, with an hour of its own: what is booked beside it must not stand in its way.
        private static func appointment(_ start: String) -> Subject {
            row(
                """
                with lead as (
                    insert into leads (tenant_id, id, name, email)
                    values ($1, 'lead-' || gen_random_uuid(), $2, gen_random_uuid() || '@lead.example') returning id
                )
                insert into appointments (tenant_id, id, lead_id, starts_at, imported_at, location)
                select $1, 'appointment-' || gen_random_uuid(), id, now() + interval '\(start)', now(), $2 from lead returning id
                """)
        }

        static let appointment = appointment("3 days")
        static let begunAppointment = appointment("-1 hour")
        static let call = row(
            """
            with lead as (
                insert into leads (tenant_id, id, name) values ($1, 'lead-' || gen_random_uuid(), $2) returning id
            ), appointment as (
                insert into appointments (tenant_id, id, lead_id, starts_at, imported_at)
                select $1, 'appointment-' || gen_random_uuid(), id, now(), now() from lead returning id
            )
            insert into calls (tenant_id, id, appointment_id, started_at) select $1, id, id, now() from appointment returning id
            """)
        static let alert = row(
            """
            insert into max_alerts (tenant_id, lead_id, type, severity, message)
            values ($1, $2 || gen_random_uuid(), 'NoReply3d', 'med', $2) returning id
            """)
        static let form = row(
            "insert into forms (tenant_id, id, name, status) values ($1, 'f-' || gen_random_uuid(), $2, 'ACTIVE') returning id")
        /// One for each tenant, since a token names it; with a visit.
        static let resumedForm = row(
            """
            with form as (
                insert into forms (tenant_id, id, name, status) values ($1, 'resumed-of-' || $1, $2, 'ACTIVE')
                on conflict (tenant_id, id) do update set name = excluded.name returning id
            ), visit as (
                insert into form_abandons (tenant_id, id, form_id, session_id, email, answers, last_activity_at)
                select $1, id, id, id, 'resumed@lead.example', jsonb_build_object('said', $2), now() from form
                on conflict do nothing
            )
            select id from form
            """)
        static let notification = row(
            "insert into notifications (tenant_id, user_id, kind, title, body) values ($1, 'ada', 'test', $2, $2) returning id")
        static let job = row(
            """
            insert into relance.jobs (tenant_id, kind, queue, state, run_at)
            values ($1, $2, 'test', 'scheduled', now() + interval '1 hour') returning id
            """)
    }
}

extension RouteCase {
    /// Makes what bodies name.
    static func furnish(_ ingest: IngestFixture) async throws {
        for tenant in ["acme", "other"] {
            try await ingest.database.execute(
                "insert into leads (tenant_id, id, name) values ($1, 'called', 'x')", [.text(tenant)])
            try await ingest.database.execute(
                """
                insert into appointments (tenant_id, id, lead_id, starts_at, imported_at)
                values ($1, 'called', 'called', now(), now())
                """, [.text(tenant)])
        }
    }

    /// The path with something in the place of its parameter.
    func target(_ subject: String = "00000000-0000-4000-8000-000000000000") -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).map { $0.hasPrefix("{") ? subject : String($0) }
            .joined(separator: "/")
    }
}

/// Callers of every kind, of two tenants.
struct Callers: Sendable {
    static let origin = "https://www.acme.example"
    private let keys: [String: (server: String, page: String)]

    init(_ ingest: IngestFixture) async throws {
        var keys: [String: (String, String)] = [:]
        for (tenant, key) in [("acme", ingest.key), ("other", ingest.otherKey)] {
            try await ingest.database.execute(
                "insert into users (tenant_id, id, name, role) values ($1, 'ada', 'Ada', 'ADMIN') on conflict do nothing",
                [.text(tenant)])
            let page = try await IngestFixture.addKey(
                .publishable, tenant, scopes: ["public"], origins: [Self.origin], to: ingest.database)
            keys[tenant] = (key, page)
        }
        self.keys = keys
    }

    /// The headers of a sound request to a route.
    func headers(for route: RouteCase, of tenant: String = "acme") throws -> [String: String?] {
        let type = route.body == nil ? [:] : ["Content-Type": route.contentType]
        return try headers(route.caller, of: tenant).merging(type) { $1 }
    }

    /// The headers of a caller, for a tenant of its choice.
    func headers(_ caller: RouteCase.Caller, of tenant: String, for named: String? = nil) throws -> [String: String?] {
        let key = keys[tenant]
        let named = named ?? tenant
        switch caller {
        case .server: return ["Authorization": "Bearer \(key?.server ?? "")", "X-Tenant": named]
        case .user: return ["Authorization": "Bearer \(try IngestFixture.token(tenant: tenant))", "X-Tenant": named]
        case .page: return ["Authorization": "Bearer \(key?.page ?? "")", "X-Tenant": named, "Origin": Self.origin]
        case .anybody:
            // Strangers are limited by address: another for each.
            let address = "10.\(Int.random(in: 0...255)).\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
            return ["Authorization": nil, "X-Tenant": nil, "X-Forwarded-For": address]
        }
    }
}
