/// What the HTML of a mail must not have: anything that runs, or that makes its reader fetch what runs.
enum HTMLCheck {
    private static let elements: Set<String> = [
        "script", "iframe", "frame", "frameset", "object", "embed", "applet", "link", "base", "form", "input", "button",
        "textarea",
        "select", "svg", "math", "template", "noscript", "portal", "audio", "video", "source", "track",
    ]

    static func faults(in source: [UInt8]) -> [TemplateFault] {
        var faults: [TemplateFault] = []
        func note(_ line: Int, _ message: String) { faults.append(TemplateFault(line: line, message: message)) }
        for tag in HTMLTag.all(in: source) {
            if elements.contains(tag.name) { note(tag.line, "<\(tag.name)> is not allowed in a mail") }
            if tag.name == "meta",
                tag.attributes.contains(where: { $0.name == "http-equiv" && $0.value.lowercased() == "refresh" })
            {
                note(tag.line, "<meta http-equiv=\"refresh\"> is not allowed in a mail")
            }
            if tag.name.contains("<") || tag.attributes.contains(where: { $0.name.contains("<") }) {
                note(tag.line, "a tag that is not closed before the next one")
            }
            for attribute in tag.attributes {
                let value = String(attribute.value.unicodeScalars.filter { $0.value > 32 }).lowercased()
                if attribute.name.hasPrefix("on") { note(tag.line, "\(attribute.name)=: a mail runs nothing") }
                if ["javascript:", "vbscript:", "data:text"].contains(where: { value.hasPrefix($0) }) {
                    note(tag.line, "\(attribute.name)=: a link to a script")
                }
                if !attribute.isQuoted, value.contains("{{") {
                    note(tag.line, "\(attribute.name)=: a variable must stand between quotes")
                }
                if tag.name == "img", attribute.name == "src", value.hasPrefix("http:") {
                    note(tag.line, "src=: pictures come over https, or readers do not show them")
                }
            }
            if tag.name == "img", !tag.attributes.contains(where: { $0.name == "alt" }) {
                note(tag.line, "<img> without alt: say what it shows, or alt=\"\"")
            }
        }
        let text = String(decoding: source, as: UTF8.self).lowercased()
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.contains("@import") { note(number + 1, "@import: a mail fetches no styles") }
            if line.contains("expression(") || line.contains("-moz-binding") { note(number + 1, "a style that runs a script") }
        }
        return faults
    }
}
