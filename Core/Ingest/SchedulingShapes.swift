internal import API
internal import Primitives

extension Shape where Value == Timestamp {
    /// An instant with its offset (RFC 3339).
    static var instant: Shape<Timestamp> {
        Shape<String>.text(20...40).converted("is no instant with its offset, such as 2026-11-20T14:30:00+01:00") {
            Timestamp($0)
        }
        .documented("format", "date-time")
    }
}

extension Shape where Value == String {
    /// An id of a row.
    static var id: Shape { .text(1...200) }

    /// A web address.
    static var webAddress: Shape {
        Shape.text(8...2000).converted("is no http or https address") { text in
            let scheme = text.prefix(8).lowercased()
            guard scheme.hasPrefix("https://") || scheme.hasPrefix("http://"),
                text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !#""<>\^`{|}"#.utf8.contains($0) })
            else { return nil }
            return text
        }
        .documented("format", "uri")
    }

    /// A language and perhaps a region, such as fr-FR.
    static var locale: Shape {
        Shape.text(2...35).converted("is no locale such as fr-FR") { text in
            let parts = text.split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "_" }
            let isWhole = parts.allSatisfy { part in
                (1...8).contains(part.utf8.count)
                    && part.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) }
            }
            return isWhole && (parts.first?.utf8.count ?? 0) >= 2 ? text : nil
        }
    }
}
