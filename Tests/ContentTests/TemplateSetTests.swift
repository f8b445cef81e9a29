import Templates
import Testing

struct TemplateSetTests {
    private func render(
        _ source: String, mode: TemplateSource.Mode = .html, _ fill: (inout TemplateValues) -> Void = { _ in }
    ) throws -> String {
        let set = try TemplateSet([TemplateSource(name: "t", mode: mode, bytes: Array(source.utf8))])
        var values = TemplateValues()
        fill(&values)
        return try set.render("t", values)
    }

    @Test func `a value in HTML text or in an attribute is escaped`() throws {
        let html = try render(#"<p title="{{NAME}}">{{NAME}}</p>"#) { $0.set("NAME", #"<script>alert("1")</script>&'é"#) }
        #expect(!html.contains("<script"))
        #expect(html.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;é"))
        #expect(html.split(separator: "\"").count == 3)
    }

    @Test(arguments: ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>", "vbscript:x", "\" onclick=\"x"])
    func `a value that is no web address never becomes a link`(url: String) throws {
        let html = try render(#"<a href="{{URL}}">x</a>"#) { $0.set("URL", url) }
        #expect(!html.contains("script:") && !html.contains("data:") && !html.contains("onclick=\""))
    }

    @Test func `a web address stays what it is but for its ampersands`() throws {
        let html = try render(#"<a href="{{URL}}">x</a>"#) { $0.set("URL", "https://relance.example/a/AbC-_.x?b=1&c=%C3%A9") }
        #expect(html == #"<a href="https://relance.example/a/AbC-_.x?b=1&amp;c=%C3%A9">x</a>"#)
    }

    @Test func `a value in plain text is left alone`() throws {
        #expect(try render("{{NAME}}", mode: .text) { $0.set("NAME", "<b> & \"é\"\n") } == "<b> & \"é\"\n")
    }

    @Test func `a value is never read as a template`() throws {
        let text = try render("{{NAME}}", mode: .text) {
            $0.set("NAME", "{{SECRET}}{{#X}}")
            $0.set("SECRET", "s")
        }
        #expect(text == "{{SECRET}}{{#X}}")
    }

    @Test func `what has no value is empty and what is not shown is hidden`() throws {
        #expect(try render("[{{NAME}}]{{#S}}seen{{/S}}", mode: .text) == "[]")
        #expect(try render("{{#S}}seen{{/S}}", mode: .text) { $0.show("S") } == "seen")
    }

    @Test func `a section repeats with values of its own beside those around it`() throws {
        let text = try render("{{#ROW}}{{ORG}}-{{NAME}};{{/ROW}}", mode: .text) {
            $0.set("ORG", "atlas")
            for name in ["a", "b", "c"] {
                var row = TemplateValues()
                row.set("NAME", name)
                $0.add("ROW", row)
            }
        }
        #expect(text == "atlas-a;atlas-b;atlas-c;")
    }

    @Test func `an included template sees the values at the top, and its own rows`() throws {
        let set = try TemplateSet([
            TemplateSource(name: "layout", mode: .html, bytes: Array("<b>{{NAME}}</b>{{>CONTENT}}".utf8)),
            TemplateSource(
                name: "content", mode: .html, bytes: Array("<i>{{NAME}}</i>{{#S}}!{{/S}}{{#ROW}}<u>{{CELL}}</u>{{/ROW}}".utf8)),
        ])
        var row = TemplateValues()
        row.set("CELL", "<1>")
        var content = TemplateValues()
        content.add("ROW", row)
        content.add("ROW", row)
        var values = TemplateValues()
        values.set("NAME", "<N>")
        values.show("S")
        values.include("CONTENT", template: "content", content)
        #expect(
            try set.render("layout", values) == "<b>&lt;N&gt;</b><i>&lt;N&gt;</i>!<u>&lt;1&gt;</u><u>&lt;1&gt;</u>")
    }

    @Test(arguments: [
        "{{#A}}", "{{/A}}", "{{#A}}{{/B}}", "{{A", "{{A B}}", #"<a {{X}}="1">"#, "<a href={{X}}>",
        "<script>var a = {{X}};</script>{{/S}}",
    ])
    func `a malformed template is refused with its name`(source: String) {
        #expect(throws: TemplateError.malformed(name: "t")) { try render(source) }
    }

    @Test func `a missing template or inclusion is an error, not an empty mail`() throws {
        let set = try TemplateSet([TemplateSource(name: "t", mode: .text, bytes: Array("a{{>B}}".utf8))])
        var values = TemplateValues()
        values.include("B", template: "nowhere")
        #expect(throws: TemplateError.missing(name: "u")) { try set.render("u", TemplateValues()) }
        #expect(throws: TemplateError.missing(name: "t")) { try set.render("t", values) }
    }

    @Test func `zero bytes and long values pass whole`() throws {
        let value = "a\u{0}b" + String(repeating: "é", count: 100_000)
        #expect(try render("{{V}}", mode: .text) { $0.set("V", value) } == value)
    }

    @Test func `one set renders on many threads at once`() async throws {
        let set = try TemplateSet([
            TemplateSource(name: "t", mode: .html, bytes: Array("<p>{{NAME}}{{#ROW}}<i>{{NAME}}</i>{{/ROW}}</p>".utf8))
        ])
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<400 {
                group.addTask {
                    var values = TemplateValues()
                    values.set("NAME", "<\(index)>")
                    values.add("ROW", TemplateValues())
                    let expected = "<p>&lt;\(index)&gt;<i>&lt;\(index)&gt;</i></p>"
                    return try set.render("t", values) == expected
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }
}
