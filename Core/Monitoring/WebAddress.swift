/// An absolute http or https address taken apart, with nothing in it that could break out of a request line.
struct WebAddress: Sendable, Equatable {
    /// `http` or `https`.
    let scheme: Substring
    /// What stands before an `@`; nil where there is none.
    let user: Substring?
    /// Host and port.
    let host: Substring
    /// From the first slash on, without slashes at its end; may be empty.
    let path: Substring

    /// Nil for anything with white space, a query, a fragment, or no host.
    init?(_ text: String) {
        let rest: Substring
        if text.hasPrefix("https://") {
            (scheme, rest) = ("https", text.dropFirst(8))
        } else if text.hasPrefix("http://") {
            (scheme, rest) = ("http", text.dropFirst(7))
        } else {
            return nil
        }
        guard rest.utf8.count <= 2048, rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !rest.contains("?"), !rest.contains("#"),
            !rest.contains("\\")
        else { return nil }
        let authority = rest.prefix { $0 != "/" }
        var path = rest[authority.endIndex...]
        while path.last == "/" { path.removeLast() }
        self.path = path
        if let at = authority.lastIndex(of: "@") {
            user = authority[..<at]
            host = authority[authority.index(after: at)...]
        } else {
            user = nil
            host = authority
        }
        guard !host.isEmpty, host.first != ":" else { return nil }
    }
}
