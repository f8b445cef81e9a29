/// An HTML document as Python's `html.parser` understands it.
struct ReadPage: Decodable {
    static let script = """
        import sys, json
        from html.parser import HTMLParser
        VOID = {"meta", "br", "img", "link", "hr", "input"}
        class Page(HTMLParser):
            def __init__(self):
                super().__init__(convert_charrefs=True)
                self.stack, self.tags, self.links, self.attributes, self.mistakes = [], [], [], [], []
                self.words, self.title, self.language = [], "", None
            def handle_starttag(self, tag, attributes):
                self.tags.append(tag)
                self.attributes += [name for name, _ in attributes]
                if tag == "a": self.links.append(dict(attributes).get("href"))
                if tag == "html": self.language = dict(attributes).get("lang")
                if tag not in VOID: self.stack.append(tag)
            def handle_endtag(self, tag):
                if not self.stack or self.stack.pop() != tag: self.mistakes.append(tag)
            def handle_data(self, data):
                if "style" in self.stack: return
                if "title" in self.stack: self.title += data
                else: self.words.append(data)
        def read(document):
            page = Page()
            page.feed(document.decode("utf-8"))
            page.close()
            return {"tags": sorted(set(page.tags)), "links": page.links, "attributes": sorted(set(page.attributes)),
                "mistakes": page.mistakes + page.stack, "text": "".join(page.words), "title": page.title, "language": page.language}
        """

    let tags: Set<String>
    let links: [String?]
    let attributes: Set<String>
    let mistakes: [String]
    let text: String
    let title: String
    let language: String?

    static func all(_ documents: [[UInt8]]) throws -> [Self] {
        try PythonReader.read(documents, script: script, as: Self.self)
    }

    init(_ html: String) throws {
        self = try Self.all([Array(html.utf8)])[0]
    }
}
