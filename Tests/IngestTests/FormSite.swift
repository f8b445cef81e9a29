import Crypto
import Foundation
import HTTPClient
import TestSupport

/// A fixture with the active forms `f` and `g`, and a page that shows them.
struct FormSite {
    let ingest: IngestFixture
    let page: [String: String?]

    init() async throws {
        ingest = try await IngestFixture.make()
        page = try await Callers(ingest).headers(.page, of: "acme")
        try await ingest.database.execute(
            """
            insert into forms (tenant_id, id, name, status)
            values ('acme', 'f', 'F', 'ACTIVE'), ('acme', 'g', 'G', 'ACTIVE'), ('other', 'f', 'F', 'ACTIVE')
            """)
    }

    func submit(_ body: String, form: String = "f", asServer: Bool = false, headers: [String: String?] = [:]) async throws
        -> IngestFixture.Reply
    {
        try await ingest.send(
            .post, "/leads/forms/\(form)/submit", body, headers: (asServer ? [:] : page).merging(headers) { $1 })
    }

    func abandon(_ body: String, form: String = "f", headers: [String: String?] = [:]) async throws -> IngestFixture.Reply {
        try await ingest.send(.post, "/leads/forms/\(form)/abandon", body, headers: page.merging(headers) { $1 })
    }

    func resume(_ token: String, form: String = "f", headers: [String: String?] = [:]) async throws -> IngestFixture.Reply {
        try await ingest.send(
            .post, "/leads/forms/\(form)/resume", #"{"resumeToken":"\#(token)"}"#, headers: page.merging(headers) { $1 })
    }

    /// The id of the one visit that broke off.
    func visit() async throws -> String { try await ingest.database.value("select id from form_abandons") }

    /// The token in the mail about a visit of acme's form `f`.
    ///
    /// - Parameter flaw: what is wrong with it: expired, foreign, otherForm, otherPurpose, forged; nothing by any other name.
    static func token(of abandon: String, flaw: String = "none") throws -> String {
        let key = flaw == "forged" ? "another-key-of-32-bytes-or-longer" : RouteCase.linkKey
        return try SignedLinkKeys(newestFirst: [Array(key.utf8)]).token(
            for: SignedLink(
                purpose: flaw == "otherPurpose" ? .cancel : .resume,
                subjects: [flaw == "foreign" ? "other" : "acme", flaw == "otherForm" ? "g" : "f", abandon],
                expiresAt: Date().addingTimeInterval(flaw == "expired" ? -10 : 600)))
    }
}
