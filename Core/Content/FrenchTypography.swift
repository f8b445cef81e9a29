/// Narrow no-break spaces where French typography wants them, put into the templates when they are read, so that the files hold
/// plain spaces that an editor shows. Names and links from outside are never touched, nor is what stands inside a tag or a style
/// sheet.
enum FrenchTypography {
    private static let space = "\u{202F}"

    static func applied(to template: String, isHTML: Bool) -> String {
        guard isHTML else { return applied(to: template[...]) }
        var result = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "<") {
            result += applied(to: rest[..<open])
            rest = rest[open...]
            let isSheet = rest.prefix(6).lowercased() == "<style"
            let end = isSheet ? rest.firstRange(of: "</style>")?.upperBound : rest.firstIndex(of: ">").map(rest.index(after:))
            result += rest[..<(end ?? rest.endIndex)]
            rest = rest[(end ?? rest.endIndex)...]
        }
        return result + applied(to: rest)
    }

    private static func applied(to template: Substring) -> String {
        var text = String(template)
        for mark in [":", ";", "!", "?", "»"] { text = text.replacing(" " + mark, with: space + mark) }
        return text.replacing("« ", with: "«" + space)
    }
}
