internal import API
internal import Content
private import Crypto
internal import HTTPServer

/// The pages of signed links as answers: people look at them, so their problems are pages too.
enum LinkPage {
    /// Nothing runs in a page, nothing of it is kept, told on, indexed or framed.
    ///
    /// The style sheet is allowed by its hash, computed over what the page really holds, so that no other can slip in.
    static func answer(_ html: String, _ language: Language, status: Int = 200) -> Answer {
        let style = html.firstRange(of: "<style>").flatMap { open in
            html[open.upperBound...].firstRange(of: "</style>").map { html[open.upperBound..<$0.lowerBound] }
        }
        let hash = Base64.encode(SHA256.digest(Array((style ?? "").utf8)))
        return Answer(
            status: status, contentType: "text/html; charset=utf-8", body: Array(html.utf8),
            headers: [
                HTTPServerField(
                    "Content-Security-Policy",
                    "default-src 'none'; style-src 'sha256-\(hash)'; img-src data:; form-action 'self'; base-uri 'none'; "
                        + "frame-ancestors 'none'"),
                HTTPServerField("Referrer-Policy", "no-referrer"), HTTPServerField("Cache-Control", "no-store"),
                HTTPServerField("X-Robots-Tag", "noindex, nofollow"), HTTPServerField("X-Content-Type-Options", "nosniff"),
                HTTPServerField("Content-Language", language.rawValue),
            ])
    }

    /// A page that speaks of no appointment.
    static func notice(_ page: NoticePage, _ language: Language, status: Int = 200) throws(ContentError) -> Answer {
        answer(try page.html(in: language), language, status: status)
    }

    /// The page of a problem, in the language of the browser.
    static func page(of problem: Problem, _ request: HTTPServerRequest) -> Answer {
        let notice: NoticePage =
            switch (problem.status, problem.code) {
            case (410, _): .expired
            case (400, _), (404, _): .invalid
            case (429, _): .busy
            case (503, _), (409, _): .away
            default: .failed
            }
        let language = language(of: request)
        guard let html = try? notice.html(in: language) else {
            return Answer(status: problem.status, contentType: "text/plain; charset=utf-8", body: Array(problem.detail.utf8))
        }
        return answer(html, language, status: problem.status)
    }

    /// What the browser asks for first, where we speak it; French else.
    static func language(of request: HTTPServerRequest) -> Language {
        let first = request.header("Accept-Language")?.prefix { $0 != "," && $0 != ";" }
        return Language(locale: first.map { $0.filter { $0 != " " } })
    }
}
