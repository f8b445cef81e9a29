/// How the reader of a marketing mail has no more of them: the link in its footer, and the headers that readers of mail make a
/// button of (RFC 2369, RFC 8058).
public struct Unsubscribe: Sendable, Equatable {
    /// With its brackets it fits into a header that `MailFile` writes.
    private static let maximumLength = 898

    /// The page that asks, and that a POST unsubscribes at without asking.
    public let link: String

    /// - Parameter link: `API_URL/u/` and a signed token; nil unless it is an http or https address that a header can carry.
    public init?(link: String) {
        guard let address = CleanText.webAddress(link), address.utf8.count <= Self.maximumLength else { return nil }
        self.link = address
    }

    /// One click may only go where nobody listens in (RFC 8058 §3.1), so a plain http address, as in development, offers the page
    /// alone.
    public var headers: [RenderedMail.Header] {
        let list = RenderedMail.Header(name: "List-Unsubscribe", value: "<\(link)>")
        guard link.lowercased().hasPrefix("https://") else { return [list] }
        return [list, RenderedMail.Header(name: "List-Unsubscribe-Post", value: "List-Unsubscribe=One-Click")]
    }
}
