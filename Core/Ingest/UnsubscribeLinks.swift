internal import API
internal import Content
private import Crypto
private import FoundationEssentials
internal import HTTPServer
internal import Messaging
internal import Postgres
private import Reminders

/// The links to have no more marketing (D-16): a page for people, and one click for readers of mail (RFC 8058).
struct UnsubscribeLinks {
    let backend: Backend
    let links: Links

    var all: [Route] {
        let parameters = Shape<String>.object(.required("token", .text(1...2048), "what the link carries"))
        let answers: [AnswerDescription] = [
            .other(200, "a page", contentType: "text/html"), .other(404, "no link of ours", contentType: "text/html"),
            .other(410, "expired", contentType: "text/html"),
        ]
        return [
            Route(
                .get, "/u/{token}", "The page that asks whether marketing is to stop; changes nothing", access: .open,
                parameters: parameters, query: .nothing, body: .none, answers: answers, page: LinkPage.page
            ) { call in
                let link = try unsubscription(call.path)
                let (name, language) = try await organization(link.tenantID, call.request)
                return try LinkPage.notice(.unsubscribe(organisation: name), language)
            },
            // A POST to such an address means one thing only, so whatever body a reader of mail sends will do. Large mail services
            // click for all their users from a few addresses: no limit by address may lose an opt-out, and a token cannot be
            // guessed.
            Route(
                .post, "/u/{token}", "One-click unsubscribe (RFC 8058), and what the page's form sends", access: .probe,
                parameters: parameters, query: .nothing,
                body: .raw(["application/x-www-form-urlencoded", "multipart/form-data"], upTo: 8 << 10), answers: answers,
                page: LinkPage.page
            ) { call in
                let link = try unsubscription(call.path)
                let (name, language) = try await organization(link.tenantID, call.request)
                let page = try LinkPage.notice(.unsubscribed(organisation: name), language)
                return try await backend.commits.commit(UnsubscribeWrite(unsubscription: link, page: page))
            },
        ]
    }

    private func unsubscription(_ token: String) throws(Problem) -> Unsubscription {
        guard let keys = links.reminders.linkKeys else { throw .notFound("link") }
        do throws(SignedLinkError) {
            let link = try keys.verify(token, purpose: .unsubscribe, now: Date())
            guard let unsubscription = Unsubscription(link) else { throw SignedLinkError.malformed }
            return unsubscription
        } catch {
            throw error == .expired ? Problem(410, "expired", "The link has expired.") : .notFound("link")
        }
    }

    /// Its name, and the language of the reader's browser, or its own where the browser says nothing.
    private func organization(
        _ tenantID: String, _ request: HTTPServerRequest
    ) async throws(Problem) -> (String, Language) {
        let row = try await backend.reads.read { session throws(PostgresError) in
            try session.query(.readOrganizationWords, [.text(tenantID)]).map { row throws(PostgresError) in
                (try row.text("name"), try row.text("locale"))
            }.first
        }
        guard let (name, locale) = row else { throw .notFound("link") }
        let isAsked = request.header("Accept-Language") != nil
        return (name, isAsked ? LinkPage.language(of: request) : Language(locale: locale))
    }
}

/// An address that wants no more marketing; once is as good as often.
private struct UnsubscribeWrite: Write {
    let unsubscription: Unsubscription
    let page: Answer

    static let kind = "unsubscribe"
    var order: (String, String) { (unsubscription.tenantID, unsubscription.addressHash) }

    static func statements(for batch: [UnsubscribeWrite]) -> [(SQLStatement, [PostgresValue])] {
        batch.map(\.unsubscription.statement)
    }

    static func answers(
        to batch: [UnsubscribeWrite], from rows: [PostgresRows]
    ) throws(PostgresError) -> [Result<Answer, Problem>] {
        batch.map { .success($0.page) }
    }
}

extension SQLStatement {
    fileprivate static let readOrganizationWords = SQLStatement(embedded: PackageResources.read_organization_words_sql)
}
